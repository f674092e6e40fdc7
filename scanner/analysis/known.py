"""Programs known to hold nothing: by their content, that of the files they lead to, and the rules they were seen with.

Where nothing was found, nothing will be while none of these change. A file that is added may be what an import was
missing, so what is known counts for one listing of a project's programs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from scanner import kept
from scanner.analysis.syntax import language_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scanner.sources.around import Around

_FORM = 2
"""Raised when the analysis comes to see more."""
_DIGEST = 12

Deps = tuple[tuple[str, bytes], ...]


class KnownPrograms:
    """The programs of one project, kept in the user's cache."""

    def __init__(self, around: Around, stamps: object, settings: str) -> None:
        """`stamps` are those of the rules, `settings` those that decide what is found."""
        self._place = kept.place_for("programs", [around.root, settings])
        self._stamp = (_FORM, stamps, settings, _listing(around.paths()))
        self._text = around.text
        held = kept.known(self._place)
        self._usable = bool(stamps)
        self._clean: dict[bytes, Deps] = {}
        if self._usable and isinstance(held, tuple) and len(held) == 2 and held[0] == self._stamp:
            self._clean = held[1]
        self._seen: dict[bytes, Deps] = {}
        self._digests: dict[str, bytes] = {}
        self._new = False

    def clean(self, path: str, data: bytes) -> bool:
        """Tell whether the file at `path` is known to hold nothing and to lead to nothing."""
        key = _digest(path.encode("utf-8", "surrogateescape") + b"\0" + data)
        read = self._clean.get(key)
        if read is None or any(self._of(other) != digest for other, digest in read):
            return False
        self._seen[key] = read
        return True

    def add(self, path: str, data: bytes, read: Iterable[str]) -> None:
        """Take note that a file holds nothing, which the files `read` were looked at for."""
        key = _digest(path.encode("utf-8", "surrogateescape") + b"\0" + data)
        self._seen[key] = tuple([(other, self._of(other)) for other in sorted(read)])
        self._new = True

    def keep(self) -> None:
        """Write down what is known; of files that were not asked about too, which another scan may ask for."""
        if self._new and self._usable:
            kept.learn(self._place, (self._stamp, {**self._clean, **self._seen}))

    def _of(self, path: str) -> bytes:
        if path not in self._digests:
            self._digests[path] = _digest(self._text(path) or b"")
        return self._digests[path]


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=_DIGEST).digest()


def _listing(paths: Iterable[str]) -> bytes:
    programs = sorted(path for path in paths if language_of(path) is not None)
    return _digest("\0".join(programs).encode("utf-8", "surrogateescape"))
