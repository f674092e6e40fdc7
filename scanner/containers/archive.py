"""Read the members of zip, tar, gzip, bzip2 and xz data in memory, bounded while decompressing."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Limits", "Member", "Refused", "is_container", "members"]

STREAMS = {b"\x1f\x8b\x08": "gz", b"BZh": "bz2", b"\xfd7zXZ\0": "xz"}
XZ_MEMORY = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is unpacked from one outer file."""

    members: int = 10_000
    total: int = 100_000_000
    member: int = 5_000_000
    depth: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One unpacked file, named outer!inner."""

    path: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """What was not unpacked, and why."""

    path: str
    reason: str


class _OverError(Exception):
    """A limit on the whole outer file is reached."""


@dataclass(slots=True, kw_only=True)
class _Spent:
    limits: Limits
    members: int = 0
    total: int = 0

    def count(self, size: int) -> None:
        self.members += 1
        self.total += size
        if self.members > self.limits.members:
            raise _OverError("too many members")
        if self.total > self.limits.total:
            raise _OverError("too much data unpacked")


def is_container(path: str, head: bytes) -> bool:
    """Return whether the first 512 bytes are those of an archive; the name is not trusted."""
    return bool(_kind(head))


def members(path: str, data: bytes, limits: Limits = Limits()) -> Iterator[Member | Refused]:
    """Yield each member of the archive and of the archives in it; Refused for what is over a limit or unreadable."""
    try:
        yield from _walk(path, data, 1, _Spent(limits=limits))
    except _OverError as error:
        yield Refused(path=path, reason=str(error))


def _kind(head: bytes) -> str:
    if head.startswith((b"PK\3\4", b"PK\5\6")):
        return "zip"
    if head[257:262] == b"ustar":
        return "tar"
    return next((kind for magic, kind in STREAMS.items() if head.startswith(magic)), "")


def _walk(path: str, data: bytes, depth: int, spent: _Spent) -> Iterator[Member | Refused]:
    import lzma
    import tarfile
    import zipfile
    import zlib

    broken = (zipfile.BadZipFile, tarfile.TarError, lzma.LZMAError, zlib.error, OSError, EOFError, ValueError,
              NotImplementedError, RuntimeError, OverflowError, LookupError)  # fmt: skip
    reader = {"zip": _zip, "tar": _tar}.get(kind := _kind(data[:512]))
    try:
        for item in reader(path, data, spent) if reader else _stream(path, data, kind, spent):
            yield from _nested(item, depth + (kind in ("zip", "tar")), spent)
    except broken as error:
        yield Refused(path=path, reason=f"unreadable archive ({type(error).__name__})")


def _nested(item: Member | Refused, depth: int, spent: _Spent) -> Iterator[Member | Refused]:
    if isinstance(item, Refused):
        yield item
    elif not _kind(item.data[:512]):
        large = len(item.data) > spent.limits.member
        yield Refused(path=item.path, reason="member too large") if large else item
    elif depth > spent.limits.depth or item.path.count("!") > 2 * spent.limits.depth:
        yield Refused(path=item.path, reason="nested too deep")
    else:
        yield from _walk(item.path, item.data, depth, spent)


def _zip(path: str, data: bytes, spent: _Spent) -> Iterator[Member | Refused]:
    import zipfile

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            name = f"{path}!{info.filename}"
            # zipfile bounds what it decompresses at once for these two methods only
            if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                spent.count(0)
                yield Refused(path=name, reason="encrypted or unsupported compression")
            elif not info.is_dir():
                try:
                    with archive.open(info) as file:
                        content = file.read(spent.limits.member + 1)
                except (zipfile.BadZipFile, EOFError) as error:
                    yield Refused(path=name, reason=f"unreadable member ({type(error).__name__})")
                    continue
                yield _sized(name, content, spent)


def _tar(path: str, data: bytes, spent: _Spent) -> Iterator[Member | Refused]:
    import tarfile

    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        for info in archive:
            name = f"{path}!{info.name}"
            if info.isreg() and not info.issparse() and (file := archive.extractfile(info)):
                yield _sized(name, file.read(spent.limits.member + 1), spent)
            else:
                spent.count(0)


def _stream(path: str, data: bytes, kind: str, spent: _Spent) -> Iterator[Member | Refused]:
    import bz2
    import lzma
    import zlib

    room = spent.limits.total - spent.total + 1
    if kind == "gz":
        inflater = zlib.decompressobj(31)
        content, ended = inflater.decompress(data, room), inflater.eof
    else:
        other = bz2.BZ2Decompressor() if kind == "bz2" else lzma.LZMADecompressor(memlimit=XZ_MEMORY)
        content, ended = other.decompress(data, room), other.eof
    if len(content) < room and not ended:
        yield Refused(path=path, reason="truncated")
    spent.count(len(content))
    yield Member(path=f"{path}!{kind}", data=content)


def _sized(name: str, content: bytes, spent: _Spent) -> Member | Refused:
    spent.count(len(content))
    if len(content) > spent.limits.member:
        return Refused(path=name, reason="member too large")
    return Member(path=name, data=content)
