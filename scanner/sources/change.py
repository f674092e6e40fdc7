"""A change: what HEAD and the working tree make of the commit at which they left another branch."""

from __future__ import annotations

import os

from scanner.sources.content import readable, shown_path
from scanner.sources.gitdir import GitDirError, read_bounded
from scanner.sources.gitrun import Git
from scanner.sources.names import FETCH_ALL, commit_named
from scanner.sources.openat import Folder
from scanner.sources.revision import unusable, working_tree_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from scanner.sources.gitdir import GitDir

_MAX_SHALLOW = 50_000_000
_NONE = "0"


def start_of_change(git: Git, found: GitDir, tip: str, revision: str) -> str:
    """Return the commit at which HEAD left the branch that `revision` names, whose last commit is `tip`.

    Where the two have nothing in common it is `tip`. Raises `UsageError` where a shallow clone lacks commits that only
    HEAD has: all that stands in the first one that is there would pass for new.
    """
    if git.head is None:
        return tip
    try:
        # A branch that went on does not undo what it had when HEAD left it; a commit before HEAD is its own start.
        base = git.run("merge-base", tip, git.head).split()[0].decode("ascii", "replace")
    except (GitDirError, IndexError):
        base = ""
    cut = read_bounded(os.path.join(found.common, "shallow"), _MAX_SHALLOW).split()
    if cut and (not base or not set(cut).isdisjoint(git.run("rev-list", git.head, f"^{tip}").split())):
        from strongroom.kernel.errors import UsageError

        raise UsageError(f"this clone is shallow, and commits since {revision} are not in it", hint=FETCH_ALL)
    return base or tip


class Change:
    """The texts on both sides of a change, for as long as the `with` block lasts."""

    def __init__(self, path: str, revision: str) -> None:
        """Raises `UsageError` as `SinceSource` does."""
        self._found = working_tree_of(os.path.abspath(path))
        try:
            self._git = Git(self._found)
        except GitDirError as error:
            raise unusable(path, error) from error
        self._folder = Folder(os.fsencode(self._found.top))
        try:
            self._tip = commit_named(self._git, self._found, revision)
            self._start = start_of_change(self._git, self._found, self._tip, revision)
            self._changes = list(self._changed())
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Change:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of files and folders."""
        self._folder.close()
        self._git.close()

    def before(self) -> Iterator[bytes]:
        """Yield the texts that the change took away or replaced, each as it stood."""
        for _, raw in self._git.read_objects([old for old, _ in self._changes if old.strip("0")]):
            text = readable(raw) if isinstance(raw, bytes) else None
            if isinstance(text, bytes):
                yield text

    def after(self, paths: Container[str] | None = None) -> Iterator[tuple[str, bytes]]:
        """Yield path and text of each file that the change added or rewrote, as it stands now; of `paths` alone."""
        for _, name in self._changes:
            path = shown_path(os.fsdecode(name))
            text = self._text(name) if paths is None or path in paths else None
            if text is not None:
                yield path, text

    def at_start(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield path and text of those of `paths` that were there where HEAD left the other branch."""
        yield from self._in_commit(self._start, paths)

    def at_tip(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield path and text of those of `paths` that the other branch has by now, if it went on."""
        if self._tip != self._start:
            yield from self._in_commit(self._tip, paths)

    def renamed(self, paths: Iterable[str]) -> set[str]:
        """Return those of `paths` that hold, byte by byte, a file which the change took away or replaced."""
        known = {old for old, _ in self._changes}
        return {path for path in paths if (raw := self._raw(os.fsencode(path))) is not None and _names(raw) & known}

    def _changed(self) -> Iterator[tuple[str, bytes]]:
        """Yield (object before, zeros where there was none; path) of every file that differs."""
        raw = self._git.run("diff-index", "--raw", "-z", "--no-renames", "--full-index", self._start).split(b"\0")
        for head, name in zip(raw[::2], raw[1::2], strict=False):
            yield head.split(b" ")[2].decode("ascii", "replace"), name
        for name in self._git.run("ls-files", "-o", "--exclude-standard", "-z").split(b"\0"):
            if name and not name.endswith(b"/"):
                yield _NONE, name

    def _in_commit(self, commit: str, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        names = [path for path in paths if "\n" not in path]
        read = self._git.read_objects([f"{commit}:{path}" for path in names])
        for path, (_, raw) in zip(names, read, strict=True):
            text = readable(raw) if isinstance(raw, bytes) else None
            if isinstance(text, bytes):
                yield path, text

    def _text(self, name: bytes) -> bytes | None:
        raw = self._raw(name)
        text = readable(raw) if raw is not None else None
        return text if isinstance(text, bytes) else None

    def _raw(self, name: bytes) -> bytes | None:
        try:
            raw = self._folder.read(name)
        except OSError:
            return None
        return raw if isinstance(raw, bytes) else None


def _names(raw: bytes) -> set[str]:
    """Return what git calls a file of these bytes (gitformat-pack(5), "object names"), by either of its digests."""
    from hashlib import sha1, sha256

    whole = b"blob %d\0%b" % (len(raw), raw)
    return {sha1(whole, usedforsecurity=False).hexdigest(), sha256(whole).hexdigest()}
