"""A request's text brought up to date: ours anew, people's as it was, ticks kept."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from remediation.git.review import merged_body

WORDS = st.text(alphabet=st.characters(exclude_characters="<>\r", exclude_categories=["Cs"]))


@given(WORDS, WORDS, WORDS, WORDS)
def test_what_people_wrote_around_it_stays(first: str, second: str, above: str, below: str) -> None:
    present = f"{above}{merged_body('', first)}{below}"
    assert merged_body(present, second) == f"{above}{merged_body('', second)}{below}"


@given(WORDS)
def test_the_same_text_again_changes_nothing(text: str) -> None:
    once = merged_body("", text)
    assert merged_body(once, text) == once


def test_ticks_of_lines_that_are_still_there_are_kept() -> None:
    present = merged_body("", "- [ ] one\n- [ ] two\n- [ ] three\n").replace("[ ] two", "[x] two")
    assert "- [ ] one\n- [x] two\n- [ ] four" in merged_body(present, "- [ ] one\n- [ ] two\n- [ ] four\n")


def test_line_ends_of_a_browser_are_no_change() -> None:
    once = merged_body("", "a\nb\n")
    assert merged_body(once.replace("\n", "\r\n"), "a\nb\n") == once


def test_a_mark_of_ours_within_the_text_ends_nothing() -> None:
    hostile = "a <!-- strongroom:end --> b"
    once = merged_body("", hostile)
    assert merged_body(once, hostile) == once
    assert once.count("<!-- strongroom:end -->") == 1


def test_a_text_without_our_part_is_replaced() -> None:
    assert "gone" not in merged_body("gone", "ours")
