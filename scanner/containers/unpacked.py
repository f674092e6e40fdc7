"""What an archive contributes to a scan: its members as texts of their own, named `outer!inner`."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.containers.archive import Refused, members
from scanner.items import Blob, Packed, ScanError, Skipped
from scanner.sources.content import readable


def unpacked(outer: Packed) -> Iterator[Blob | Skipped | ScanError]:
    """Yield the members of `outer`, what was left out of it, and what could not be read."""
    for member in members(outer.path, outer.data):
        path = member.path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        if isinstance(member, Refused):
            known = ScanError(path=path, message=member.reason) if member.hostile else None
            yield known or Skipped(path=path, reason=member.reason)
            continue
        data = readable(member.data)
        if isinstance(data, str):
            yield Skipped(path=path, reason=data)
            continue
        text = _document_text(member.path, data) if member.path.endswith(".xml") else None
        yield Blob(
            path=path,
            data=data if text is None else text,
            blob_id=outer.blob_id,
            container="archive",
        )


def _document_text(path: str, data: bytes) -> bytes | None:
    from scanner.containers.office import document_text

    return document_text(path, data)
