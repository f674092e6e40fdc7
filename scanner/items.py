"""What a source yields: contents, what was left out, and what could not be read.

These are plain classes with slots and not dataclasses: a hook that finds nothing makes them by the thousand and
imports next to nothing (see tests/arch/test_start_up.py).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from scanner.model import Commit


class Record:
    """Equal to another of its class with equal fields; a dataclass without the import of one."""

    __slots__: tuple[str, ...] = ()

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    def __hash__(self) -> int:
        return hash(tuple(getattr(self, name) for name in self.__slots__))

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({getattr(self, 'path', '')!r})"


class Blob(Record):
    """One file's bytes, read once, and where they stand. `path` is `/`-separated and relative to the scan's root."""

    __slots__ = ("added_lines", "blob_id", "commit", "container", "data", "in_head", "path", "replaces")

    def __init__(
        self,
        *,
        path: str,
        data: bytes,
        blob_id: str | None = None,
        commit: Commit | None = None,
        in_head: bool = True,
        added_lines: frozenset[int] | None = None,
        replaces: tuple[str, str] | None = None,
        container: str = "",
    ) -> None:
        """`blob_id` is git's name of the object the bytes came out of.

        `replaces` is a repository's top and the name of the object that stood there before a change.
        `container` says what the text was taken out of (`archive`), where it is no file of its own.
        `added_lines` are the numbers of lines that a change adds, where only those are looked at; None is every line.
        """
        self.path = path
        self.data = data
        self.blob_id = blob_id
        self.commit = commit
        self.in_head = in_head
        self.added_lines = added_lines
        self.replaces = replaces
        self.container = container


class Packed(Record):
    """An archive, and where it stands: its members are what is scanned."""

    __slots__ = ("blob_id", "data", "path")

    def __init__(self, *, path: str, data: bytes, blob_id: str | None = None) -> None:
        self.path = path
        self.data = data
        self.blob_id = blob_id


class Skipped(Record):
    """A file that was deliberately not scanned, and why (binary, too large, excluded)."""

    __slots__ = ("path", "reason")

    def __init__(self, *, path: str, reason: str) -> None:
        self.path = path
        self.reason = reason


class ScanError(Record):
    """Something that could not be read; the scan goes on without it."""

    __slots__ = ("message", "path")

    def __init__(self, *, path: str, message: str) -> None:
        self.path = path
        self.message = message


Item = Blob | Packed | Skipped | ScanError
if TYPE_CHECKING:
    Source = Iterable[Item]
else:
    Source = object
