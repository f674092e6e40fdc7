"""Collects the digests of all texts of a repository that may be a stored value, in memory that is bounded.

What is handed on are digests under the key of one audit: without it they tell nothing, and it is written nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from scanner.audit.held.reader import Reader
from strongroom.kernel.likeness import DIGEST_SIZE, SHORTEST, joined_digests, plain_form

BATCH = 48_000
"""Digests that are handed on together."""


class TokenDigests:
    """Fed with the texts of one repository; hands digests on, most of them once."""

    def __init__(self, key: bytes, deliver: Callable[[bytes], None], *, room: int = 600_000) -> None:
        """`key` is drawn for the audit; `deliver` gets digests of `DIGEST_SIZE` bytes one behind the other.

        `room` bounds what is remembered to read each text once, at about 100 bytes for each.
        """
        self._key = key
        self._deliver = deliver
        self._reader = Reader(room=room)
        self._waiting = bytearray()
        self.count = 0
        """How many digests were made."""

    def feed(self, data: bytes) -> None:
        """Take the texts of a file, or of what a version of one has new."""
        for texts in self._reader.read(data):
            made = joined_digests(self._key, _forms(texts.texts) if texts.spaced else texts.texts)
            self.count += len(made) // DIGEST_SIZE
            self._waiting += made
            if len(self._waiting) >= BATCH * DIGEST_SIZE:
                self.flush()

    def flush(self) -> None:
        """Hand on what waits; once more after the last file."""
        if self._waiting:
            self._deliver(bytes(self._waiting))
            self._waiting.clear()


def _forms(texts: Iterable[bytes]) -> list[bytes]:
    return [form for form in map(plain_form, texts) if len(form) >= SHORTEST]
