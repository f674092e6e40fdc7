"""A backup's content: the operator's profile and all tables as lines of JSON, compressed, and sealed as a stream.

{"operator": …, with the region that it is a backup of}
{"table": "secrets", "columns": ["arn", …], "binary": ["mac"]}    then a line for each row: [value, …]
{"end": number of rows}
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO

from vault.crypto.stream import Stream
from vault.storage.snapshot import Row, TableRows

Heard = Callable[[int], None]
"""Told of so many more rows now and then."""

BACKUP_OF = "backup_of"
"""The member of the operator's profile that says which region's database it is."""

_LEVEL = 3
_HEARD_EACH = 500


class Malformed(ValueError):
    """What was sealed is no content of a backup: a defect, since nobody else could have sealed it."""


def write_archive(
    target: BinaryIO, stream: Stream, operator: dict[str, Any], tables: Iterable[TableRows], heard: Heard
) -> int:
    """Write the operator's profile and all rows to `target`, sealed; return how many rows there were.

    Raises `OSError`.
    """
    counter = _Counter(heard)
    for chunk in stream.seal(_compressed(_lines(operator, tables, counter))):
        target.write(chunk)
    return counter.number


class Archive:
    """A backup's content as it is read, from front to back, once."""

    def __init__(self, source: BinaryIO, stream: Stream, heard: Heard = lambda _: None) -> None:
        self._lines = _split(_decompressed(stream.open(source)))
        self._counter = _Counter(heard)
        self._ahead: Any = None

    def operator(self) -> dict[str, Any]:
        """Return the operator's profile, which comes first. Raises `DecryptionFailed` for a changed file."""
        profile: dict[str, Any] = self._next()["operator"]
        self._ahead = self._next()
        return profile

    def tables(self) -> Iterator[TableRows]:
        """Yield the tables; the rows of each are gone through before the next is asked for.

        Raises `DecryptionFailed` for a file that was changed or cut off. It is whole once this has ended.
        """
        while "end" not in self._ahead:
            about = self._ahead
            columns, binary = tuple(about["columns"]), frozenset(about["binary"])
            yield TableRows(name=about["table"], columns=columns, binary=binary, rows=self._rows(columns, binary))
        if self._ahead["end"] != self._counter.number or next(self._lines, None) is not None:
            raise Malformed("its rows are not as many as it says")

    def _rows(self, columns: tuple[str, ...], binary: frozenset[str]) -> Iterator[Row]:
        encoded = [name in binary for name in columns]
        while isinstance(line := self._next(), list):
            self._counter.count()
            yield [_decoded(value) if is_binary else value for value, is_binary in zip(line, encoded, strict=True)]
        self._ahead = line

    def _next(self) -> Any:
        line = next(self._lines, None)
        if line is None:
            raise Malformed("it ends too early")
        return json.loads(line)


class _Counter:
    """How many rows went by."""

    def __init__(self, heard: Heard) -> None:
        self._heard = heard
        self.number = 0

    def count(self) -> None:
        self.number += 1
        if self.number % _HEARD_EACH == 0:
            self._heard(_HEARD_EACH)


def _lines(operator: dict[str, Any], tables: Iterable[TableRows], counter: _Counter) -> Iterator[bytes]:
    yield _line({"operator": operator})
    for table in tables:
        yield _line({"table": table.name, "columns": table.columns, "binary": sorted(table.binary)})
        for row in table.rows:
            counter.count()
            yield _line([base64.b64encode(value).decode() if isinstance(value, bytes) else value for value in row])
    yield _line({"end": counter.number})


def _line(content: Any) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode() + b"\n"


def _decoded(value: str | None) -> bytes | None:
    return None if value is None else base64.b64decode(value)


def _compressed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    compressor = zlib.compressobj(_LEVEL)
    for piece in pieces:
        if made := compressor.compress(piece):
            yield made
    yield compressor.flush()


def _decompressed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    decompressor = zlib.decompressobj()
    for piece in pieces:
        yield decompressor.decompress(piece)
    yield decompressor.flush()


def _split(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield whole lines; what stands behind the last is none."""
    waiting = b""
    for piece in pieces:
        *lines, waiting = (waiting + piece).split(b"\n")
        yield from lines
