"""The working tree: every file that git tracks or would track, or every file below a folder that is no repository."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from scanner.model import Blob, ScanError, Skipped
from scanner.sources.content import MAX_BYTES, TOO_LARGE, readable
from scanner.sources.gitdir import GitDir, GitDirError, find_git_dir, git_dir_at
from scanner.sources.gitrun import private_git
from strongroom.kernel.errors import UsageError

Item = Blob | Skipped | ScanError

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC


def read_tree(path: Path, *, ignored: bool = False) -> Iterator[Item]:
    """Yield the files under `path`, named relative to the git top level, else to `path` (a file: to its folder).

    With `ignored` also the files that git ignores one by one; a folder ignored as a whole, such as installed
    dependencies, stays out. Raises `UsageError` where `path` does not exist.
    """
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 - Path.resolve would follow links
    if not os.path.lexists(absolute):
        raise UsageError(f"{path} does not exist", hint="name a file or folder to scan")
    return _read(absolute, ignored)


def scan_root(path: Path) -> Path:
    """Return the folder that paths in findings are relative to, which is also where settings are looked for."""
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 - Path.resolve would follow links
    try:
        found = find_git_dir(absolute)
    except GitDirError:
        found = None
    if found is not None:
        return found.top
    return absolute if absolute.is_dir() else absolute.parent


def _read(absolute: Path, ignored: bool) -> Iterator[Item]:
    try:
        found = find_git_dir(absolute)
    except GitDirError as error:
        yield ScanError(path=".git", message=f"{error}; the folder is read as if it were no repository")
        found = None
    if found is None:
        root = absolute if absolute.is_dir() else absolute.parent
        names = _walk(root, "") if absolute.is_dir() else iter([absolute.name])
    else:
        root = found.top
        names = _listed(found, absolute, ignored)
    yield from _read_files(root, names)


def _listed(found: GitDir, absolute: Path, ignored: bool) -> Iterator[str | ScanError]:
    relative = absolute.relative_to(found.top).as_posix()
    if not absolute.is_dir() or absolute.is_symlink():
        yield relative
        return
    names = list(_git_files(found, "" if relative == "." else relative, ignored))
    if relative != "." and not any(isinstance(name, str) for name in names):
        # A folder that git ignores was named on purpose.
        names.extend(_walk(found.top, relative))
    yield from names


def _git_files(found: GitDir, below: str, ignored: bool) -> Iterator[str | ScanError]:
    """Yield the names git lists. A nested repository or submodule is listed as a folder and opened in its turn."""
    limit = ["--", below] if below else []
    try:
        with private_git(found) as git:
            listed = git.run("ls-files", "-co", "--exclude-standard", "-z", *limit)
            hidden = git.run("ls-files", "-oi", "--exclude-standard", "--directory", "-z", *limit) if ignored else b""
            notes = git.notes
    except GitDirError as error:
        yield ScanError(path=".git", message=f"{error}; every file is read instead")
        yield from _walk(found.top, below)
        return
    yield from (ScanError(path=".git", message=note) for note in notes)
    alone = (name for name in os.fsdecode(hidden).split("\0") if not name.endswith("/"))
    for name in sorted({*os.fsdecode(listed).split("\0"), *alone}):
        plain = name.rstrip("/")
        if plain and (found.top / plain).is_dir() and not (found.top / plain).is_symlink():
            yield from _nested(found.top, plain, ignored)
        elif plain:
            yield plain


def _nested(top: Path, name: str, ignored: bool) -> Iterator[str | ScanError]:
    folder = top / name
    try:
        inner = git_dir_at(folder) if os.path.lexists(folder / ".git") else None
    except GitDirError as error:
        yield ScanError(path=f"{name}/.git", message=str(error))
        inner = None
    if inner is None:
        yield from _walk(top, name)
        return
    for item in _git_files(inner, "", ignored):
        yield f"{name}/{item}" if isinstance(item, str) else ScanError(path=f"{name}/{item.path}", message=item.message)


def _walk(root: Path, below: str) -> Iterator[str | ScanError]:
    waiting = [below]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(root / folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name, reverse=True)
        except OSError as error:
            yield ScanError(path=folder or ".", message=f"cannot be listed: {error.strerror}")
            continue
        for entry in found:
            name = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir(follow_symlinks=False):
                if entry.name != ".git":
                    waiting.append(name)
            else:
                yield name


def _read_files(root: Path, names: Iterator[str | ScanError]) -> Iterator[Item]:
    base = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for name in names:
            if isinstance(name, ScanError):
                yield name
                continue
            item = _read_file(base, name)
            if item is not None:
                yield item
    finally:
        os.close(base)


def _read_file(base: int, name: str) -> Item | None:
    shown = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    try:
        data = _open_below(base, name.split("/"))
    except FileNotFoundError:
        return None  # deleted in the working tree, still in the index
    except OSError as error:
        return ScanError(path=shown, message=f"cannot be read: {error.strerror}")
    scanned = readable(data) if isinstance(data, bytes) else data
    return Skipped(path=shown, reason=scanned) if isinstance(scanned, str) else Blob(path=shown, data=scanned)


def _open_below(base: int, parts: list[str]) -> bytes | str:
    """Return a file's bytes, or why it is left out; no link on the way is followed, a link itself is its target."""
    folder = base
    try:
        for part in parts[:-1]:
            inner = os.open(part, _FOLDER, dir_fd=folder)
            if folder != base:
                os.close(folder)
            folder = inner
        return _read_entry(folder, parts[-1])
    finally:
        if folder != base:
            os.close(folder)


def _read_entry(folder: int, name: str) -> bytes | str:
    found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if stat.S_ISLNK(found.st_mode):
        return os.fsencode(os.readlink(name, dir_fd=folder))
    if not stat.S_ISREG(found.st_mode):
        return "not a regular file"
    descriptor = os.open(name, _READ, dir_fd=folder)
    with os.fdopen(descriptor, "rb") as stream:
        opened = os.fstat(descriptor)
        if not stat.S_ISREG(opened.st_mode):
            return "not a regular file"
        return TOO_LARGE if opened.st_size > MAX_BYTES else stream.read(MAX_BYTES + 1)
