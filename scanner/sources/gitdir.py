"""Finds a repository's own folders by reading `.git` ourselves, and refuses what leads out of it."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

_MAX_REF = 4096
_MAX_PACKED_REFS = 50_000_000
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_REF_NAME = re.compile(r"refs/[^\x00-\x20~^:?*\[\\]+")


class GitDirError(Exception):
    """A `.git` that cannot be followed; the message says why and names no file content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GitDir:
    """Where a working tree's repository keeps its things. `git` is this tree's folder, `common` the shared one."""

    top: Path
    git: Path
    common: Path


def find_git_dir(path: Path) -> GitDir | None:
    """Return the repository whose working tree holds `path`, or None. Raises `GitDirError` for a refused `.git`."""
    start = path if path.is_dir() else path.parent
    for folder in (start, *start.parents):
        if os.path.lexists(folder / ".git"):
            return git_dir_at(folder)
    return None


def git_dir_at(top: Path) -> GitDir | None:
    """Return the repository whose `.git` stands in `top`; None where that is neither a folder nor a file."""
    entry = top / ".git"
    mode = entry.lstat().st_mode
    if stat.S_ISDIR(mode):
        return GitDir(top=top, git=entry, common=entry) if (entry / "HEAD").exists() else None
    if stat.S_ISREG(mode):
        return _followed(top, entry)
    raise GitDirError(".git is a link; links are not followed")


def _followed(top: Path, entry: Path) -> GitDir:
    """Follow a `.git` file where the target names it back, or lies in the superproject's `.git/modules`."""
    written = read_small(entry)
    if not written.startswith("gitdir:"):
        raise GitDirError(".git is a file without a gitdir line")
    target = Path(os.path.normpath(top / written.removeprefix("gitdir:").strip()))
    if target.is_symlink() or not target.is_dir():
        raise GitDirError(".git names a folder that does not exist")
    if _names_back(target, entry):
        return GitDir(top=top, git=target, common=_common(target))
    if _is_submodule(target, top):
        return GitDir(top=top, git=target, common=target)
    raise GitDirError(".git names a folder that does not name it back")


def _names_back(target: Path, entry: Path) -> bool:
    back = read_small(target / "gitdir")
    return bool(back) and Path(os.path.normpath(target / back)) == Path(os.path.normpath(entry))


def _is_submodule(target: Path, top: Path) -> bool:
    return any(target.is_relative_to(parent / ".git" / "modules") for parent in top.parents)


def _common(git: Path) -> Path:
    """Return the shared folder of a linked worktree: the one it lies in, and no other."""
    written = read_small(git / "commondir")
    common = Path(os.path.normpath(git / written)) if written else git
    if common != git and git.parent != common / "worktrees":
        raise GitDirError("commondir leads out of the repository")
    return common


def read_small(path: Path, limit: int = _MAX_REF) -> str:
    """Return the stripped text of a small regular file, or nothing; links are not followed."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ""
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return ""
        return stream.read(limit).decode("utf-8", "surrogateescape").strip()


def head_commit(found: GitDir) -> str | None:
    """Return the commit that HEAD names, or None where there is none yet."""
    written = read_small(found.git / "HEAD")
    for _ in range(5):
        if not written.startswith("ref:"):
            break
        written = _ref(found, written.removeprefix("ref:").strip())
    return written if _SHA.fullmatch(written) else None


def _ref(found: GitDir, name: str) -> str:
    if not _REF_NAME.fullmatch(name) or ".." in name:
        return ""
    loose = read_small(found.git / name) or read_small(found.common / name)
    if loose:
        return loose
    for line in read_small(found.common / "packed-refs", _MAX_PACKED_REFS).splitlines():
        if line.endswith(" " + name):
            return line.split(" ", 1)[0]
    return ""
