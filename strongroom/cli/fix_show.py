"""What `strongroom fix` says: the plan of a dry run, what was done, what is left for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from strongroom.kernel.errors import ExitCode

if TYPE_CHECKING:
    from remediation.fix import FixResult
    from remediation.model import Plan, Step


def nothing_to_do(plan: Plan, strict: bool) -> int:
    """Say that nothing can be rewritten, and return the exit status."""
    manual = _steps(plan, "manual")
    _show_steps(manual)
    click.echo("nothing to fix" if not manual else "nothing that can be rewritten", err=True)
    return ExitCode.FOUND if strict and manual else ExitCode.OK


def show_dry_run(plan: Plan) -> None:
    """Show the plan and the diff, with values masked."""
    from remediation.preview import diff

    for secret in plan.secrets:
        places = ", ".join(f"{place.path}:{place.line}" for place in secret.references)
        rotation = f"; rotation {secret.rotation}" if secret.rotation else ""
        click.echo(f"secret {secret.name}: {places}{rotation}")
    _show_steps([*_steps(plan, "review"), *_steps(plan, "manual")])
    click.echo("")
    click.echo(diff(plan), nl=False)
    click.echo("the vault was not asked: a value that it holds already keeps the name it has there", err=True)


def show_result(plan: Plan, result: FixResult) -> None:
    """Show what was done, and what is left."""
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


def _steps(plan: Plan, disposition: str) -> list[Step]:
    return [step for step in plan.steps if step.disposition == disposition]


def _show_steps(steps: list[Step]) -> None:
    """Say what a person has to look at (`review`) or do (`manual`)."""
    for step in steps:
        reason = f" ({step.reason})" if step.reason else ""
        place = f"{step.path}:{step.line}: " if step.path else ""
        click.echo(f"{'look at' if step.disposition == 'review' else 'for you'}: {place}{step.action}{reason}")
