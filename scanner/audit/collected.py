"""The digests of all texts of a repository, on their way to whoever asks a vault about them."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from scanner.audit.held.digests import BATCH, TokenDigests
from scanner.items import Blob, Item, Source
from scanner.sources import around_of
from strongroom.kernel.likeness import DIGEST_SIZE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scanner.sources.around import Around


class Collected:
    """Takes texts as they are read; without the key, which is written nowhere, what it keeps tells nothing."""

    def __init__(self, key: bytes, spool: str) -> None:
        """`spool` is the folder for a file of digests; they are kept in memory where it is empty."""
        self._pieces: list[bytes] = []
        self._path = Path(spool) / secrets.token_hex(8) if spool else None
        self._file: BinaryIO | None = None
        self._tokens = TokenDigests(key, self._take)

    def __enter__(self) -> Collected:
        if self._path is not None:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            self._file = os.fdopen(os.open(self._path, flags, 0o600), "wb")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
        if self._path is not None and kind is not None:
            self._path.unlink(missing_ok=True)

    def heard(self, text: bytes) -> None:
        """Take a text."""
        self._tokens.feed(text)

    def hearing(self, source: Source) -> Source:
        """Return a source that yields what `source` does, whose texts are taken as they pass."""
        return _Heard(source, self)

    def handed_over(self) -> str | bytes:
        """Return the file that holds all digests, or the digests."""
        self._tokens.flush()
        if self._file is not None:
            self._file.flush()
            return str(self._path)
        return b"".join(self._pieces)

    def _take(self, digests: bytes) -> None:
        if self._file is not None:
            self._file.write(digests)
        else:
            self._pieces.append(digests)


class _Heard:
    def __init__(self, source: Source, collected: Collected) -> None:
        self._source = source
        self._collected = collected

    def __iter__(self) -> Iterator[Item]:
        for item in self._source:
            if isinstance(item, Blob):
                self._collected.heard(item.data)
            yield item

    def around(self) -> Around | None:
        """Return the other files of what is read."""
        return around_of(self._source)


def pieces(handed_over: str | bytes) -> Iterator[bytes]:
    """Yield the digests that were handed over, whole ones at a time; a file is removed once it was read."""
    size = BATCH * DIGEST_SIZE
    if isinstance(handed_over, bytes):
        yield from (handed_over[start : start + size] for start in range(0, len(handed_over), size))
        return
    path = Path(handed_over)
    try:
        with path.open("rb") as stream:
            while piece := stream.read(size):
                yield piece
    finally:
        path.unlink(missing_ok=True)
