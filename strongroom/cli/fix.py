"""`strongroom fix`: plan, move values to the vault, rewrite the code, commit on a branch, attach rotation."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from strongroom.cli.connection import Connection, connected, vault_options
from strongroom.cli.pull_request import Review, pull_request_options, reviewing, stopped, wish_said
from strongroom.cli.rotation_options import functions, functions_said, rotation_options
from strongroom.kernel.errors import ExitCode

if TYPE_CHECKING:
    from remediation.fix import FixResult
    from remediation.git.plumbing import Plumbing
    from remediation.model import Plan, Snapshot, Step
    from scanner.model import Finding
    from scanner.rulebook.model import RuleBook


@click.command(
    epilog="""\b
Examples:
  strongroom fix --dry-run          the plan and the diff; nothing is touched
  strongroom fix                    do it, on a branch of its own
  strongroom fix --branch safe-db   choose the branch
  strongroom fix --pr               push it and open, or update, its pull request
  strongroom fix --patch patches    write it as patch files, too

It works on HEAD and leaves your branch, index and files as they are.
Exit status: 0 done or nothing to do, 1 a check failed (nothing is committed) or, with --strict, steps are left,
4 the vault or, with --pr, the forge is unreachable, 5 denied."""
)
@click.argument("path", required=False, default=".", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--dry-run", is_flag=True, help="Show plan and diff; touch nothing, the vault included.")
@click.option("--branch", help="Branch to commit on [strongroom/fix-<hash>].")
@click.option("--strict", is_flag=True, help="Exit 1 when steps are left for a person.")
@click.option("--rotate-now", is_flag=True, help="Rotate at once; running code must already read the vault.")
@click.option("--patch", type=click.Path(path_type=Path, file_okay=False), help="Folder for patch files of the fix.")
@rotation_options
@pull_request_options
@click.option("--yes", is_flag=True, help="Answer questions beforehand (none is asked off a terminal).")
@vault_options
def command(
    path: Path,
    dry_run: bool,
    branch: str | None,
    strict: bool,
    rotate_now: bool,
    patch: Path | None,
    pr: bool,
    yes: bool,
    vault_name: str | None,
    data_dir: Path | None,
) -> int:
    """Move credentials to the vault and rewrite the code, on a branch."""
    from remediation.git.commit import read_head
    from remediation.git.plumbing import Plumbing
    from remediation.planner import plan_fix
    from scanner.rulebook.loader import load_rulebook

    book = load_rulebook()
    with ExitStack() as stack:
        repository = stack.enter_context(Plumbing(path))
        snapshot = read_head(repository)
        plan = plan_fix(_findings(repository.top, book, snapshot), snapshot)
        _show_elsewhere(repository.top, book, plan)
        if not plan.secrets:
            return _nothing_to_do(plan, strict)
        if dry_run:
            return _show_dry_run(plan)
        review = _review(stack, repository, snapshot, plan, branch) if pr else None
        if review is not None and review.stop:
            return stopped(review, strict=strict)
        connection = stack.enter_context(connected(vault_name, data_dir, create=True))
        result = _apply(connection, repository, snapshot, plan, book, branch)
        _show_result(plan, result)
        if patch is not None:
            _write_patches(repository, snapshot, result, patch)
        if review is not None:
            review.deliver(plan, result, _client(connection, plan), _store(connection))
        if rotate_now:
            _rotate(connection, result.rotating)
    return ExitCode.FOUND if strict and result.manual else ExitCode.OK


def _review(stack: ExitStack, repository: Plumbing, snapshot: Snapshot, plan: Plan, branch: str | None) -> Review:
    """Return what there is to do on the remote and the forge, before anything is stored for it."""
    from remediation.fix import default_branch

    return stack.enter_context(reviewing(repository, snapshot, branch or default_branch(plan), wish_said()))


def _write_patches(repository: Plumbing, snapshot: Snapshot, result: FixResult, folder: Path) -> None:
    from remediation.git.patches import write_patches

    for file in write_patches(repository, snapshot.commit, result.commit, folder):
        click.echo(f"patch    {file}")
    click.echo("patch files show the old values in the lines they take out; keep them as you keep the code", err=True)


def _findings(top: Path, book: RuleBook, snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return the open findings of HEAD, whose files the snapshot holds."""
    from scanner.config import load_config
    from scanner.pipeline import scan
    from scanner.sources import open_source
    from scanner.sources.texts import AmongTexts

    source = AmongTexts(open_source([top], revision="HEAD"), f"{top} commit", _texts(snapshot))
    result = scan(source, book, load_config(top))
    for error in result.errors:
        click.echo(f"warning: {error.path}: {error.message}", err=True)
    return result.open_findings


def _texts(snapshot: Snapshot) -> dict[str, bytes]:
    return {path: entry.data for path, entry in snapshot.entries.items()}


def _show_elsewhere(top: Path, book: RuleBook, plan: Plan) -> None:
    """Name findings that stand only in uncommitted, untracked or ignored files: a fix works on HEAD."""
    from scanner.config import load_config
    from scanner.pipeline import scan
    from scanner.sources import open_source

    known = set(plan.fingerprints) | {finding.fingerprint for finding in plan.left}
    known |= {step.fingerprint for step in plan.steps}
    result = scan(open_source([top], ignored=True), book, load_config(top))
    for finding in result.open_findings:
        if finding.fingerprint not in known:
            place = f"{finding.path}:{finding.region.start_line}"
            click.echo(
                f"not in HEAD: {place} [{finding.rule_id}]; commit it, then run `strongroom fix` again", err=True
            )


def _apply(
    connection: Connection, repository: Any, snapshot: Snapshot, plan: Plan, book: RuleBook, branch: str | None
) -> FixResult:
    from remediation.fix import apply_fix
    from scanner.config import load_config
    from scanner.pipeline import scan
    from scanner.sources.texts import TextsSource

    config = load_config(repository.top)

    def rescan(files: Mapping[str, bytes]) -> list[Finding]:
        """Return what is open in `files`, of which programs may lead into others that are as they were."""
        source = TextsSource(f"{repository.top} rewritten", files, _texts(snapshot))
        found = scan(source, book, config).open_findings
        return [finding for finding in found if finding.path in files]

    return apply_fix(
        plan,
        snapshot,
        client=_client(connection, plan),
        repository=repository,
        rescan=rescan,
        rotation_functions=functions(connection),
        branch=branch,
        progress=lambda message: click.echo(f"  {message}", err=True),
    )


def _client(connection: Connection, plan: Plan) -> Any:
    """Return a client that may move the plan's secrets and nothing else; of another store, what the caller has."""
    if connection.vault is None:
        return connection.client("secretsmanager")
    from remediation.policy import moving_policy

    policy = moving_policy([secret.name for secret in plan.secrets], tuple(functions_said().values()))
    return connection.vault.client("secretsmanager", connection.vault.temporary_key("strongroom-fix", policy))


def _store(connection: Connection) -> str:
    """Return where the store is, for people elsewhere to read."""
    if connection.vault is not None:
        return "the vault of the machine that this was made on, and have to be copied from there"
    return connection.endpoint_url or f"AWS Secrets Manager in {connection.client('secretsmanager').meta.region_name}"


def _nothing_to_do(plan: Plan, strict: bool) -> int:
    manual = _steps(plan, "manual")
    _show_steps(manual)
    click.echo("nothing to fix" if not manual else "nothing that can be rewritten", err=True)
    return ExitCode.FOUND if strict and manual else ExitCode.OK


def _show_dry_run(plan: Plan) -> int:
    from remediation.preview import diff

    for secret in plan.secrets:
        places = ", ".join(f"{place.path}:{place.line}" for place in secret.references)
        rotation = f"; rotation {secret.rotation}" if secret.rotation else ""
        click.echo(f"secret {secret.name}: {places}{rotation}")
    _show_steps([*_steps(plan, "review"), *_steps(plan, "manual")])
    click.echo("")
    click.echo(diff(plan), nl=False)
    return ExitCode.OK


def _steps(plan: Plan, disposition: str) -> list[Step]:
    return [step for step in plan.steps if step.disposition == disposition]


def _show_steps(steps: list[Step]) -> None:
    """Say what a person has to look at (`review`) or do (`manual`)."""
    for step in steps:
        reason = f" ({step.reason})" if step.reason else ""
        place = f"{step.path}:{step.line}: " if step.path else ""
        click.echo(f"{'look at' if step.disposition == 'review' else 'for you'}: {place}{step.action}{reason}")


def _show_result(plan: Plan, result: FixResult) -> None:
    for secret in result.secrets:
        click.echo(f"{'created' if secret.created else 'reused '}  {secret.name}")
    for path in result.files:
        click.echo(f"changed  {path}")
    for name in result.rotating:
        click.echo(f"rotates  {name}: merge and deploy, then `strongroom rotate now {name}`")
    _show_steps([*_steps(plan, "review"), *result.manual])
    if result.committed:
        click.echo(f"commit   {result.commit[:12]} on {result.branch}")
        click.echo(f"next: git diff HEAD...{result.branch}")
    else:
        click.echo(f"the branch {result.branch} holds this fix already; no new commit")


def _rotate(connection: Connection, names: tuple[str, ...]) -> None:
    from strongroom.cli.rotate import rotate_all

    rotate_all(connection, names, None)
