"""A stream, read as one file."""

from __future__ import annotations

from scanner.items import Blob, Skipped
from scanner.sources.content import MAX_BYTES, readable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

NAME = "<stdin>"
"""Path of what came from standard input."""


def read_stdin(stream: BinaryIO) -> Iterator[Blob | Skipped]:
    """Yield what `stream` holds, up to the size limit of a file."""
    scanned = readable(stream.read(MAX_BYTES + 1))
    yield Skipped(path=NAME, reason=scanned) if isinstance(scanned, str) else Blob(path=NAME, data=scanned)
