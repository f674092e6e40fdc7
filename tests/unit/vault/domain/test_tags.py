"""Tags of a secret: which may be, how they join, how they go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.domain.errors import InvalidParameter
from vault.domain.tags import MAX_TAGS, Tags, check_tags, joined, without

_KEYS = st.sampled_from([f"k{number}" for number in range(60)])
_TAGS = st.dictionaries(_KEYS, st.text(max_size=3), max_size=MAX_TAGS).map(lambda made: tuple(made.items()))


@pytest.mark.parametrize(
    "tags",
    [
        [(f"k{number}", "v") for number in range(51)],
        [("k", "1"), ("k", "2")],
        [("aws:k", "v")],
        [("AWS:k", "v")],
        [("", "v")],
    ],
)
def test_tags_that_may_not_be_are_refused(tags: list[tuple[str, str]]) -> None:
    with pytest.raises(InvalidParameter):
        check_tags(tags)
    with pytest.raises(InvalidParameter):
        joined((), tags)


def test_a_new_value_takes_the_place_of_the_old() -> None:
    assert joined((("a", "1"), ("b", "2")), [("a", "3"), ("c", "4")]) == (("a", "3"), ("b", "2"), ("c", "4"))


def test_keys_differ_by_case() -> None:
    assert joined((("a", "1"),), [("A", "2")]) == (("a", "1"), ("A", "2"))


def test_together_they_are_at_most_fifty() -> None:
    full = tuple((f"k{number}", "v") for number in range(50))
    assert joined(full, [("k7", "w")])[7] == ("k7", "w")
    with pytest.raises(InvalidParameter, match="at most 50"):
        joined(full, [("one more", "v")])


@given(present=_TAGS, keys=st.lists(_KEYS, max_size=5))
def test_taking_off_twice_is_taking_off_once(present: Tags, keys: list[str]) -> None:
    once = without(present, keys)
    assert without(once, keys) == once
    assert not {key for key, _ in once} & set(keys)


@given(present=_TAGS, added=_TAGS)
def test_what_was_added_is_there_or_nothing_changed(present: Tags, added: Tags) -> None:
    try:
        together = joined(present, added)
    except InvalidParameter:
        assert len(dict(present) | dict(added)) > MAX_TAGS
    else:
        assert dict(together) == dict(present) | dict(added)
