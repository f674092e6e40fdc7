"""`rotate now --merged`: once a fix is merged and deployed, what stood in the code is made to stop working."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from strongroom.cli.connection import Connection
from strongroom.cli.project import FILE, ProjectSecret, recorded
from strongroom.kernel.errors import UsageError
from strongroom.kernel.leaktags import GRACE, LEAKED, REFUSED

if TYPE_CHECKING:
    from remediation.git.plumbing import Plumbing
    from strongroom.cli.rotation_view import RotationView


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What a repository says of its secrets: those that the checked-out commit reads, and those of unmerged fixes."""

    secrets: tuple[ProjectSecret, ...]
    waiting: tuple[tuple[str, str], ...]
    """Names that rotate and that only the branch of a fix reads, with that branch."""


def merged_project(folder: Path) -> Project:
    """Return what HEAD of the repository around `folder` says; what is not committed does not count.

    Raises `UsageError` where no repository is, or the branch of a fix is checked out: it tells nothing of a merge.
    """
    from remediation.git.plumbing import Plumbing
    from remediation.git.review import BRANCHES

    with Plumbing(folder) as repository:
        _, out, _ = repository.attempt("symbolic-ref", "--quiet", "--short", "HEAD")
        branch = os.fsdecode(out.strip())
        if branch.startswith(BRANCHES):
            raise UsageError(f"{branch} is the fix itself", hint="check out the branch that it was merged into")
        secrets = _recorded_at(repository, "HEAD")
        refs = repository.run("for-each-ref", "--format=%(refname:short)", f"refs/heads/{BRANCHES}*").split(b"\n")
        fixes = [os.fsdecode(ref) for ref in refs if ref]
        known = {each.name for each in secrets}
        waiting = {
            each.name: fix
            for fix in fixes
            for each in _recorded_at(repository, fix)
            if each.rotation and each.name not in known
        }
    return Project(secrets=secrets, waiting=tuple(sorted(waiting.items())))


def _recorded_at(repository: Plumbing, revision: str) -> tuple[ProjectSecret, ...]:
    status, out, _ = repository.attempt("cat-file", "blob", f"{revision}:{FILE.as_posix()}")
    return recorded(out, f"{FILE} of {revision}") if status == 0 else ()


def settled(connection: Connection, name: str, now: datetime) -> str:
    """Return why a secret need not rotate for its leaked value, nothing where it has to.

    A value that was replaced and is accepted yet is looked at in an embedded vault; servers do so by themselves.
    """
    view = _view(connection, name)
    if view is not None and view.leak and not _is_current(view) and connection.vault is not None:
        connection.vault.rotate(view.arn)
        view = _view(connection, name)
    return _settled(connection, view, now) if view is not None else "no rotation is attached"


def _view(connection: Connection, name: str) -> RotationView | None:
    from strongroom.cli.rotation_view import views

    return next(iter(views(connection.client("secretsmanager"), [name])), None)


def _is_current(view: RotationView) -> bool:
    return view.tags.get(LEAKED) == view.labels.get("AWSCURRENT")


def _settled(connection: Connection, view: RotationView, now: datetime) -> str:
    """Return why a secret need not rotate for its leaked value, nothing where it has to."""
    if not view.leak:
        return "it holds no value that stood in code"
    if REFUSED not in view.tags and (_is_current(view) or _second_is_ours(connection, view, now)):
        return "" if view.enabled else "rotation is off"
    return f"leaked value {view.leak}"


def _second_is_ours(connection: Connection, view: RotationView, now: datetime) -> bool:
    """Tell whether it is on us to rotate again: our stores look after a replaced value themselves, Amazon's does not.

    Where two users take turns the leaked login gets another password by the second rotation only.
    """
    from vault.domain.leaks import DEFAULT_GRACE, grace_of

    told = grace_of(view.tags.get(GRACE, ""))
    grace = DEFAULT_GRACE if told is None else told
    at_amazons = connection.vault is None and connection.endpoint_url is None
    over = view.last_rotated is not None and now - view.last_rotated >= grace
    return at_amazons and over and view.tags[LEAKED] == view.labels.get("AWSPREVIOUS")
