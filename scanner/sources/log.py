"""What git's log says: which blobs commits brought in, at which paths, and who made them."""

from __future__ import annotations

import os
import re
from binascii import crc32

from scanner.sources.gitdir import GitDir, GitDirError
from scanner.sources.refs import tips

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Sequence

    from scanner.sources.gitrun import Git

_FORMAT = "--format=%x01%H%x00%an%x00%ae%x00%aI%x00%s"
_RAW = re.compile(rb"(?:^|\0)\n?:+((?:[0-7]{6} )+)((?:[0-9a-f]{40,64} )+)[A-Z]+\0([^\0]*)(?=\0)")
"""A line of git's raw format: modes, names, status, path; the last mode and name are the result (git-diff-tree(1))."""
_GITLINK = b"160000"
_CHUNK = 1 << 20


class Brought:
    """What a commit put at one path in place of what stood there. Names are in hex, `before` None for nothing.

    Where the commit removed the path, `blob` is all zeros.
    """

    __slots__ = ("before", "blob", "fields", "path")

    def __init__(self, blob: bytes, before: bytes | None, path: bytes, fields: tuple[bytes, ...]) -> None:
        self.blob = blob
        self.before = before
        self.path = path
        self.fields = fields
        """Name of the commit, its author, their address, the author date (ISO 8601) and the summary."""


def start_points(git: Git, found: GitDir) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the commits from which everything is reached, and (ref, reason) for each ref that leads to none."""
    named = tips(found)
    peeled = git.run(
        "cat-file", "--batch-check", stdin="".join(f"{value}^{{commit}}\n" for value in named.values()).encode()
    )
    commits: dict[str, None] = {}
    bad: list[tuple[str, str]] = []
    for name, line in zip(named, peeled.decode("ascii", "replace").splitlines(), strict=False):
        fields = line.split(" ")
        if len(fields) == 3 and fields[1] == "commit":
            commits[fields[0]] = None
        elif not _names_no_commit(git, named[name]):
            bad.append((name, "leads to an object that is missing or damaged"))
    return list(commits), bad


def all_objects(git: Git, kind: str) -> list[str]:
    """Return the name of every `kind` of object (`commit`, `blob`) that the repository holds, reached or not."""
    listed = git.run("cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objecttype) %(objectname)")
    wanted = f"{kind} ".encode()
    return [line[len(wanted) :].decode("ascii") for line in listed.split(b"\n") if line.startswith(wanted)]


def uncommitted(git: Git, brought: Iterable[bytes]) -> list[bytes]:
    """Return the blobs that are not among `brought`: added to an index and never committed, or of a dropped stash."""
    known = set(brought)
    return [name for name in (one.encode() for one in all_objects(git, "blob")) if name not in known]


def _names_no_commit(git: Git, value: str) -> bool:
    """A tag of a tree or blob is no error: there is no history behind it."""
    said = git.run("cat-file", "--batch-check", stdin=f"{value}^{{}}\n".encode()).split()
    return len(said) == 3 and said[1] in (b"tree", b"blob")


def spooled_log(git: Git, revisions: Sequence[str]) -> tuple[str, str]:
    """Write the log of `revisions` (commits, and `^commit` for those to leave out) to a file of git's private folder.

    Returns the file and, where git could not walk to the end, what it said; what came before that stands.
    """
    spool = git.scratch("log")
    command = ("log", "--stdin", "--raw", "-c", "--root", "--no-abbrev", "--no-renames", "-z", _FORMAT)
    said = ""
    with open(spool, "wb", opener=_private) as stream:
        try:
            for chunk in git.stream(*command, stdin="".join(f"{one}\n" for one in revisions).encode()):
                stream.write(chunk)
        except GitDirError as error:
            said = str(error)
    return spool, said


def ages(git: Git, revisions: Sequence[str]) -> dict[bytes, int]:
    """Return a rank for each commit that `revisions` reach: the newest has the least, and parents come after children.

    The log itself is not asked for in that order, which would take git half as much memory again.
    """
    try:
        listed = git.run("rev-list", "--stdin", "--date-order", stdin="".join(f"{one}\n" for one in revisions).encode())
    except GitDirError:
        return {}
    return {name: rank for rank, name in enumerate(listed.split())}


def blobs_of(spool: str, part: tuple[int, int] = (0, 1)) -> tuple[list[bytes], int]:
    """Return each blob of a spooled log once, the versions of one path after another, the newest first.

    And how many commits the log is about.

    `part` is (number, of how many): paths are shared out, all versions of one to one part, and a blob goes with the
    first path that it stands at.
    """
    found: set[bytes] = set()
    paths: dict[bytes, list[bytes]] = {}
    number, parts = part
    commits = 0
    for data in _pieces(spool):
        commits += data.count(b"\0\x01") + data.startswith(b"\x01")
        for modes, names, path in _RAW.findall(data):
            name = names[:-1].rpartition(b" ")[2]
            if name not in found and modes[:-1].rpartition(b" ")[2] != _GITLINK and name.strip(b"0"):
                found.add(name)
                paths.setdefault(path, []).append(name)
    return [name for path, names in paths.items() if crc32(path) % parts == number for name in names], commits


def brought(spool: str, wanted: Container[bytes]) -> Iterator[Brought]:
    """Yield what a spooled log says of the blobs `wanted`, brought in or taken out, the newest commit first."""
    fields: tuple[bytes, ...] = ()
    tokens = iter(token for data in _pieces(spool) for token in data.split(b"\0"))
    for token in tokens:
        if token.startswith(b"\x01"):
            fields = (token[1:], *(next(tokens, b"") for _ in range(4)))
        elif token.startswith((b":", b"\n:")):
            path = next(tokens, b"")
            name, before = token.rsplit(b" ", 2)[1], _before(token)
            if name in wanted or before in wanted:
                yield Brought(name, before, path, fields)


def _before(token: bytes) -> bytes | None:
    """Return what stood there in the first parent; a merge's line has a colon, a mode and a name for each parent."""
    parents = token.count(b":", 0, token.find(b" "))
    before = token.split(b" ")[parents + 1]
    return before if before.strip(b"0") else None


def _pieces(spool: str) -> Iterator[bytes]:
    """Yield the log in pieces that each hold whole commits."""
    held = b""
    with open(spool, "rb") as stream:
        while chunk := stream.read(_CHUNK):
            data = held + chunk
            end = data.rfind(b"\0\x01") + 1
            if end:
                yield data[:end]
            held = data[end:]
    yield held


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
