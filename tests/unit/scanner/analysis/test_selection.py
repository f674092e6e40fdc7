"""Which programs are parsed: those that may pass a credential to a call; of tests those in which one may stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.analysis.programs import may_take, takes
from scanner.analysis.weak import may_bear
from scanner.config import ScanConfig
from scanner.pipeline import scan
from scanner.prefilter.choose import prepared
from scanner.prefilter.found import Finder
from scanner.rulebook.model import RuleBook
from scanner.sources.tree import TreeSource
from tests.unit.scanner.making import password, token


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
        # All that the call's whole name holds but for the module in the middle.
        ("python", b"from django.core.cache import cache\nself.dumps(cache)"),
        ("python", b"engine = core.objects()"),
        ("go", b"value := new(Thing)"),
    ],
)
def test_a_program_with_some_of_the_words_only_is_not(language: str, text: bytes) -> None:
    assert not takes(language, text)


def test_a_part_of_a_program_may_take_where_a_word_stands_whatever_else_is_in_the_whole() -> None:
    assert may_take("python", b"import psycopg2")
    assert not may_take("python", b"import math")


_DRAWN = token("a key in a test")


@pytest.mark.parametrize(
    "written",
    [f'"{_DRAWN}"', f'"{_DRAWN[:9]}" + "{_DRAWN[9:]}"', f'"\\x{ord(_DRAWN[0]):02x}{_DRAWN[1:]}"'],
)
def test_a_test_in_which_something_looks_drawn_is_parsed(book: RuleBook, written: str) -> None:
    assert may_bear(f"jwt.encode(claims, {written})\n".encode(), book, Finder((), _Nowhere()))


def test_a_test_that_makes_up_passwords_only_is_not_parsed(book: RuleBook) -> None:
    text = b'User.objects.create_user("jo", "a@b.co", "Vq7Lm2Tz")\n'
    assert not may_bear(text, book, Finder((), _Nowhere()))


def test_an_allowance_for_what_a_test_makes_up_is_not_called_unused(book: RuleBook, tmp_path: Path) -> None:
    place = tmp_path / "tests/test_store.py"
    place.parent.mkdir()
    marked = f'W = "{password("an allowed one")}"  # {"strongroom" + ":allow"} database-password reason="made up"'
    place.write_text(f"import pymysql\n\n{marked}\npymysql.connect(password=W)\n")
    assert scan(TreeSource(str(tmp_path)), book, ScanConfig(), engine=prepared(book)).stats.allowances.unused == ()


class _Nowhere:
    """A sieve that sees nothing."""

    def hits(self, _data: bytes) -> list[list[int]]:
        return []

    def program_places(self, _data: bytes) -> list[int]:
        return []
