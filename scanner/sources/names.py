"""What a user calls a commit (`main`, `v1.2~3`, `HEAD^`, the start of a name), looked up without git's own refs."""

from __future__ import annotations

import os

from scanner.sources.gitdir import GitDir, GitDirError, is_object_name, read_small
from scanner.sources.refs import tips

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scanner.sources.gitrun import Git

_PLACES = ("{}", "refs/{}", "refs/tags/{}", "refs/heads/{}", "refs/remotes/{}", "refs/remotes/{}/HEAD")
"""Where a name is looked for, in git's order (gitrevisions(7))."""
_OWN_FILES = ("FETCH_HEAD", "ORIG_HEAD", "MERGE_HEAD", "CHERRY_PICK_HEAD")
"""What git writes down about its last work: the first name in each is the commit (gitrevisions(7))."""
FETCH_ALL = 'fetch all of it: fetch-depth: 0 (GitHub), GIT_DEPTH: "0" (GitLab), or git fetch --unshallow'
_HEX = frozenset("0123456789abcdef")
_SHORTEST = 4


def commit_named(git: Git, found: GitDir, revision: str) -> str:
    """Return the full name of the commit that `revision` means. Raises `UsageError`."""
    cut = min((revision.find(sign) for sign in "~^" if sign in revision), default=len(revision))
    start = _start(git, found, revision[:cut])
    if start is not None:
        try:
            named = git.run(
                "rev-parse", "--verify", "--quiet", "--end-of-options", f"{start}{revision[cut:]}^{{commit}}"
            )
        except GitDirError:
            named = b""
        name = named.decode("ascii", "replace").strip()
        if is_object_name(name):
            return name
    from strongroom.kernel.errors import UsageError

    raise UsageError(f"{revision} names no commit here", hint=_way_out(found, revision))


def _way_out(found: GitDir, revision: str) -> str:
    """Return what to do where a name leads nowhere, which happens most in jobs, whose clones hold next to nothing."""
    if revision and not revision.strip("0"):
        return "a new branch has nothing before it; name the branch that it goes into, such as origin/main"
    if is_object_name(revision):
        return (
            "it may have been replaced by a forced push; name the branch that this one goes into, such as origin/main"
        )
    if read_small(os.path.join(found.common, "shallow")):
        return f"this clone is shallow; {FETCH_ALL}"
    return "give a branch, a tag, HEAD~2 or a commit's name; what lies on a server has to be fetched first"


def _start(git: Git, found: GitDir, base: str) -> str | None:
    if base in ("", "@", "HEAD"):
        return git.head
    if base.startswith("-"):
        return None
    if base in _OWN_FILES:
        first = read_small(os.path.join(found.git, base)).split()
        return first[0] if first and is_object_name(first[0]) else None
    named = tips(found)
    for place in _PLACES:
        if place.format(base) in named:
            return named[place.format(base)]
    return base if len(base) >= _SHORTEST and _HEX.issuperset(base) else None
