"""Takes back what one run of a fix did, and never more: each thing only while it is as that run left it.

The code must still hold the values: where what a run committed was merged, the store may have the only copy, and
nothing is undone. Secrets go with a recovery window, so that `fix`, or a person, can have them back.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from remediation.errors import Refused
from remediation.git.branches import blob_at, elsewhere, is_checked_out, others_with, take_back, tip_of
from remediation.git.plumbing import Plumbing
from remediation.journal import Intent, Run
from remediation.mentions import occurrences
from remediation.migrate import read, store_errors
from remediation.model import Entry, Snapshot
from remediation.record import PATH as RECORD
from remediation.record import recorded_names
from strongroom.kernel.errors import StrongroomError, UsageError, VaultUnavailable
from strongroom.kernel.leaktags import SHARED, UNDONE
from strongroom.kernel.secretvalue import SecretValue

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

WINDOW_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One thing that was taken back, or `kept` and why."""

    what: str
    kept: str = ""


def require_undoable(run: Run, repository: Plumbing) -> None:
    """Raise `Refused` where code may need by now what the run stored: merged, gone on from, or checked out."""
    branch = run.begun.branch
    tip = tip_of(repository, branch)
    if tip is not None and run.tips and tip not in (*run.tips, run.begun.before):
        raise Refused(
            f"the branch {branch} holds more than the fix made; nothing was undone",
            hint="delete the branch if it is not needed, then undo again",
        )
    others = [name.removeprefix("refs/heads/") for name in others_with(repository, run.tips, branch)]
    # Two fixes of one second onto two branches are one commit; without secrets of its own a run has nothing to lose.
    if others and (run.stored or run.rotating):
        raise Refused(
            f"the fix is part of {', '.join(others)} already, and its secrets are needed there; nothing was undone",
            hint="revert it there, and put the values back into the code, before its secrets are deleted",
        )
    _require_unread(run, repository)
    if run.tips and tip in run.tips and is_checked_out(repository, branch):
        raise Refused(f"the branch {branch} is checked out; nothing was undone", hint="check out another branch")


def _require_unread(run: Run, repository: Plumbing) -> None:
    """Raise `Refused` where a branch reads a secret that the run stored, however that got there: squashed, say."""
    for name, data in elsewhere(repository, RECORD, run.begun.branch) if run.stored else ():
        try:
            recorded = recorded_names({RECORD: Entry(mode="", blob_id="", data=data)})
        except UsageError:
            continue
        read_there = sorted(run.stored.keys() & set(recorded))
        if read_there:
            where = "the code that is checked out" if name == "HEAD" else name.removeprefix("refs/heads/")
            raise Refused(
                f"{where} reads {', '.join(read_there)} from the store; nothing was undone",
                hint="revert the fix there, or delete the branch, if it is one of yours",
            )


def undo(run: Run, repository: Plumbing, head: Snapshot, client: SecretsManagerClient | None) -> Iterator[Taken]:
    """Take back branch, rotation and secrets; yield each as it is done. It may be run again where it was cut off.

    A run that stored nothing needs no client. Raises `Denied`, `VaultUnavailable`, `GitFailed`; what was taken back by
    then stays so.
    """
    yield from _branch(run, repository)
    for name in sorted({*run.stored, *run.rotating}):
        if client is not None:
            yield from _secret(name, run, repository, head, client)


def _branch(run: Run, repository: Plumbing) -> Iterator[Taken]:
    branch, before = run.begun.branch, run.begun.before
    tip = tip_of(repository, branch)
    if tip is not None and tip in run.tips and tip != before:
        take_back(repository, branch, tip, before)
        back = tip_of(repository, branch)
        yield Taken(what=f"the branch {branch}" if back is None else f"the branch {branch} is where it was before")


def _secret(name: str, run: Run, repository: Plumbing, head: Snapshot, client: SecretsManagerClient) -> Iterator[Taken]:
    answer = _described(name, client)
    if answer is None or "DeletedDate" in answer:
        return
    version = run.stored.get(name)
    stages = answer.get("VersionIdsToStages", {})
    if name in run.rotating and answer.get("RotationEnabled") and answer["RotationLambdaARN"] == run.rotating[name]:
        with store_errors(name):
            client.cancel_rotate_secret(SecretId=name)
        yield Taken(what=f"the rotation of {name}")
    if version is None or version not in stages:
        # It was there before, or was never stored.
        return
    shared = any(tag["Key"] == SHARED for tag in answer.get("Tags", ()))
    reason = "another fix relies on it" if shared else ""
    reason = reason or _why_kept(name, version, stages, run.begun.secrets.get(name), repository, head, client)
    if not reason:
        reason = _deleted(name, client)
    yield Taken(what=f"the secret {name}", kept=reason)


def _described(name: str, client: SecretsManagerClient) -> Mapping[str, Any] | None:
    with store_errors(name):
        try:
            return client.describe_secret(SecretId=name)
        except client.exceptions.ResourceNotFoundException:
            return None


def _why_kept(
    name: str,
    version: str,
    stages: Mapping[str, Any],
    intent: Intent | None,
    repository: Plumbing,
    head: Snapshot,
    client: SecretsManagerClient,
) -> str:
    if "AWSCURRENT" not in stages[version] or len(stages) > 1:
        return "it has another version since; look at it by hand"
    if intent is None or not _in_code(name, intent, repository, head, client):
        return "the code that is checked out no longer holds its value: the store may have the only copy"
    return ""


def _in_code(name: str, intent: Intent, repository: Plumbing, head: Snapshot, client: SecretsManagerClient) -> bool:
    """Tell whether HEAD holds a secret's value: in a file as it was when the plan was made, or to be seen somewhere."""
    for path in intent.paths:
        blob = blob_at(repository, intent.commit, path)
        if blob is not None and path in head.entries and head.entries[path].blob_id == blob:
            return True
    answer = read(name, client)
    value = None if answer is None else _value(answer, intent.field)
    return value is not None and bool(value) and any(occurrences(entry.data, value) for entry in head.entries.values())


def _value(answer: Mapping[str, Any], field: str | None) -> SecretValue | None:
    if "SecretBinary" in answer:
        return SecretValue(answer["SecretBinary"])
    text: str = answer.get("SecretString", "")
    try:
        return SecretValue(text if field is None else str(json.loads(text)[field]))
    except (ValueError, KeyError, TypeError):
        return None


def _deleted(name: str, client: SecretsManagerClient) -> str:
    """Delete a secret with a recovery window; return why the store did not, nothing where it did."""
    try:
        with store_errors(name):
            client.tag_resource(SecretId=name, Tags=[{"Key": UNDONE, "Value": "true"}])
            client.delete_secret(SecretId=name, RecoveryWindowInDays=WINDOW_DAYS)
    except VaultUnavailable:
        raise
    except StrongroomError as error:
        return error.message
    return ""
