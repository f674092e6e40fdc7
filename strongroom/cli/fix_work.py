"""The walk of `strongroom fix`: scan HEAD, plan, look at store and forge, apply, hand over; or the plan alone."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from strongroom.cli.connection import Connection, connected, place_of_store, region_said
from strongroom.cli.fix_earlier import another, earlier_run, noted, require_same_start
from strongroom.cli.fix_found import Found, find, show_elsewhere
from strongroom.cli.fix_only import limited
from strongroom.cli.fix_show import nothing_to_do, show_dry_run, show_result
from strongroom.cli.fix_taste import group_said, said_about_taste, taste_said
from strongroom.cli.fix_trial import Trial, split
from strongroom.cli.forge_options import said_about_request
from strongroom.cli.progress import Stages
from strongroom.cli.pull_request import Review, reviewing, stopped, wish_said
from strongroom.cli.rotation_options import functions
from strongroom.kernel.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from datetime import date

    from remediation.fix import FixResult
    from remediation.git.plumbing import Plumbing
    from remediation.journal import Run
    from remediation.model import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How a fix was asked for."""

    path: Path
    only: tuple[str, ...] = ()
    """Fingerprints, or how they begin, of findings that it is limited to."""
    file: Path | None = None
    """A file that it is limited to."""
    branch: str | None = None
    group: str | None = None
    test_command: str | None = None
    strict: bool = False
    rotate_now: bool = False
    rotate_first: date | None = None
    """The day on which what is attached rotates first."""
    patch: Path | None = None
    pr: bool = False
    name_prefix: str | None = None
    superuser_secret: str | None = None
    """The secret of who makes users, so that two may take turns."""
    functions: Mapping[str, str] = field(default_factory=dict)
    """Rotation functions that were named, by strategy."""
    vault_name: str | None = None
    data_dir: Path | None = None

    def to_remember(self) -> dict[str, Any]:
        """Return all of it but the path, so that it means the same from any folder; no value is in it."""
        vault, folder = place_of_store(self.vault_name, self.data_dir)
        return {
            "only": list(self.only),
            "file": None if self.file is None else str(self.file.absolute()),
            "branch": self.branch,
            "group": self.group,
            "test_command": self.test_command,
            "strict": self.strict,
            "rotate_now": self.rotate_now,
            "rotate_first": None if self.rotate_first is None else self.rotate_first.isoformat(),
            "patch": None if self.patch is None else str(self.patch.absolute()),
            "pr": self.pr,
            "name_prefix": self.name_prefix,
            "superuser_secret": self.superuser_secret,
            "functions": dict(self.functions),
            "vault": vault,
            "data_dir": None if folder is None else str(folder),
            "region": region_said(),
            "request": said_about_request(),
            "taste": said_about_taste(),
        }


def dry(wanted: Wanted) -> int:
    """Show plan and diff, touching nothing; return the exit status."""
    from remediation.git.plumbing import Plumbing

    with Plumbing(wanted.path) as repository:
        found = limited(find(repository, wanted.name_prefix), wanted.only, wanted.file)
        plan = _planned(found, wanted.superuser_secret)
        _show_elsewhere(wanted, found, plan)
        if not plan.secrets:
            return nothing_to_do(plan, wanted.strict)
        show_dry_run(plan)
    return ExitCode.OK


def fix(wanted: Wanted) -> int:
    """Carry out a fix, or go on with the one that was cut off; return the exit status.

    Raises `Refused` beside an unfinished fix of something else, and all that `remediation.fix.apply_fix` does.
    """
    from remediation.git.notes import alone
    from remediation.git.plumbing import Plumbing
    from remediation.journal import unfinished

    if wanted.test_command is not None:
        split(wanted.test_command)
    with ExitStack() as stack:
        stages = Stages(sys.stderr)
        stack.callback(stages.clear)
        repository = stack.enter_context(Plumbing(wanted.path))
        notes = stack.enter_context(alone(repository))
        cut_off = unfinished(notes)
        stages.say("scanning")
        found = limited(find(repository, wanted.name_prefix), wanted.only, wanted.file)
        if cut_off is not None:
            require_same_start(cut_off, found.snapshot.commit)
        stages.say("planning")
        plan = _planned(found, wanted.superuser_secret)
        stages.clear()
        _show_elsewhere(wanted, found, plan)
        if not plan.secrets:
            if cut_off is not None:
                raise another(cut_off)
            return nothing_to_do(plan, wanted.strict)
        walk = _Walk(wanted=wanted, repository=repository, notes=notes, found=found, stages=stages, cut_off=cut_off)
        return walk.on(stack, plan)


def _show_elsewhere(wanted: Wanted, found: Found, plan: Plan) -> None:
    """Name what stands outside HEAD, unless some findings of HEAD alone were asked for."""
    if not wanted.only and wanted.file is None:
        show_elsewhere(found, plan)


def _planned(found: Found, superuser: str | None, present: Mapping[str, str] | None = None) -> Plan:
    """Return the plan for what was found; what a rewrite could not prove is left to a person."""
    from remediation.planner import plan_fix
    from remediation.proving import proven

    taste = taste_said(found.top)

    def draw(refused: Mapping[str, str]) -> Plan:
        return plan_fix(found.findings, found.snapshot, taste, present=present, superuser=superuser, refused=refused)

    return proven(draw, found.snapshot, found.rescan)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    """A fix that has something to do."""

    wanted: Wanted
    repository: Plumbing
    notes: Path
    found: Found
    stages: Stages
    cut_off: Run | None

    def on(self, stack: ExitStack, plan: Plan) -> int:
        wanted = self.wanted
        review = self._review(stack, plan) if wanted.pr else None
        if review is not None and review.stop:
            return stopped(review, strict=wanted.strict)
        connection = stack.enter_context(connected(wanted.vault_name, wanted.data_dir, create=True))
        plan = self._as_stored(plan, connection)
        with noted(self.notes):
            result = self._apply(connection, plan)
            self.stages.clear()
            show_result(plan, result)
            self._hand_over(connection, plan, result, review)
        if wanted.rotate_now:
            from strongroom.cli.rotate import rotate_all

            rotate_all(connection, result.rotating, None)
        return ExitCode.FOUND if wanted.strict and result.manual else ExitCode.OK

    def _review(self, stack: ExitStack, plan: Plan) -> Review:
        """Return what there is to do on the remote and the forge, before anything is stored for it."""
        from remediation.fix import default_branch

        branch = self.wanted.branch or default_branch(plan)
        return stack.enter_context(reviewing(self.repository, self.found.snapshot, branch, wish_said()))

    def _as_stored(self, plan: Plan, connection: Connection) -> Plan:
        """Return the plan with what only the store knows: names under which it has values, and the superuser's ARN."""
        from remediation.reuse import present_names

        self.stages.say("looking into the vault")
        superuser = self._superuser(connection) if any(one.superuser for one in plan.secrets) else None
        secrets = (replace(one, superuser=superuser) if one.superuser else one for one in plan.secrets)
        plan = replace(plan, secrets=tuple(secrets))
        present = present_names(plan.secrets, lambda names: self._client(connection, names))
        return _planned(self.found, superuser, present) if present else plan

    def _superuser(self, connection: Connection) -> str:
        """Return the ARN of the superuser's secret, by which rotation functions look for it. Raises `UsageError`."""
        from remediation.migrate import store_errors
        from remediation.policy import describing_policy

        name = self.wanted.superuser_secret or ""
        client = narrow_client(connection, describing_policy([name]))
        with store_errors(name):
            try:
                return str(client.describe_secret(SecretId=name)["ARN"])
            except client.exceptions.ResourceNotFoundException:
                raise UsageError(
                    f"--superuser-secret: the store has no secret {name}",
                    hint="make it first: a JSON object with engine, host, username and password",
                ) from None

    def _apply(self, connection: Connection, plan: Plan) -> FixResult:
        from remediation.fix import Work, apply_fix, default_branch
        from remediation.journal import Journal, digest_of

        branch = self.wanted.branch or default_branch(plan)
        digest = digest_of(plan, self.found.snapshot.commit, branch)
        work = Work(
            repository=self.repository,
            notes=self.notes,
            rescan=self.found.rescan,
            rotation_functions=functions(connection, self.wanted.functions),
            branch=branch,
            group=group_said(self.repository.top, self.wanted.group),
            earlier=earlier_run(self.repository, self.notes, self.cut_off, branch, digest),
            first_rotation=self.wanted.rotate_first,
            options=self.wanted.to_remember(),
            proven=plan.patch,
            progress=self.stages.say,
        )
        if self.wanted.test_command is not None:
            trial = Trial(
                command=self.wanted.test_command,
                repository=self.repository,
                connection=connection,
                plan=plan,
                base=self.found.snapshot.commit,
                made_folder=Journal(self.notes).testing,
                progress=self.stages,
            )
            work = work.trying(trial.run)
        return apply_fix(plan, self.found.snapshot, self._client(connection, _names(plan)), work)

    def _client(self, connection: Connection, names: Sequence[str]) -> Any:
        """Return a client that may move these secrets and nothing else; of another store, what the caller has."""
        from remediation.policy import moving_policy

        return narrow_client(connection, moving_policy(names, tuple(self.wanted.functions.values())))

    def _hand_over(self, connection: Connection, plan: Plan, result: FixResult, review: Review | None) -> None:
        from remediation.git.patches import write_patches
        from remediation.journal import Journal

        if self.wanted.patch is not None:
            base = self.found.snapshot.commit
            for file in write_patches(self.repository, base, result.commit, self.wanted.patch):
                click.echo(f"patch    {file}")
            click.echo(
                "patch files show the old values in the lines they take out; keep them as you keep the code", err=True
            )
        journal = Journal(self.notes)
        if review is not None:
            client = self._client(connection, _names(plan))
            review.deliver(plan, result, client, _store(connection), journal)
        journal.finish()


def narrow_client(connection: Connection, policy: str) -> Any:
    """Return a client for the secrets of an embedded store that may do what `policy` says; of another, the caller's."""
    if connection.vault is None:
        return connection.client("secretsmanager")
    key = connection.vault.temporary_key("strongroom-fix", policy)
    return connection.vault.client("secretsmanager", key, region_said())


def _names(plan: Plan) -> list[str]:
    return [secret.name for secret in plan.secrets]


def _store(connection: Connection) -> str:
    """Return where the store is, for people elsewhere to read."""
    if connection.vault is not None:
        return "the vault of the machine that this was made on, and have to be copied from there"
    return connection.endpoint_url or f"AWS Secrets Manager in {connection.client('secretsmanager').meta.region_name}"
