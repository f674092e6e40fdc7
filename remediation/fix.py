"""The whole of a fix, top to bottom: check, store, read back, commit, attach rotation.

The plan comes from `planner.plan_fix`, and holds every edit already. So all checks are done before the store is
asked for anything, and the code changes only after the store has given every value back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from remediation import naming
from remediation.check import Rescan, check
from remediation.git.commit import commit, require_author, require_branch
from remediation.git.plumbing import Plumbing
from remediation.git.review import BRANCHES
from remediation.migrate import Stored, migrate
from remediation.model import Disposition, Plan, Snapshot, Step
from remediation.rotation_setup import attach_rotation
from remediation.templating import render
from strongroom.kernel.canonical import sha256_hex

if TYPE_CHECKING:
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


def default_branch(plan: Plan) -> str:
    """Return the branch of a plan: the same for the same findings."""
    prints = "\n".join(plan.fingerprints)
    return f"{BRANCHES}{sha256_hex(prints.encode())[:8]}"


def apply_fix(
    plan: Plan,
    snapshot: Snapshot,
    *,
    client: SecretsManagerClient,
    repository: Plumbing,
    rescan: Rescan,
    rotation_functions: Mapping[str, str],
    branch: str | None = None,
    progress: Callable[[str], None] = _silent,
) -> FixResult:
    """Carry out a plan that has secrets, made on `snapshot` of `repository`.

    Raises `CheckFailed` before anything is stored where a rewrite does not prove itself; `Refused` for a branch or a
    secret of that name that holds something else; `UsageError`, `Denied`, `VaultUnavailable`, `GitFailed`. The code
    is never changed before the store has given every value back equal.
    """
    branch = branch or default_branch(plan)
    progress("checking the rewritten files")
    check(plan, snapshot, rescan)
    require_author(repository)
    require_branch(repository, branch, snapshot, plan.patch)
    stored = migrate(plan.secrets, client, progress)
    progress(f"committing on {branch}")
    made = commit(repository, snapshot, plan.patch, branch=branch, message=commit_message(plan))
    rotating, open_steps = attach_rotation(plan.secrets, stored, client, rotation_functions)
    manual = tuple(step for step in plan.steps if step.disposition is Disposition.MANUAL)
    return FixResult(
        branch=branch,
        commit=made.commit,
        committed=made.created,
        secrets=stored,
        files=tuple(edit.path for edit in plan.patch.edits),
        rotating=rotating,
        manual=(*manual, *open_steps),
    )


def commit_message(plan: Plan) -> str:
    """Return the commit's message: names, files, how to run; never a value."""
    variables = [naming.variable(secret.name, secret.field) for secret in plan.secrets]
    return render("commit.j2", secrets=plan.secrets, variables=variables)
