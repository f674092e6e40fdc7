"""Blobs known to hold nothing, by these rules and this program: the next scan of a history looks at what is new."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from scanner import kept
from scanner.history.sifting import Clean
from scanner.prefilter.choose import Engine
from scanner.sift import Tally

_FORM = 3


class CleanBlobs:
    """The clean blobs of one repository, kept in the user's cache by the rules and program they were sifted with."""

    def __init__(self, repository: str, engine: Engine, part: tuple[int, int] = (0, 1)) -> None:
        """`part` (number, of how many) is what of the history is looked at: each part keeps what it knows by itself."""
        number, parts = part
        self._place = kept.place_for("clean" if parts == 1 else f"clean-{number}-of-{parts}", [repository])
        self._rules = engine.document["stamps"]
        held = kept.known(self._place)
        self._stamp = (kept.code(), self._rules)
        known = isinstance(held, tuple) and held[:2] == (_FORM, self._stamp) and bool(self._rules)
        self._size = held[2] if known else 0
        self._names = _split(held[3], self._size) if known else set()
        self.tally = Tally()
        """What the blobs come to that were known when this began."""
        if known:
            self.tally.files, self.tally.bytes, self.tally.skipped = held[4]
        self._further = Tally()
        self._new = False

    def unknown(self, names: Iterable[bytes]) -> Iterator[bytes]:
        """Yield those of `names` (hex) that are not known to be clean."""
        return (name for name in names if bytes.fromhex(name.decode()) not in self._names)

    def add(self, clean: Clean) -> None:
        """Take note that blobs hold nothing."""
        self._further.add(clean.tally)
        for name in clean.names:
            raw = bytes.fromhex(name.decode())
            self._size = len(raw)
            self._names.add(raw)
            self._new = True

    def keep(self) -> None:
        """Write down what is known, if there is anything new and the rules stand in files."""
        if self._new and self._rules:
            total = Tally()
            total.add(self.tally)
            total.add(self._further)
            come_to = (total.files, total.bytes, total.skipped)
            kept.learn(self._place, (_FORM, self._stamp, self._size, b"".join(self._names), come_to))


def forget(repository: str) -> None:
    """Drop what is known of a repository."""
    place = kept.place_for("clean", [repository])
    if os.path.exists(place):
        os.unlink(place)


def _split(joined: bytes, size: int) -> set[bytes]:
    return {joined[start : start + size] for start in range(0, len(joined), size)} if size else set()
