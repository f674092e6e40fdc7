"""Reads the commit that is checked out, and leaves new ones on a branch: blobs, trees and one compare-and-swap.

The user's HEAD, index and working tree are not touched; no hook, filter or attribute of the repository has a say.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from remediation.errors import Refused
from remediation.git.branches import is_checked_out, tip_of
from remediation.git.ours import all_ours, stamped
from remediation.git.plumbing import GitFailed, Plumbing
from remediation.git.signing import commit_tree
from remediation.model import Edit, Entry, Snapshot
from remediation.naming import app_slug
from strongroom.kernel.errors import UsageError

_FILES = ("100644", "100755")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One commit to be: every file that differs from the snapshot once it is made, and its message."""

    edits: tuple[Edit, ...]
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Commits that are made and on no branch yet; `created` is false where the branch holds the same tree already."""

    branch: str
    before: str | None
    """Where the branch is, None where there is none."""
    commit: str
    created: bool


def read_head(plumbing: Plumbing) -> Snapshot:
    """Return the files of HEAD. Raises `UsageError` where nothing is committed yet, `GitFailed`."""
    status, out, _ = plumbing.attempt("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if status != 0:
        raise UsageError("the repository has no commit yet", hint="commit your work first; a fix starts from HEAD")
    commit = out.decode("ascii").strip()
    listed = list(_listed(plumbing.run("ls-tree", "-r", "-z", "--full-tree", commit)))
    data = blobs(plumbing, [blob_id for _, _, blob_id in listed])
    entries = {path: Entry(mode=mode, blob_id=blob_id, data=data[blob_id]) for path, mode, blob_id in listed}
    return Snapshot(app=app_slug(plumbing.top.name), commit=commit, entries=entries)


def _listed(tree: bytes) -> Iterator[tuple[str, str, str]]:
    for line in tree.split(b"\0")[:-1]:
        about, _, path = line.partition(b"\t")
        mode, _, blob_id = about.decode("ascii").split(" ")
        if mode in _FILES:
            yield os.fsdecode(path), mode, blob_id


def blobs(plumbing: Plumbing, blob_ids: Sequence[str]) -> dict[str, bytes]:
    """Return the content of each blob. Raises `GitFailed` where one is missing."""
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


def prepare(plumbing: Plumbing, snapshot: Snapshot, stages: Sequence[Stage], *, branch: str) -> Prepared:
    """Make the commits of a fix, one a stage on top of the snapshot's, and touch no branch.

    A branch whose tip has the last tree already needs none; one that holds nothing but earlier commits of a fix may
    be put on the new ones. Raises `Refused` where it holds anything else, `UsageError` for a name that git does not
    take, `GitFailed` where the repository cannot be written or a commit not be signed.
    """
    trees = _trees(plumbing, snapshot, stages)
    tip = _replaceable_tip(plumbing, branch, trees[-1], snapshot)
    if tip is not None and _tree_of(plumbing, tip) == trees[-1]:
        return Prepared(branch=branch, before=tip, commit=tip, created=False)
    parent = snapshot.commit
    for tree, stage in zip(trees, stages, strict=True):
        text = stamped(stage.message, tree).encode("utf-8")
        parent = commit_tree(plumbing, tree, parent, text)
    made = Prepared(branch=branch, before=tip, commit=parent, created=True)
    if not _moved(plumbing, made, "abort"):
        raise Refused(
            f"no branch {branch} can be made: a branch stands in its way, or refs cannot be written",
            hint="name another with --branch",
        )
    return made


def publish(plumbing: Plumbing, prepared: Prepared) -> None:
    """Put the branch on its commits. Raises `Refused` where another process moved it meanwhile."""
    if prepared.created and not _moved(plumbing, prepared, "commit"):
        raise Refused(f"the branch {prepared.branch} was moved meanwhile; it is left as it is", hint="run this again")


def _moved(plumbing: Plumbing, prepared: Prepared, end: str) -> bool:
    """Move the branch by compare-and-swap; with `abort` at the end only find out that it can be done."""
    before = prepared.before or "0" * len(prepared.commit)
    lines = ("start", f"update refs/heads/{prepared.branch} {prepared.commit} {before}", "prepare", end, "")
    feed = "\n".join(lines).encode()
    return plumbing.attempt("update-ref", "-m", "strongroom fix", "--stdin", feed=feed)[0] == 0


def _replaceable_tip(plumbing: Plumbing, branch: str, tree: str, snapshot: Snapshot) -> str | None:
    """Return the branch's tip where it holds `tree` or what only fixes made, None where there is no such branch."""
    if plumbing.attempt("check-ref-format", "--branch", branch)[0] != 0:
        raise UsageError(f"{branch} is no name for a branch")
    tip = tip_of(plumbing, branch)
    if tip is None:
        return None
    if _tree_of(plumbing, tip) == tree:
        return tip
    if all_ours(plumbing, tip, [snapshot.commit]) and not is_checked_out(plumbing, branch):
        return tip
    raise Refused(
        f"the branch {branch} exists and holds something else; it is left as it is",
        hint="name another with --branch, or delete it",
    )


def _tree_of(plumbing: Plumbing, commit: str) -> str:
    return plumbing.run("rev-parse", f"{commit}^{{tree}}").decode("ascii").strip()


def _trees(plumbing: Plumbing, snapshot: Snapshot, stages: Sequence[Stage]) -> list[str]:
    """Write the edited blobs, and return the id of the snapshot's tree with them in it, for each stage."""
    written: dict[Edit, bytes] = {}
    trees: list[str] = []
    with tempfile.TemporaryDirectory(prefix="strongroom-index-") as folder:
        own_index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        plumbing.run("read-tree", snapshot.commit, env=own_index)
        for stage in stages:
            new = [edit for edit in stage.edits if edit not in written]
            written.update((edit, _index_line(plumbing, snapshot, edit)) for edit in new)
            plumbing.run(
                "update-index", "-z", "--index-info", feed=b"".join(written[edit] for edit in new), env=own_index
            )
            trees.append(plumbing.run("write-tree", env=own_index).decode("ascii").strip())
    return trees


def _index_line(plumbing: Plumbing, snapshot: Snapshot, edit: Edit) -> bytes:
    present = snapshot.entries.get(edit.path)
    if (present.blob_id if present else None) != edit.blob_id:
        raise Refused(f"{edit.path} is not the version that was planned", hint="scan again, then fix")
    blob = plumbing.run("hash-object", "-w", "--stdin", "--no-filters", feed=edit.after).decode("ascii").strip()
    return f"{edit.mode} {blob}\t".encode("ascii") + os.fsencode(edit.path) + b"\0"
