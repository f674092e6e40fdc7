"""Keys that programs write as lists of bytes."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from scanner.rulebook.model import RuleBook
from tests.unit.scanner.analysis.followed import followed
from tests.unit.scanner.making import password

KEY = random.Random("octets").randbytes(16)

WAYS = {
    "C.java": 'class C {{ byte[] k = {{{v}}}; void m() {{ new SecretKeySpec(k, "AES"); }} }}',
    "C.cs": "class C {{ static readonly byte[] K = {{ {v} }}; void M() {{ using var a = Aes.Create(); a.Key = K; }} }}",
    "c.go": 'package c\n\nimport "crypto/aes"\n\nfunc m() {{ aes.NewCipher([]byte{{{v}}}) }}\n',
    "c.kt": 'val k = byteArrayOf({v})\nfun m() {{ SecretKeySpec(k, "AES") }}\n',
    "c.scala": 'object C {{ val k = Array[Byte]({v}); def m() = new SecretKeySpec(k, "AES") }}\n',
}
MARKS = {"C.java": "(byte) {}", "C.cs": "{}", "c.go": "{}", "c.kt": "{}.toByte()", "c.scala": "{}.toByte"}


@pytest.mark.parametrize("name", WAYS)
def test_bytes_that_are_given_for_a_key_are_one(name: str, book: RuleBook, tmp_path: Path) -> None:
    written = ", ".join(MARKS[name].format(f"0x{one:02x}") for one in KEY)
    assert followed(book, tmp_path, {name: WAYS[name].format(v=written)}) == {KEY.hex()}


def test_bytes_below_zero_count_from_the_end(book: RuleBook, tmp_path: Path) -> None:
    written = ", ".join(str(one - 256 if one > 127 else one) for one in KEY)
    assert followed(book, tmp_path, {"C.java": WAYS["C.java"].format(v=written)}) == {KEY.hex()}


def test_bytes_that_spell_a_text_are_that_text(book: RuleBook, tmp_path: Path) -> None:
    secret = password("octets")
    written = ", ".join(str(one) for one in secret.encode())
    program = f'class C {{ void m() {{ new PasswordAuthentication("u", new String(new byte[] {{{written}}})); }} }}'
    assert followed(book, tmp_path, {"C.java": program}) == {secret}


def test_numbers_that_are_gone_through_make_the_text_that_they_spell(book: RuleBook, tmp_path: Path) -> None:
    secret = password("octets")
    written = ", ".join(str(one) for one in secret.encode())
    program = (
        "class C { String made(int[] all) { StringBuilder b = new StringBuilder(); "
        "for (int one : all) { b.append((char) one); } return b.toString(); } "
        f'void m() {{ new PasswordAuthentication("u", made(new int[] {{{written}}})); }} }}'
    )
    assert followed(book, tmp_path, {"C.java": program}) == {secret}


def test_numbers_that_are_no_bytes_are_no_key(book: RuleBook, tmp_path: Path) -> None:
    written = ", ".join(str(one * 7) for one in range(30, 46))
    assert followed(book, tmp_path, {"C.java": WAYS["C.java"].format(v=written)}) == set()
