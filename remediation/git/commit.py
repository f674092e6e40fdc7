"""Reads the commit that is checked out, and leaves a new one on a branch: blobs, trees and one compare-and-swap.

The user's HEAD, index and working tree are not touched; no hook, filter or attribute of the repository has a say.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from remediation.errors import Refused
from remediation.git.ours import all_ours, stamped
from remediation.git.plumbing import GitFailed, Plumbing
from remediation.model import Edit, Entry, Patch, Snapshot
from remediation.naming import app_slug
from strongroom.kernel.errors import UsageError

_FILES = ("100644", "100755")


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """A commit on its branch; `created` is false where the branch held the same tree already."""

    branch: str
    commit: str
    created: bool


def read_head(plumbing: Plumbing) -> Snapshot:
    """Return the files of HEAD. Raises `UsageError` where nothing is committed yet, `GitFailed`."""
    status, out, _ = plumbing.attempt("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if status != 0:
        raise UsageError("the repository has no commit yet", hint="commit your work first; a fix starts from HEAD")
    commit = out.decode("ascii").strip()
    listed = list(_listed(plumbing.run("ls-tree", "-r", "-z", "--full-tree", commit)))
    blobs = _blobs(plumbing, [blob_id for _, _, blob_id in listed])
    entries = {path: Entry(mode=mode, blob_id=blob_id, data=blobs[blob_id]) for path, mode, blob_id in listed}
    return Snapshot(app=app_slug(plumbing.top.name), commit=commit, entries=entries)


def _listed(tree: bytes) -> Iterator[tuple[str, str, str]]:
    for line in tree.split(b"\0")[:-1]:
        about, _, path = line.partition(b"\t")
        mode, _, blob_id = about.decode("ascii").split(" ")
        if mode in _FILES:
            yield os.fsdecode(path), mode, blob_id


def _blobs(plumbing: Plumbing, blob_ids: Sequence[str]) -> dict[str, bytes]:
    wanted = sorted(set(blob_ids))
    out = plumbing.run("cat-file", "--batch", feed="".join(f"{each}\n" for each in wanted).encode("ascii"))
    found: dict[str, bytes] = {}
    position = 0
    for blob_id in wanted:
        end = out.index(b"\n", position)
        header = out[position:end].split(b" ")
        if len(header) != 3:
            raise GitFailed(f"git cat-file: object {blob_id} is missing", hint="fetch the whole repository first")
        start = end + 1
        position = start + int(header[2]) + 1
        found[blob_id] = out[start : position - 1]
    return found


def require_author(plumbing: Plumbing) -> None:
    """Raise `UsageError` where git does not know whose name to put on a commit."""
    for variables, setting in (
        (("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "user.name"),
        (("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "user.email"),
    ):
        status, _, _ = plumbing.attempt("config", "--get", setting)
        if status != 0 and not all(os.environ.get(variable) for variable in variables):
            raise UsageError(f"git has no {setting} for the commit", hint=f"git config --global {setting} …")


def require_branch(plumbing: Plumbing, branch: str, snapshot: Snapshot, patch: Patch) -> None:
    """Raise `Refused` or `UsageError` where `commit` could not leave its work on `branch`; writes objects only."""
    _replaceable_tip(plumbing, branch, _tree(plumbing, snapshot, patch.edits), snapshot)


def commit(plumbing: Plumbing, snapshot: Snapshot, patch: Patch, *, branch: str, message: str) -> Committed:
    """Leave the patch as one commit on top of the snapshot's, on `branch`.

    A branch whose tip has the same tree already is left as it is; one that holds nothing but earlier commits of a
    fix is put on the new one. Raises `Refused` where it holds anything else, `UsageError` for a name that git does not
    take, `GitFailed` where another process moved the branch meanwhile.
    """
    tree = _tree(plumbing, snapshot, patch.edits)
    tip = _replaceable_tip(plumbing, branch, tree, snapshot)
    if tip is not None and _tree_of(plumbing, tip) == tree:
        return Committed(branch=branch, commit=tip, created=False)
    text = stamped(message, tree).encode("utf-8")
    made = plumbing.run("commit-tree", tree, "-p", snapshot.commit, "-F", "-", feed=text)
    new = made.decode("ascii").strip()
    plumbing.run("update-ref", "-m", "strongroom fix", f"refs/heads/{branch}", new, tip or "0" * len(new))
    return Committed(branch=branch, commit=new, created=True)


def _replaceable_tip(plumbing: Plumbing, branch: str, tree: str, snapshot: Snapshot) -> str | None:
    """Return the branch's tip where it holds `tree` or what only fixes made, None where there is no such branch."""
    if plumbing.attempt("check-ref-format", "--branch", branch)[0] != 0:
        raise UsageError(f"{branch} is no name for a branch")
    status, out, _ = plumbing.attempt("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}^{{commit}}")
    if status != 0:
        return None
    tip = out.decode("ascii").strip()
    if _tree_of(plumbing, tip) == tree:
        return tip
    if all_ours(plumbing, tip, [snapshot.commit]) and not _is_checked_out(plumbing, branch):
        return tip
    raise Refused(
        f"the branch {branch} exists and holds something else; it is left as it is",
        hint="name another with --branch, or delete it",
    )


def _is_checked_out(plumbing: Plumbing, branch: str) -> bool:
    """Tell whether a working tree stands on the branch: it would not notice that the branch went on without it."""
    place = plumbing.run("for-each-ref", "--format=%(worktreepath)", f"refs/heads/{branch}")
    return bool(place.strip())


def _tree_of(plumbing: Plumbing, commit: str) -> str:
    return plumbing.run("rev-parse", f"{commit}^{{tree}}").decode("ascii").strip()


def _tree(plumbing: Plumbing, snapshot: Snapshot, edits: Sequence[Edit]) -> str:
    """Write the edited blobs and return the id of the snapshot's tree with them in it."""
    lines = [_index_line(plumbing, snapshot, edit) for edit in edits]
    with tempfile.TemporaryDirectory(prefix="strongroom-index-") as folder:
        own_index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        plumbing.run("read-tree", snapshot.commit, env=own_index)
        plumbing.run("update-index", "-z", "--index-info", feed=b"".join(lines), env=own_index)
        return plumbing.run("write-tree", env=own_index).decode("ascii").strip()


def _index_line(plumbing: Plumbing, snapshot: Snapshot, edit: Edit) -> bytes:
    present = snapshot.entries.get(edit.path)
    if (present.blob_id if present else None) != edit.blob_id:
        raise Refused(f"{edit.path} is not the version that was planned", hint="scan again, then fix")
    blob = plumbing.run("hash-object", "-w", "--stdin", "--no-filters", feed=edit.after).decode("ascii").strip()
    return f"{edit.mode} {blob}\t".encode("ascii") + os.fsencode(edit.path) + b"\0"
