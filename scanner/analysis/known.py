"""Programs that were followed before: by their content, that of files they lead to, and the rules they were seen with.

Where nothing was found, nothing will be while none of these change; what was found is told again. A file that is added
may be what an import was missing, so what is known counts for one listing of a project's programs.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable

from scanner import kept
from scanner.analysis.syntax import language_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scanner.analysis.recalled import Recalled
    from scanner.sources.around import Around

_FORM = 3
"""Raised when the analysis comes to see more."""
_DIGEST = 12
_SALT = 16

Deps = tuple[tuple[str, bytes], ...]


class KnownPrograms:
    """The programs of one project, kept in the user's cache."""

    def __init__(self, around: Around, stamps: object, settings: str) -> None:
        """`stamps` are those of the rules, `settings` those that decide what is found."""
        self._place = kept.place_for("programs", [around.root, settings])
        self._stamp = (_FORM, kept.code(), stamps, settings, _listing(around.paths()))
        self._text = around.text
        self._usable = bool(stamps)
        self._salt = os.urandom(_SALT)
        self._clean: dict[bytes, Deps] = {}
        self._held: dict[bytes, tuple[Deps, bytes]] = {}
        held = kept.known(self._place) if self._usable else None
        if isinstance(held, tuple) and len(held) == 4 and held[0] == self._stamp:
            _, self._salt, self._clean, self._held = held
        self._digests: dict[str, bytes] = {}
        self._new = False

    def clean(self, path: str, data: bytes) -> bool:
        """Tell whether the file at `path` is known to hold nothing and to lead to nothing."""
        read = self._clean.get(self._key(path, data))
        return read is not None and self._unchanged(read)

    def read_for(self, path: str, data: bytes) -> frozenset[str]:
        """Return the files that were looked at for one that is known to hold nothing."""
        return frozenset([other for other, _ in self._clean.get(self._key(path, data), ())])

    def recalled(self, path: str, data: bytes) -> Recalled | None:
        """Return what is known of a file that holds something or leads to it; None where it is to be followed anew."""
        read, content = self._held.get(self._key(path, data), (None, b""))
        if read is None or not self._unchanged(read):
            return None
        from scanner.analysis.recalled import unpacked

        return unpacked(content, data, self._text)

    def add(self, path: str, data: bytes, read: Iterable[str]) -> None:
        """Take note that a file holds nothing, which the files `read` were looked at for."""
        self._clean[self._key(path, data)] = self._read(read)
        self._new = True

    def hold(self, path: str, data: bytes, read: Iterable[str], found: Recalled) -> None:
        """Take note of what a file holds, which the files `read` were looked at for."""
        from scanner.analysis.recalled import packed

        content = packed(found, data, self._text)
        if content is not None:
            self._held[self._key(path, data)] = self._read({*read, *found.paths()} - {path}), content
            self._new = True

    def keep(self) -> None:
        """Write down what is known; of files that were not asked about too, which another scan may ask for."""
        if self._new and self._usable:
            kept.learn(self._place, (self._stamp, self._salt, self._clean, self._held))

    def _key(self, path: str, data: bytes) -> bytes:
        return self._digest(path.encode("utf-8", "surrogateescape") + b"\0" + data)

    def _read(self, paths: Iterable[str]) -> Deps:
        return tuple([(path, self._of(path)) for path in sorted(paths)])

    def _unchanged(self, read: Deps) -> bool:
        return all(self._of(path) == digest for path, digest in read)

    def _of(self, path: str) -> bytes:
        if path not in self._digests:
            self._digests[path] = self._digest(self._text(path) or b"")
        return self._digests[path]

    def _digest(self, data: bytes) -> bytes:
        """Return a digest that can be told by nobody who has not read the cache: what is digested may be a secret."""
        return hashlib.blake2b(data, digest_size=_DIGEST, key=self._salt).digest()


def _listing(paths: Iterable[str]) -> bytes:
    programs = sorted(path for path in paths if language_of(path) is not None)
    text = "\0".join(programs).encode("utf-8", "surrogateescape")
    return hashlib.blake2b(text, digest_size=_DIGEST).digest()
