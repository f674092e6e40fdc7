"""Cuts a fix into commits, by secret or by file, each of them a state in which the code works.

A state is what the whole fix would be if it were about the first secrets, or files, alone: so the first one brings the
accessor, the dependency and the record along. What can only be rewritten together stays together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from remediation import naming
from remediation.check import require_parses
from remediation.draft import draft
from remediation.errors import NotRewritableFile
from remediation.git.commit import Stage
from remediation.model import Plan, SecretPlan, Snapshot
from remediation.templating import render


class Group(StrEnum):
    """What one commit is about."""

    ONE = "one"
    SECRET = "secret"  # noqa: S105 (the name of a choice)
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What one commit adds, and all that is done with it."""

    title: str
    new: tuple[SecretPlan, ...]
    so_far: tuple[SecretPlan, ...]


def stages(plan: Plan, snapshot: Snapshot, group: Group) -> tuple[Stage, ...]:
    """Return the commits that a plan becomes; the last one leaves what the plan promises.

    Raises `CheckFailed` where a file would not parse between two commits.
    """
    parts = list(_PARTS[group](plan))
    made: list[Stage] = []
    held: list[_Part] = []
    for part in parts[:-1]:
        held.append(part)
        try:
            edits = draft(part.so_far, snapshot, taste=plan.taste).edits
        except NotRewritableFile:
            continue
        for edit in edits:
            require_parses(edit)
        made.append(Stage(edits=edits, message=_message(held)))
        held = []
    return (*made, Stage(edits=plan.patch.edits, message=_message([*held, parts[-1]])))


def _whole(plan: Plan) -> Iterator[_Part]:
    yield _Part(title=_several(plan.secrets), new=plan.secrets, so_far=plan.secrets)


def _by_secret(plan: Plan) -> Iterator[_Part]:
    for number, secret in enumerate(plan.secrets, start=1):
        yield _Part(title=_several([secret]), new=(secret,), so_far=plan.secrets[:number])


def _by_file(plan: Plan) -> Iterator[_Part]:
    paths = sorted({each.path for secret in plan.secrets for each in secret.references})
    for number, path in enumerate(paths, start=1):
        title = f"Read the secrets of {path} from the store instead of from the code"
        yield _Part(title=title, new=_within(plan, {path}), so_far=_within(plan, set(paths[:number])))


_PARTS = {Group.ONE: _whole, Group.SECRET: _by_secret, Group.FILE: _by_file}


def _within(plan: Plan, paths: set[str]) -> tuple[SecretPlan, ...]:
    """Return the plan's secrets with their references in some files only, those without any left out."""
    cut = (
        replace(secret, references=tuple(each for each in secret.references if each.path in paths))
        for secret in plan.secrets
    )
    return tuple(secret for secret in cut if secret.references)


def _several(secrets: Sequence[SecretPlan]) -> str:
    named = secrets[0].name if len(secrets) == 1 else f"{len(secrets)} secrets"
    return f"Read {named} from the store instead of from the code"


def _message(parts: Sequence[_Part]) -> str:
    secrets = {secret.name: secret for part in parts for secret in part.new}
    title = parts[0].title if len(parts) == 1 else _several(list(secrets.values()))
    return message(title, list(secrets.values()))


def message(title: str, secrets: Sequence[SecretPlan]) -> str:
    """Return a commit's message: names, files, how to run; never a value."""
    variables = [naming.variable(secret.name, field) for secret in secrets for field in secret.fields_read]
    return render("commit.j2", title=title, secrets=secrets, variables=variables)
