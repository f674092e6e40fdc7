"""Whose commit brought a line of HEAD in, as `git blame` tells (git-blame(1), "THE PORCELAIN FORMAT")."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from scanner.model import Commit
from scanner.sources.gitdir import GitDirError
from scanner.sources.gitrun import Git


def blamed(git: Git, path: str, line: int) -> Commit | None:
    """Return the commit that brought in `line` of the file at `path` in HEAD; None where git cannot tell."""
    if git.head is None:
        return None
    try:
        said = git.run("blame", "--porcelain", "-L", f"{line},{line}", git.head, "--", path)
    except GitDirError:
        return None
    lines = said.decode("utf-8", "replace").split("\n")
    told = dict(each.partition(" ")[::2] for each in lines[1:] if not each.startswith("\t"))
    if not told.get("author-time", "").isdigit():
        return None
    return Commit(
        sha=lines[0].partition(" ")[0],
        author=told.get("author", ""),
        email=told.get("author-mail", "").strip("<>"),
        date=_when(int(told["author-time"]), told.get("author-tz", "+0000")),
        summary=told.get("summary", ""),
    )


def _when(seconds: int, zone: str) -> str:
    """Return an author's time in ISO 8601 at the place where it was written."""
    try:
        offset = int(zone[:-2]) * 60 + int(zone[0] + zone[-2:])
        return datetime.fromtimestamp(seconds, timezone(timedelta(minutes=offset))).isoformat()
    except (ValueError, OverflowError):
        return datetime.fromtimestamp(0, UTC).isoformat()
