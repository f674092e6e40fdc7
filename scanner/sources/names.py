"""What a user calls a commit (`main`, `v1.2~3`, `HEAD^`, the start of a name), looked up without git's own refs."""

from __future__ import annotations

from scanner.sources.gitdir import GitDir, GitDirError, is_object_name
from scanner.sources.refs import tips

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scanner.sources.gitrun import Git

_PLACES = ("{}", "refs/{}", "refs/tags/{}", "refs/heads/{}", "refs/remotes/{}", "refs/remotes/{}/HEAD")
"""Where a name is looked for, in git's order (gitrevisions(7))."""
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

    raise UsageError(f"{revision} names no commit here", hint="give a branch, a tag, HEAD~2 or a commit's name")


def _start(git: Git, found: GitDir, base: str) -> str | None:
    if base in ("", "@", "HEAD"):
        return git.head
    if base.startswith("-"):
        return None
    named = tips(found)
    for place in _PLACES:
        if place.format(base) in named:
            return named[place.format(base)]
    return base if len(base) >= _SHORTEST and _HEX.issuperset(base) else None
