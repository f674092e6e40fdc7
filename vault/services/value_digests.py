"""The digests of values under the key of whoever asks, so that a question in many parts opens each version once.

They are in memory only, for the last few keys. What a version holds never changes, so nothing goes stale: a value of
another secret or version has another place.
"""

from __future__ import annotations

from collections import OrderedDict

from strongroom.kernel.likeness import digester

_MOST_KEYS = 4
"""Callers who ask at the same time."""
_MOST_VERSIONS = 100_000
"""Versions that are remembered of one key, at about a hundred bytes for each text of theirs."""
_OWN = digester(b"the key of a question")

Place = tuple[str, str]
"""ARN and version id."""
Digests = tuple[tuple[bytes, str], ...]
"""Each digest with the member that it is of."""


class ValueDigests:
    """What is known of the versions of one store."""

    def __init__(self) -> None:
        self._of: OrderedDict[bytes, dict[Place, Digests]] = OrderedDict()

    def of(self, key: bytes) -> dict[Place, Digests]:
        """Return what is known under a key, to be read and added to; it is forgotten for those of later keys."""
        name = _OWN(key)
        known = self._of.pop(name, None)
        if known is None or len(known) >= _MOST_VERSIONS:
            known = {}
        while len(self._of) >= _MOST_KEYS:
            self._of.popitem(last=False)
        self._of[name] = known
        return known
