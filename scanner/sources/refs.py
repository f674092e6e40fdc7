"""Every place a history starts from, read by ourselves: refs loose and packed, HEADs, and the stash with its past."""

from __future__ import annotations

import os

from scanner.sources.gitdir import GitDir, is_object_name, is_ref_name, packed_refs, read_small, resolved

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_REFLOG = 5_000_000
_MAX_REFS = 1_000_000


def tips(found: GitDir) -> dict[str, str]:
    """Return what every ref of the repository names, ref to object; a malformed one costs nothing but itself."""
    named = packed_refs(found)
    for folder in {found.common, found.git}:
        for name in _loose(folder):
            value = resolved(found, read_small(os.path.join(folder, name)))
            if value is not None:
                named[name] = value
    for label, folder in _working_trees(found):
        head = resolved(found, read_small(os.path.join(folder, "HEAD")))
        if head is not None:
            named[label] = head
    for number, value in enumerate(_stashes(found)):
        named[f"stash@{{{number}}}"] = value
    return named


def _loose(folder: str) -> Iterator[str]:
    waiting, seen = ["refs"], 0
    while waiting and seen < _MAX_REFS:
        below = waiting.pop()
        try:
            entries = sorted(os.scandir(os.path.join(folder, below)), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            seen += 1
            name = f"{below}/{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                waiting.append(name)
            elif is_ref_name(name):
                yield name


def _working_trees(found: GitDir) -> Iterator[tuple[str, str]]:
    """Yield a label and the folder of the main working tree and of each linked one."""
    yield "HEAD", found.git
    yield "HEAD of the main working tree", found.common
    linked = os.path.join(found.common, "worktrees")
    if os.path.isdir(linked) and not os.path.islink(linked):
        for name in sorted(os.listdir(linked)):
            yield f"HEAD of the working tree {name}", os.path.join(linked, name)


def _stashes(found: GitDir) -> list[str]:
    """Return the commits of the stash, the older ones from its log (gitrevisions(7), `stash@{n}`)."""
    lines = read_small(os.path.join(found.common, "logs", "refs", "stash"), _MAX_REFLOG).split("\n")
    values = [line.split(" ")[1] for line in lines if line.count(" ") > 1]
    return [value for value in reversed(values) if is_object_name(value)]
