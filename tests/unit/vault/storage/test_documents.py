"""Quick canonical JSON is the canonical JSON, so that MACs made over either are the same."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from strongroom.kernel.canonical import canonical_json
from vault.storage.documents import document, loaded

_texts = st.text(st.characters(codec="utf-8"))


def _of(numbers: st.SearchStrategy[int]) -> st.SearchStrategy[object]:
    return st.recursive(
        st.none() | st.booleans() | numbers | _texts,
        lambda inner: st.lists(inner) | st.dictionaries(_texts, inner),
    )


_documents = _of(st.integers())


@given(_documents)
def test_the_bytes_are_those_of_canonical_json(value: object) -> None:
    assert document(value) == canonical_json(value)


@given(_documents)
def test_what_was_read_back_has_the_same_bytes(value: object) -> None:
    assert document(json.loads(document(value))) == document(value)


@given(_of(st.integers(-(2**63), 2**63 - 1)))
def test_what_was_encoded_is_read_back(value: object) -> None:
    assert loaded(document(value).decode()) == value


def test_half_a_character_is_encoded_as_canonical_json_does() -> None:
    assert document({"a": "\ud800"}) == canonical_json({"a": "\ud800"})
