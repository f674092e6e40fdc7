"""Finds a repository's own folders by reading `.git` ourselves, and refuses what leads out of it."""

from __future__ import annotations

import os
import stat

_MAX_REF = 4096
_MAX_PACKED_REFS = 50_000_000
_HEX = frozenset("0123456789abcdef")
_NOT_IN_NAMES = frozenset("~^:?*[\\ \x7f")
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class GitDirError(Exception):
    """A `.git` that cannot be followed; the message says why and names no file content."""


class GitDir:
    """Where a repository keeps its things: `git` is this tree's folder, `common` the shared one.

    `top` is the top of the working tree; a bare repository has none, and `top` is then the folder itself.
    """

    __slots__ = ("bare", "common", "git", "top")

    def __init__(self, *, top: str, git: str, common: str, bare: bool = False) -> None:
        self.top = top
        self.git = git
        self.common = common
        self.bare = bare


def find_git_dir(path: str) -> GitDir | None:
    """Return the repository that holds the absolute `path`, or None. Raises `GitDirError` for a refused `.git`."""
    folder = path if os.path.isdir(path) else os.path.dirname(path)
    while True:
        if os.path.lexists(os.path.join(folder, ".git")):
            return git_dir_at(folder)
        if is_bare(folder):
            return GitDir(top=folder, git=folder, common=folder, bare=True)
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def scan_root(path: str) -> str:
    """Return the folder that paths in findings are relative to, which is also where settings are looked for."""
    absolute = os.path.abspath(path)
    try:
        found = find_git_dir(absolute)
    except GitDirError:
        found = None
    if found is not None:
        return found.top
    return absolute if os.path.isdir(absolute) else os.path.dirname(absolute)


def git_dir_at(top: str) -> GitDir | None:
    """Return the repository whose `.git` stands in `top`; None where that is neither a folder nor a file."""
    entry = os.path.join(top, ".git")
    mode = os.lstat(entry).st_mode
    if stat.S_ISDIR(mode):
        real = os.path.exists(os.path.join(entry, "HEAD"))
        return GitDir(top=top, git=entry, common=entry) if real else None
    if stat.S_ISREG(mode):
        return _followed(top, entry)
    raise GitDirError(".git is a link; links are not followed")


def is_bare(folder: str) -> bool:
    """Tell whether `folder` is one such as `git init --bare` makes."""
    return (
        os.path.isfile(os.path.join(folder, "HEAD"))
        and os.path.isdir(os.path.join(folder, "objects"))
        and os.path.isdir(os.path.join(folder, "refs"))
    )


def _followed(top: str, entry: str) -> GitDir:
    """Follow a `.git` file where the target names it back, or lies in the superproject's `.git/modules`."""
    written = read_small(entry)
    if not written.startswith("gitdir:"):
        raise GitDirError(".git is a file without a gitdir line")
    target = os.path.normpath(os.path.join(top, written.removeprefix("gitdir:").strip()))
    if os.path.islink(target) or not os.path.isdir(target):
        raise GitDirError(".git names a folder that does not exist")
    if _names_back(target, entry):
        return GitDir(top=top, git=target, common=_common(target))
    if _is_submodule(target, top):
        return GitDir(top=top, git=target, common=target)
    raise GitDirError(".git names a folder that does not name it back")


def _names_back(target: str, entry: str) -> bool:
    back = read_small(os.path.join(target, "gitdir"))
    return bool(back) and os.path.normpath(os.path.join(target, back)) == os.path.normpath(entry)


def _is_submodule(target: str, top: str) -> bool:
    parent = os.path.dirname(top)
    while parent != os.path.dirname(parent):
        if target.startswith(os.path.join(parent, ".git", "modules") + os.sep):
            return True
        parent = os.path.dirname(parent)
    return False


def _common(git: str) -> str:
    """Return the shared folder of a linked worktree: the one it lies in, and no other."""
    written = read_small(os.path.join(git, "commondir"))
    common = os.path.normpath(os.path.join(git, written)) if written else git
    if common != git and os.path.dirname(git) != os.path.join(common, "worktrees"):
        raise GitDirError("commondir leads out of the repository")
    return common


def read_small(path: str, limit: int = _MAX_REF) -> str:
    """Return the stripped text of a small regular file, or nothing; links are not followed."""
    return os.fsdecode(read_bounded(path, limit)).strip()


def read_bounded(path: str, limit: int) -> bytes:
    """Return the first `limit` bytes of a regular file, or nothing; a link as the last part is not followed."""
    try:
        descriptor = os.open(path, _READ)
    except (OSError, ValueError):
        return b""
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return b""
        parts = []
        while limit > 0 and (part := os.read(descriptor, min(limit, 1 << 20))):
            parts.append(part)
            limit -= len(part)
        return b"".join(parts)
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def is_object_name(text: str) -> bool:
    """Tell whether `text` is a full object name (SHA-1 or SHA-256)."""
    return len(text) in (40, 64) and _HEX.issuperset(text)


def head_commit(found: GitDir) -> str | None:
    """Return the commit that HEAD names, or None where there is none yet."""
    return resolved(found, read_small(os.path.join(found.git, "HEAD")))


def resolved(found: GitDir, written: str) -> str | None:
    """Return the object that the content of a ref leads to, over at most five symbolic refs."""
    for _ in range(5):
        if not written.startswith("ref:"):
            break
        written = _ref(found, written.removeprefix("ref:").strip())
    return written if is_object_name(written) else None


def _ref(found: GitDir, name: str) -> str:
    if not is_ref_name(name):
        return ""
    loose = read_small(os.path.join(found.git, name)) or read_small(os.path.join(found.common, name))
    return loose or packed_refs(found).get(name, "")


def packed_refs(found: GitDir) -> dict[str, str]:
    """Return the refs that stand in `packed-refs`, name to object; a malformed line costs nothing but itself."""
    refs = {}
    for line in read_small(os.path.join(found.common, "packed-refs"), _MAX_PACKED_REFS).split("\n"):
        value, _, name = line.partition(" ")
        if is_object_name(value) and is_ref_name(name):
            refs[name] = value
    return refs


def is_ref_name(name: str) -> bool:
    """Tell whether `name` is one that git would allow below `refs/` (git-check-ref-format)."""
    return (
        name.startswith("refs/")
        and ".." not in name
        and not name.endswith((".lock", "/", "."))
        and _NOT_IN_NAMES.isdisjoint(name)
        and min(name) > "\x1f"
    )
