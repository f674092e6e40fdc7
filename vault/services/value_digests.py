"""The digests of values under the key of whoever asks, so that a question in many parts opens each version once.

They are in memory only, for the last few keys. What a version holds never changes, so nothing goes stale: a value of
another secret or version has another place.
"""

from __future__ import annotations

from collections import OrderedDict

from strongroom.kernel.likeness import digester

_MOST_KEYS = 4
"""Callers who ask at the same time."""
_MOST_DIGESTS = 500_000
"""Digests that are remembered of one key, at about a hundred bytes each."""
_OWN = digester(b"the key of a question")

Place = tuple[str, str]
"""ARN and version id."""
Digests = tuple[tuple[bytes, str], ...]
"""Each digest of a version with the member that it is of."""


class KnownDigests:
    """What is known under one key."""

    def __init__(self) -> None:
        self._of: dict[Place, Digests] = {}
        self._room = _MOST_DIGESTS

    def find(self, place: Place) -> Digests | None:
        """Return the digests of a version, None where they are not known."""
        return self._of.get(place)

    def keep(self, place: Place, digests: Digests) -> None:
        """Remember the digests of a version as long as there is room."""
        if self._room > 0:
            self._room -= 1 + len(digests)
            self._of[place] = digests


class ValueDigests:
    """What is known of the versions of one store."""

    def __init__(self) -> None:
        self._of: OrderedDict[bytes, KnownDigests] = OrderedDict()

    def of(self, key: bytes) -> KnownDigests:
        """Return what is known under a key, to be added to; it is forgotten for those of later keys."""
        name = _OWN(key)
        known = self._of.pop(name, None) or KnownDigests()
        while len(self._of) >= _MOST_KEYS:
            self._of.popitem(last=False)
        self._of[name] = known
        return known
