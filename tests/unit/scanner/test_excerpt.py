"""The text around a value, where nothing else on its lines may show."""

from __future__ import annotations

import pytest

from scanner.excerpt import MASK, bare
from scanner.model import Excerpt


@pytest.mark.parametrize(
    ("before", "after", "left"),
    [
        ('connect("', '", timeout=3)', ('connect("', '", timeout=3)')),
        ('connect("', '", other="what it is")', ('connect("', f'", other={MASK})')),
        ('both("what it is", "', '")', (f'both({MASK}, "', '")')),
        ("see ", " and 0123456789abcdef0123456789", ("see ", f" and {MASK}")),
        ("it isn't shown: ", " here", ("", " here")),
        ('f("', "', other='what it is'", ("", "")),
    ],
)
def test_what_is_quoted_or_long_is_masked_and_what_cannot_be_told_left_out(
    before: str, after: str, left: tuple[str, str]
) -> None:
    shown = bare(Excerpt(before=before, after=after))
    assert (shown.before, shown.after) == left
