"""The members of zip, tar, gzip, bzip2 and xz archives, read in memory and bounded while they are unpacked.

Nothing is ever written to a disk, no name of a member is used as a path, and no size that an archive declares
is believed.
"""

from __future__ import annotations

from scanner.containers.kinds import archive_kind
from scanner.items import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Protocol
    from zipfile import ZipFile, ZipInfo

    class _Decompressor(Protocol):
        @property
        def eof(self) -> bool: ...
        @property
        def unused_data(self) -> bytes: ...
        def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


__all__ = ["Limits", "Member", "Refused", "members"]

_XZ_MEMORY = 64 * 1024 * 1024
_ENDINGS = {".tgz": ".tar", ".tbz2": ".tar", ".txz": ".tar", ".gz": "", ".bz2": "", ".xz": ""}


class Limits(Record):
    """How much is unpacked from one outer file, in bytes and numbers.

    `depth` counts archives in archives; a compressed tar is one. All that is unpacked may be `ratio` times as large as
    the outer file, beyond the first `free` bytes.
    """

    __slots__ = ("depth", "free", "member", "members", "ratio", "total")

    def __init__(
        self,
        *,
        members: int = 10_000,
        total: int = 100_000_000,
        member: int = 5_000_000,
        depth: int = 2,
        ratio: int = 200,
        free: int = 5_000_000,
    ) -> None:
        self.members = members
        self.total = total
        self.member = member
        self.depth = depth
        self.ratio = ratio
        self.free = free


class Member(Record):
    """One unpacked file, named `outer!inner`."""

    __slots__ = ("data", "path")

    def __init__(self, *, path: str, data: bytes) -> None:
        self.path = path
        self.data = data


class Refused(Record):
    """What was not unpacked, and why. `hostile` tells a limit that honest archives keep from what just is no text."""

    __slots__ = ("hostile", "path", "reason")

    def __init__(self, *, path: str, reason: str, hostile: bool = False) -> None:
        self.path = path
        self.reason = reason
        self.hostile = hostile


_DAMAGED = "damaged archive"


class _OverError(Exception):
    """A limit on the whole outer file is reached."""


class _Spent:
    """What one outer file has cost so far."""

    def __init__(self, limits: Limits, size: int) -> None:
        self.limits = limits
        self._left = min(limits.total, max(limits.free, limits.ratio * size))
        self._members = limits.members

    def count_member(self) -> None:
        """Raises `_OverError` where there are too many."""
        self._members -= 1
        if self._members < 0:
            raise _OverError(f"holds more than {self.limits.members} files; the rest was not read")

    def count(self, size: int) -> None:
        """Raises `_OverError` where that is more than may be unpacked."""
        self._left -= size
        if self._left < 0:
            raise _OverError("unpacks to more than is read of one archive; the rest was not read")

    @property
    def room(self) -> int:
        """Return how much one member may unpack to before a limit is reached for certain."""
        return min(self._left, self.limits.member) + 1

    @property
    def whole(self) -> int:
        """Return how much an archive in the archive may unpack to."""
        return self._left + 1


def members(path: str, data: bytes, limits: Limits | None = None) -> Iterator[Member | Refused]:
    """Yield each member of the archive `data` and of the archives in it, and what was refused.

    What was read before a limit was reached, or before a damaged place, stands.
    """
    try:
        yield from _walk(path, data, 1, _Spent(limits or Limits(), len(data)))
    except _OverError as error:
        yield Refused(path=path, reason=str(error), hostile=True)


def _walk(path: str, data: bytes, depth: int, spent: _Spent) -> Iterator[Member | Refused]:
    kind = archive_kind(data)
    try:
        if kind in _UNPACKERS:
            for item in _UNPACKERS[kind](path, data, spent):
                yield from _nested(item, depth, spent)
        else:
            yield from _stream(path, data, kind, depth, spent)
    except _OverError:
        raise
    except Exception:  # noqa: BLE001 - five libraries' ways to say that somebody's bytes are no archive
        yield Refused(path=path, reason=_DAMAGED)


def _nested(item: Member | Refused, depth: int, spent: _Spent) -> Iterator[Member | Refused]:
    if isinstance(item, Refused) or not archive_kind(item.data):
        yield item
    elif depth == spent.limits.depth:
        yield Refused(path=item.path, reason="archive nested too deep")
    else:
        yield from _walk(item.path, item.data, depth + 1, spent)


def _zip(path: str, data: bytes, spent: _Spent) -> Iterator[Member | Refused]:
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            spent.count_member()
            name = f"{path}!{info.filename}"
            # zipfile bounds what it decompresses at once for these two methods only.
            if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                yield Refused(path=name, reason="encrypted or in an unknown compression")
            elif not info.is_dir():
                yield _zip_member(archive, info, name, spent)


def _zip_member(archive: ZipFile, info: ZipInfo, name: str, spent: _Spent) -> Member | Refused:
    try:
        with archive.open(info) as file:
            return _sized(name, file.read(spent.room), spent)
    except _OverError:
        raise
    except Exception:  # noqa: BLE001 - as above
        return Refused(path=name, reason=_DAMAGED)


def _tar(path: str, data: bytes, spent: _Spent) -> Iterator[Member | Refused]:
    import io
    import tarfile

    with tarfile.open(fileobj=io.BytesIO(data), mode="r:", errorlevel=1) as archive:
        for info in archive:
            spent.count_member()
            # A sparse file of a few bytes may say that it is of terabytes.
            file = archive.extractfile(info) if info.isreg() and not info.issparse() else None
            if file is not None:
                yield _sized(f"{path}!{info.name}", file.read(spent.room), spent)


def _start(kind: str) -> tuple[Callable[[], _Decompressor], type[Exception]]:
    """Return what makes a decompressor of a kind of stream, and what that raises where the bytes are none.

    Each library is imported where one is met.
    """
    if kind == "gz":
        import zlib

        return lambda: zlib.decompressobj(31), zlib.error
    if kind == "bz2":
        import bz2

        return bz2.BZ2Decompressor, OSError
    import lzma

    return lambda: lzma.LZMADecompressor(memlimit=_XZ_MEMORY), lzma.LZMAError


def _stream(path: str, data: bytes, kind: str, depth: int, spent: _Spent) -> Iterator[Member | Refused]:
    """Yield what a compressed stream holds: the files of a tar, or one file named as the stream is but for its end."""
    spent.count_member()
    start, damaged = _start(kind)
    head = start().decompress(data, 512)
    inner = archive_kind(head)
    content, whole = _decompressed(data, start, damaged, spent.whole if inner else spent.room)
    spent.count(len(content))
    if inner == "tar":
        yield from _walk(path, content, depth, spent)
    else:
        if len(content) <= spent.limits.member or inner:
            yield from _nested(Member(path=f"{path}!{_unpacked_name(path)}", data=content), depth, spent)
        else:
            yield Refused(path=path, reason="larger than 5 MB")
            return
    if not whole:
        yield Refused(path=path, reason=_DAMAGED)


def _decompressed(
    data: bytes, start: Callable[[], _Decompressor], damaged: type[Exception], room: int
) -> tuple[bytes, bool]:
    """Return up to `room` bytes of the streams in `data`, one after another, and whether they ended as they should."""
    parts: list[bytes] = []
    while data and room > 0:
        stream = start()
        try:
            part = stream.decompress(data, room)
        except damaged:
            if not parts:
                raise
            # What follows a stream may be padding; what begins like one and does not unpack is damage.
            return b"".join(parts), not archive_kind(data)
        parts.append(part)
        room -= len(part)
        if not stream.eof:
            return b"".join(parts), room <= 0
        data = stream.unused_data.lstrip(b"\0")
    return b"".join(parts), True


def _unpacked_name(path: str) -> str:
    name = path.rpartition("!")[2].rpartition("/")[2]
    for ending, instead in _ENDINGS.items():
        if name.lower().endswith(ending):
            return name[: -len(ending)] + instead
    return name


def _sized(name: str, content: bytes, spent: _Spent) -> Member | Refused:
    spent.count(len(content))
    if len(content) > spent.limits.member:
        return Refused(path=name, reason="larger than 5 MB")
    return Member(path=name, data=content)


_UNPACKERS: dict[str, Callable[[str, bytes, _Spent], Iterator[Member | Refused]]] = {"zip": _zip, "tar": _tar}
