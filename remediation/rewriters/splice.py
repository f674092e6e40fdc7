"""Edits as byte ranges: everything outside the ranges stays as it is, by construction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from remediation.errors import NotRewritable


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Splice:
    """Replace the bytes from `start` to `end` by `text`; an empty range inserts."""

    start: int
    end: int
    text: bytes


def apply(data: bytes, splices: Iterable[Splice]) -> bytes:
    """Return `data` with all splices applied. Equal splices count once; raises `NotRewritable` where two overlap."""
    pieces: list[bytes] = []
    position = 0
    for splice in sorted(set(splices)):
        if splice.start < position:
            raise NotRewritable("two edits of the same place")
        pieces += [data[position : splice.start], splice.text]
        position = splice.end
    return b"".join([*pieces, data[position:]])
