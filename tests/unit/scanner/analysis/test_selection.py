"""Which programs are parsed: those that may pass a credential to a call, by the words of the table of calls."""

from __future__ import annotations

import pytest

from scanner.analysis.programs import may_take, takes


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("python", b"from psycopg2 import connect\nconnect(dsn)"),
        ("python", b"import smtplib\nsmtplib.SMTP(host).login(user, key)"),
        ("python", b"User.objects.create_user(name, mail, key)"),
        ("java", b"new SecretKeySpec(bytes, AES)"),
        ("go", b"db, err := sql.Open(driver, source)"),
        ("csharp", b"aes.Key = Encoding.UTF8.GetBytes(text); Aes aes = Aes.Create();"),
    ],
)
def test_a_program_that_may_pass_a_credential_to_a_call_is_parsed(language: str, text: bytes) -> None:
    assert takes(language, text)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        # The module of some call, but not what is called, nor where it comes from.
        ("python", b"from django.db import models\nclass A(models.Model):\n    connection = models.CharField()"),
        ("python", b"thread.start()"),
        ("python", b"engine = core.objects()"),
        ("go", b"value := new(Thing)"),
    ],
)
def test_a_program_with_some_of_the_words_only_is_not(language: str, text: bytes) -> None:
    assert not takes(language, text)


def test_a_part_of_a_program_may_take_where_a_word_stands_whatever_else_is_in_the_whole() -> None:
    assert may_take("python", b"import psycopg2")
    assert not may_take("python", b"import math")
