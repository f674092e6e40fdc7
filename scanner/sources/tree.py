"""The working tree: every file that git tracks or would track, or every file below a folder that is no repository."""

from __future__ import annotations

import os

from scanner.items import ScanError
from scanner.sources.content import item_of, shown_path
from scanner.sources.gitdir import GitDir, GitDirError, find_git_dir, git_dir_at
from scanner.sources.gitrun import Git
from scanner.sources.openat import FOLDER, Folder
from scanner.sources.revision import below

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scanner.items import Item
    from scanner.sources.around import Around

SUBMODULE = "a submodule"
_WORTH_A_THREAD = 200


class TreeSource:
    """The files under `path`, named relative to the git top level, else to `path` (a file: to its folder).

    With `ignored` also the files that git ignores one by one; a folder ignored as a whole, such as installed
    dependencies, stays out. Submodules are read with `submodules` only.
    """

    def __init__(self, path: str, *, ignored: bool = False, submodules: bool = False) -> None:
        """Raises `UsageError` where `path` does not exist."""
        self._path = os.path.abspath(path)
        self._ignored = ignored
        self._submodules = submodules
        if not os.path.lexists(self._path):
            from strongroom.kernel.errors import UsageError

            raise UsageError(f"{path} does not exist", hint="name a file or folder to scan")

    def __iter__(self) -> Iterator[Item]:
        (share,) = self.shares(1)
        return share

    def shares(self, number: int) -> list[Iterator[Item]]:
        """Return iterators for at most `number` threads; together they yield every file once."""
        return self.listing().shares(number)

    def listing(self) -> Listing:
        """Return what is to be read, for those who share it out themselves."""
        return Listing(self._path, ignored=self._ignored, submodules=self._submodules)

    def around(self) -> Around:
        """Return all of these files, for an analysis that follows a program from one into another."""
        return self.listing().around()


class Listing:
    """The files that are to be read, and what was noticed while they were listed."""

    STRETCH = 64
    """Files that are taken at a time: neighbours, so that their folders are opened once."""

    def __init__(self, path: str, *, ignored: bool, submodules: bool) -> None:
        self._ignored = ignored
        self._submodules = submodules
        self._noticed: list[Item] = []
        self._names: list[bytes] = []
        self.last: tuple[bytes, os.stat_result | None] = (b"", None)
        """Name and state of the file that was yielded last."""
        try:
            found = find_git_dir(path)
        except GitDirError as error:
            self._error(".git", f"{error}; the folder is read as if it were no repository")
            found = None
        folder = os.path.isdir(path) and not os.path.islink(path)
        if found is None or found.bare:
            self._root = os.fsencode(path if folder else os.path.dirname(path))
            self._names = self._walk(b"") if folder else [os.fsencode(os.path.basename(path))]
        else:
            self._root = os.fsencode(found.top)
            self._list(found, below(found, path), folder)

    def __len__(self) -> int:
        return len(self._names)

    def shares(self, number: int) -> list[Iterator[Item]]:
        """Return iterators for at most `number` threads; together they yield all there is once."""
        # The iterator is shared by all threads; taking the next number of a range is one step.
        starts = iter(range(0, len(self._names), self.STRETCH))
        threads = min(number, len(self._names) // _WORTH_A_THREAD + 1)
        shares = [self.items(range(start, start + self.STRETCH) for start in starts) for _ in range(threads)]
        return [*shares[:-1], self.with_noticed(shares[-1])]

    def items(self, stretches: Iterable[range]) -> Iterator[Item]:
        """Yield the files whose numbers lie in `stretches`, taken one after another as they are read."""
        return self.items_of(name for stretch in stretches for name in self._names[stretch.start : stretch.stop])

    def items_of(self, names: Iterable[bytes]) -> Iterator[Item]:
        """Yield the files `names`."""
        folder = Folder(self._root)
        try:
            for name in names:
                item = self._item(folder, name)
                if item is not None:
                    self.last = name, folder.status
                    yield item
        finally:
            folder.close()

    def with_noticed(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yield `items`, and what was noticed while the files were listed."""
        yield from items
        yield from self._noticed

    def names_in(self, stretches: Iterable[range]) -> list[bytes]:
        """Return the names of the files whose numbers lie in `stretches`."""
        return [name for stretch in stretches for name in self._names[stretch.start : stretch.stop]]

    @property
    def root(self) -> bytes:
        """The folder that names are relative to."""
        return self._root

    @property
    def names(self) -> list[bytes]:
        """The names of the files, in order."""
        return self._names

    def leave_out(self, names: set[bytes]) -> None:
        """Do not read the files `names`."""
        self._names = [name for name in self._names if name not in names]

    def named(self, paths: set[str]) -> list[bytes]:
        """Return the names of the files whose texts, or those of whose members, are shown as `paths`."""
        if not paths:
            return []
        outer = paths | {path[:cut] for path in paths for cut in range(len(path)) if path[cut] == "!"}
        return [name for name in self._names if _shown(name) in outer]

    def around(self) -> Around:
        """Return the files that are listed."""
        from scanner.sources.around import FolderAround

        return FolderAround(self._root, lambda: self._names)

    def _item(self, folder: Folder, name: bytes) -> Item | None:
        try:
            data = folder.read(name)
        except FileNotFoundError:
            return None  # deleted in the working tree, still in the index
        except OSError as error:
            return ScanError(path=_shown(name), message=f"cannot be read: {error.strerror}")
        # git lists a folder as if it were a file where a submodule stands.
        return item_of(_shown(name), SUBMODULE if data == FOLDER else data)

    def _error(self, path: str, message: str) -> None:
        self._noticed.append(ScanError(path=path, message=message))

    def _list(self, found: GitDir, relative: str, folder: bool) -> None:
        if not folder:
            self._names = [os.fsencode(relative)]
            return
        self._names = self._git_files(found, relative, b"")
        if relative and not self._names:
            # A folder that git ignores was named on purpose.
            self._names = self._walk(os.fsencode(relative))

    def _git_files(self, found: GitDir, folder: str, prefix: bytes) -> list[bytes]:
        """Return the names git lists. A nested repository is listed as a folder and opened in its turn."""
        limit = ["--", folder] if folder else []
        try:
            with Git(found) as git:
                listed = git.run("ls-files", "-co", "--exclude-standard", "-z", *limit)
                if self._ignored:
                    hidden = git.run("ls-files", "-oi", "--exclude-standard", "--directory", "-z", *limit)
                    listed += b"\0".join(name for name in hidden.split(b"\0") if not name.endswith(b"/"))
                notes = git.notes
        except GitDirError as error:
            self._error(_shown(prefix + b".git"), f"{error}; every file is read instead")
            return self._walk(prefix.rstrip(b"/") or os.fsencode(folder))
        self._noticed.extend(ScanError(path=_shown(prefix + b".git"), message=note) for note in notes)
        names = sorted(set(listed.split(b"\0")) - {b""})
        files = [prefix + name for name in names if not name.endswith(b"/")]
        for name in names:
            if name.endswith(b"/"):
                files.extend(self._nested(prefix + name.rstrip(b"/")))
        return self._with_submodules(found, files, prefix) if self._submodules else files

    def _with_submodules(self, found: GitDir, files: list[bytes], prefix: bytes) -> list[bytes]:
        with Git(found) as git:
            staged = git.run("ls-files", "--stage", "-z").split(b"\0")
        links = {prefix + entry.partition(b"\t")[2] for entry in staged if entry.startswith(b"160000 ")}
        inner = (name for link in sorted(links) for name in self._nested(link))
        return [*(name for name in files if name not in links), *inner]

    def _nested(self, name: bytes) -> list[bytes]:
        folder = os.path.join(self._root, name)
        try:
            inner = git_dir_at(os.fsdecode(folder)) if os.path.lexists(os.path.join(folder, b".git")) else None
        except GitDirError as error:
            self._error(f"{_shown(name)}/.git", str(error))
            inner = None
        return self._walk(name) if inner is None else self._git_files(inner, "", name + b"/")

    def _walk(self, start: bytes) -> list[bytes]:
        waiting, files = [start], []
        while waiting:
            folder = waiting.pop()
            try:
                with os.scandir(os.path.join(self._root, folder) if folder else self._root) as entries:
                    found = sorted(entries, key=lambda entry: entry.name, reverse=True)
            except OSError as error:
                self._error(_shown(folder) or ".", f"cannot be listed: {error.strerror}")
                continue
            for entry in found:
                name = folder + b"/" + entry.name if folder else entry.name
                if not entry.is_dir(follow_symlinks=False):
                    files.append(name)
                elif entry.name != b".git":
                    waiting.append(name)
        return files


def _shown(name: bytes) -> str:
    return name.decode("ascii") if name.isascii() else shown_path(os.fsdecode(name))
