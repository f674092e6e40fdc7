"""The whole of a fix, top to bottom: check, prepare, store, read back, try, commit, attach rotation.

The plan comes from `planner.plan_fix`, and holds every edit already. So all checks are done before the store is
asked to keep anything, and the code changes only after the store has given every value back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from remediation.check import Rescan, check
from remediation.git.commit import Prepared, prepare, publish, require_author
from remediation.git.plumbing import Plumbing
from remediation.git.review import BRANCHES
from remediation.journal import Begun, Journal, Run, digest_of, intents
from remediation.migrate import Stored, Way, migrate
from remediation.model import Disposition, Patch, Plan, Snapshot, Step
from remediation.rotation_setup import attach_rotation
from remediation.stages import Group, stages
from strongroom.kernel.canonical import sha256_hex
from strongroom.kernel.clock import utc_now

if TYPE_CHECKING:
    from datetime import date

    from mypy_boto3_secretsmanager import SecretsManagerClient


@dataclass(frozen=True, slots=True, kw_only=True)
class FixResult:
    """What a fix did. `committed` is false where the branch held the same tree before."""

    branch: str
    commit: str
    committed: bool
    secrets: tuple[Stored, ...]
    files: tuple[str, ...]
    rotating: tuple[str, ...]
    manual: tuple[Step, ...]


def _silent(_message: str) -> None:
    return None


def _trusting(_tip: str) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a fix works with, beside the plan and the store's client."""

    repository: Plumbing
    notes: Path
    """The folder of its journal."""
    rescan: Rescan
    rotation_functions: Mapping[str, str]
    branch: str | None = None
    group: Group = Group.ONE
    earlier: Run | None = None
    """The run that this one goes on from: cut off, or finished on the same branch."""
    first_rotation: date | None = None
    """The day on which what is attached rotates first."""
    options: Mapping[str, Any]
    """How the command was called, for a resume."""
    proven: Patch | None = None
    """Edits that were checked already."""
    trial: Callable[[str], None] = _trusting
    """Tries a commit before a branch is put on it; raises `CheckFailed`."""
    progress: Callable[[str], None] = _silent

    def trying(self, trial: Callable[[str], None]) -> Work:
        """Return the same work with a trial."""
        return replace(self, trial=trial)


def default_branch(plan: Plan) -> str:
    """Return the branch of a plan: the same for the same findings."""
    prints = "\n".join(plan.fingerprints)
    return f"{BRANCHES}{sha256_hex(prints.encode())[:8]}"


def apply_fix(plan: Plan, snapshot: Snapshot, client: SecretsManagerClient, work: Work) -> FixResult:
    """Carry out a plan that has secrets, made on `snapshot`; its journal stays open for what the caller does next.

    Raises `CheckFailed` before anything is stored where a rewrite does not prove itself, and before anything is
    committed where the trial fails; `Refused` for a branch or a secret of that name that holds something else;
    `UsageError`, `Denied`, `VaultUnavailable`, `GitFailed`. The code is never changed before the store has given
    every value back equal.
    """
    work.progress("checking the rewritten files")
    if plan.patch != work.proven:
        check(plan, snapshot, work.rescan)
    require_author(work.repository)
    branch = work.branch or default_branch(plan)
    prepared = prepare(work.repository, snapshot, stages(plan, snapshot, work.group), branch=branch)
    journal, begun = Journal(work.notes), _begun(plan, snapshot, prepared, work)
    journal.begin(begun, work.earlier)
    versions = {name: each.version for name, each in begun.secrets.items()}
    way = Way(client=client, versions=versions, storing=journal.storing, progress=work.progress)
    stored = migrate(plan.secrets, way)
    work.trial(prepared.commit)
    work.progress(f"committing on {branch}")
    _publish(prepared, journal, work)
    rotating, open_steps = attach_rotation(
        plan.secrets, stored, client, work.rotation_functions, journal.rotating, work.first_rotation
    )
    manual = tuple(step for step in plan.steps if step.disposition is Disposition.MANUAL)
    return FixResult(
        branch=branch,
        commit=prepared.commit,
        committed=prepared.created,
        secrets=stored,
        files=tuple(edit.path for edit in plan.patch.edits),
        rotating=rotating,
        manual=(*manual, *open_steps),
    )


def _begun(plan: Plan, snapshot: Snapshot, prepared: Prepared, work: Work) -> Begun:
    return Begun(
        started=utc_now().isoformat(timespec="seconds"),
        commit=snapshot.commit,
        branch=prepared.branch,
        before=prepared.before,
        digest=digest_of(plan, snapshot.commit, prepared.branch),
        secrets=intents(plan.secrets, snapshot.commit, work.earlier),
        options=work.options,
    )


def _publish(prepared: Prepared, journal: Journal, work: Work) -> None:
    if prepared.created:
        journal.committing(prepared.commit)
        publish(work.repository, prepared)
