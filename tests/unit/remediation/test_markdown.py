"""Foreign text in Markdown: it stays the text it is, in a paragraph and in the cell of a table."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from remediation.markdown import code, listed, plain

READER = MarkdownIt("commonmark", {"html": True}).enable("table")
HOSTILE = [
    "a|b.py",
    "a\\|b.py",
    "`rm -rf`.py",
    "``",
    "<img src=x onerror=alert(1)>.py",
    "[click](https://evil.example).py",
    "-->.py",
    "a\nb.py",
    "![x](y)",
    " lead",
    "\u202eyp.txt",
    "@everyone.py",
    "/close",
    "a&lt;b",
    "$x$",
    "<!-- strongroom:end -->",
]


def tokens(markdown: str) -> Iterator[Token]:
    for token in READER.parse(markdown):
        yield from token.children or [token]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_name_in_a_table_is_one_cell_of_code(text: str) -> None:
    found = list(tokens(f"| a | b |\n|---|---|\n| {code(text)} | end |\n"))
    assert [token.content for token in found if token.type == "text"] == ["a", "b", "end"]
    assert len([token for token in found if token.type == "code_inline"]) == 1
    assert {token.type for token in found}.isdisjoint({"html_inline", "html_block", "link_open", "image"})


@given(st.text(min_size=1))
def test_no_text_breaks_out_of_its_cell(text: str) -> None:
    found = list(tokens(f"| a | b |\n|---|---|\n| {code(text)} | {plain(text)} |\n"))
    assert len([token for token in found if token.type == "td_open"]) == 2
    allowed = {"text", "code_inline", "text_special"}
    assert {token.type for token in found if not token.block} <= allowed


@given(st.text(alphabet="abc XYZ019._", min_size=1).map(str.strip).filter(bool))
def test_a_plain_name_is_shown_as_it_is(text: str) -> None:
    (found,) = [token for token in tokens(code(text)) if token.type == "code_inline"]
    assert found.content == text


@pytest.mark.parametrize("text", HOSTILE)
def test_words_make_no_html_link_or_mention(text: str) -> None:
    found = list(tokens(f"word {plain(text)} word"))
    assert {token.type for token in found if not token.block} <= {"text", "text_special"}
    assert "@everyone" not in plain(text)


@pytest.mark.parametrize("text", ["https://evil.example", "www.evil.example", "#12", "!12", "~bug", "%1", ":bomb:"])
def test_what_only_a_forge_makes_a_link_of_is_none(text: str) -> None:
    assert text not in plain(text)


def test_words_of_ours_are_left_as_they_are() -> None:
    said = "read when the module is imported: a process must be restarted (again) after each rotation, connection-url"
    assert plain(said) == said


def test_long_lists_end_with_a_number() -> None:
    assert listed(["a", "b", "c"], 2) == "`a`, `b` and 1 more"
