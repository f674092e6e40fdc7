"""Spans and values of literals: bytes on disk against what the program sees."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.python.literals import literals
from scanner.python.tree import parse
from tests.unit.scanner.conftest import Found
from tests.unit.scanner.making import password

PW = password("literals")


def _only(source: bytes) -> tuple[str, bytes]:
    (literal,) = literals(parse(source))
    return literal.value, source[literal.span.start : literal.span.end]


@pytest.mark.parametrize(
    ("source", "value", "content"),
    [
        (b"x = 'a\\x40b'\n", "a@b", b"a\\x40b"),
        (b"x = r'a\\x40b'\n", "a\\x40b", b"a\\x40b"),
        (b"x = 'it\\'s'\n", "it's", b"it\\'s"),
        (b"x = '''one\r\ntwo'''\r\n", "one\ntwo", b"one\r\ntwo"),
        (b"x = ('ab' \n  'cd')\n", "abcd", b"ab' \n  'cd"),
        (b"x = b'\\xff\\x00'\n", "\xff\x00", b"\\xff\\x00"),
        (b"x = '\\N{BULLET}\\u00e9\\101'\n", "\u2022\u00e9A", b"\\N{BULLET}\\u00e9\\101"),
        (b"x = 'a\\\nb'\n", "ab", b"a\\\nb"),
        (b"x = f'{{a}}{y}'\n", "{a}", b"{{a}}"),
        ("é = 'ü#1'\n".encode(), "ü#1", "ü#1".encode()),
        (b"\xef\xbb\xbfx = 'bom'\n", "bom", b"bom"),
        ("# coding: latin-1\né = 'ü#1'\n".encode("latin-1"), "ü#1", "ü#1".encode("latin-1")),
    ],
)
def test_a_literal_has_the_value_of_the_program_and_the_span_of_the_file(
    source: bytes, value: str, content: bytes
) -> None:
    assert _only(source) == (value, content)


@given(st.text(min_size=1))
def test_any_text_written_as_a_literal_is_read_back(text: str) -> None:
    source = f"x = {text!a}\n".encode()
    ((value, content),) = [_only(source)]
    assert value == text
    assert ast.literal_eval(f"{ascii(text)[0]}{content.decode()}{ascii(text)[-1]}") == text


@given(st.text(min_size=2), st.data())
def test_a_part_of_a_literal_is_found_again_by_its_span(text: str, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(text) - 1))
    last = data.draw(st.integers(first + 1, len(text)))
    (literal,) = literals(parse(f"x = {text!a}\n".encode()))
    assert literal.characters(literal.part(first, last)) == (first, last)


def test_columns_count_characters_and_offsets_count_bytes(found: Found) -> None:
    source = f'é = f(ü, password="{PW}")\n'
    (finding,) = found("app.py", source)
    assert finding.region.start_column == source.index(PW) + 1
    assert finding.region.end_column == source.index(PW) + len(PW) + 1
    assert source.encode()[finding.span.start : finding.span.end] == PW.encode()


def test_a_url_split_over_two_literals_is_found_by_what_they_join_to(found: Found) -> None:
    (finding,) = found("app.py", f'url = ("postgresql://shop:{PW[:4]}"\n       "{PW[4:]}@db/shop")\n')
    assert finding.value.reveal_text() == PW
    assert finding.remediation.strategy == "connection-url"


def test_percent_encoding_of_a_url_is_kept(found: Found) -> None:
    (finding,) = found("app.py", f'url = "postgresql://shop:{PW}%40@db/shop"\n')
    assert finding.value.reveal_text() == f"{PW}%40"
