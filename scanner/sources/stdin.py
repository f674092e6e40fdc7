"""A stream, read as one file."""

from __future__ import annotations

from scanner.containers.kinds import archive_kind
from scanner.sources.content import MAX_BYTES, MAX_PACKED, item_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from scanner.items import Item

NAME = "<stdin>"
"""Path of what came from standard input."""


def read_stdin(stream: BinaryIO) -> Iterator[Item]:
    """Yield what `stream` holds, up to the size limit of a file."""
    data = stream.read(MAX_BYTES + 1)
    if archive_kind(data):
        data += stream.read(MAX_PACKED + 1 - len(data))
    yield item_of(NAME, data)
