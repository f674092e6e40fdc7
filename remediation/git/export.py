"""Writes the files of a commit into a folder: no filter, attribute or hook has a say, and no working tree is made.

A name that leads out of the folder is refused, and links are made last, so that nothing is written through one.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from remediation.git.commit import blobs
from remediation.git.plumbing import GitFailed, Plumbing

_LINK, _MODULE, _PROGRAM = "120000", "160000", "100755"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    path: str
    mode: str
    blob_id: str


def export(plumbing: Plumbing, commit: str, folder: Path) -> None:
    """Write the files of `commit` below `folder`, for their owner alone; submodules stay empty folders.

    Raises `GitFailed` for a missing object or a name that no working tree could have, `OSError`.
    """
    listed = list(_listed(plumbing, commit))
    data = blobs(plumbing, [each.blob_id for each in listed if each.mode != _MODULE])
    for each in sorted(listed, key=lambda one: one.mode == _LINK):
        place = folder / each.path
        place.parent.mkdir(parents=True, exist_ok=True)
        if each.mode == _MODULE:
            place.mkdir()
        elif each.mode == _LINK:
            place.symlink_to(os.fsdecode(data[each.blob_id]))
        else:
            place.write_bytes(data[each.blob_id])
            place.chmod(stat.S_IRWXU if each.mode == _PROGRAM else stat.S_IRUSR | stat.S_IWUSR)


def _listed(plumbing: Plumbing, commit: str) -> Iterator[_Listed]:
    for line in plumbing.run("ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0")[:-1]:
        about, _, name = line.partition(b"\t")
        mode, _, blob_id = about.decode("ascii").split(" ")
        path = os.fsdecode(name)
        parts = PurePosixPath(path).parts
        if path.startswith("/") or any(part == ".." or part.lower() == ".git" for part in parts):
            raise GitFailed(f"the commit has a file {path!r}, which leads out of its tree", hint="git fsck tells more")
        yield _Listed(path=path, mode=mode, blob_id=blob_id)
