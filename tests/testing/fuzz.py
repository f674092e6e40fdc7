"""Requests of a model's shape for hypothesis: most members keep their constraints, some do not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botocore.model import Shape
from hypothesis import strategies as st

BLOBS = (b"", b"\xff\x00", b"x" * 100)
_PLAIN: dict[str, st.SearchStrategy[Any]] = {
    "boolean": st.booleans(),
    "integer": st.integers(-1, 40),
    "long": st.integers(-1, 40),
    "double": st.integers(-1, 40),
    "timestamp": st.sampled_from([0, 2_000_000_000, 4_000_000_000]),
}


def values(shape: Shape, words: Sequence[str], blobs: Sequence[bytes] = BLOBS) -> st.SearchStrategy[Any]:
    """Return values of a shape's type; texts are of `words`, of an enumeration, or any."""
    match shape.type_name:
        case "structure":
            members = {name: values(member, words, blobs) for name, member in shape.members.items()}
            wanted = {name: members.pop(name) for name in shape.required_members}
            return st.fixed_dictionaries(wanted, optional=members)
        case "list":
            return st.lists(values(shape.member, words, blobs), max_size=3)
        case "map":
            return st.dictionaries(st.sampled_from(words), st.sampled_from(words), max_size=2)
        case "blob":
            return st.sampled_from(blobs)
        case plain if plain in _PLAIN:
            return _PLAIN[plain]
        case _:
            named = st.sampled_from([*words, *shape.metadata.get("enum", ())])
            return named if "enum" in shape.metadata else named | st.text(max_size=5)
