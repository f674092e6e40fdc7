"""Tells commits that a fix made from those of people, by a trailer that names the very tree it was made with.

Whoever amends, rebases or merges such a commit makes another tree or another parent of it, and it is theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from strongroom import __version__

TRAILER = "Strongroom-Fix"
_FORMAT = f"--format=%T%x00%P%x00%(trailers:key={TRAILER},valueonly=true,separator=%x20)"


class Git(Protocol):
    """What runs git commands in a repository."""

    def run(self, *arguments: str) -> bytes:
        """Return what `git <arguments>` prints."""


def stamped(message: str, tree: str) -> str:
    """Return a commit's message with the trailer that says which tree it was made with, and by which version."""
    return f"{message.rstrip()}\n\n{TRAILER}: {__version__} {tree}\n"


def all_ours(git: Git, tip: str, known: Sequence[str]) -> bool:
    """Tell whether `tip` has commits that none of the `known` ones reaches, and each was made by a fix, unchanged."""
    listed = git.run("log", _FORMAT, tip, *(f"^{commit}" for commit in known)).decode("utf-8", "replace")
    return bool(listed.strip()) and all(_is_ours(line) for line in listed.splitlines() if line)


def _is_ours(line: str) -> bool:
    tree, parents, trailer = line.split("\0")
    return len(parents.split()) <= 1 and trailer.split()[-1:] == [tree]
