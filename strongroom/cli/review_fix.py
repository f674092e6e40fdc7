"""The end of a review: `strongroom fix` for what was found to be a credential, shown first and asked about once."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import click

from scanner.model import Finding
from strongroom.cli.keys import pressed
from strongroom.kernel.inert import inert

_DIGITS = 12


def offer(root: str, findings: Sequence[Finding]) -> int | None:
    """Show what a fix of `findings` would do and ask whether it is to be done; return its exit status.

    None where nothing of them can be fixed, or the person says no: the command is shown, to be run later.
    """
    fixable = [finding for finding in findings if finding.remediation.fixable and finding.in_head]
    for finding in findings:
        if finding not in fixable:
            place = f"{inert(finding.path)}:{finding.region.start_line}"
            why = finding.remediation.reason if finding.in_head else "it stands in commits only; rotate it"
            click.echo(f"by hand: {place}: {inert(why)}")
    if not fixable:
        return None
    ids = dict.fromkeys(finding.fingerprint[:_DIGITS] for finding in fixable)
    words = [root, *(word for each in ids for word in ("--only", each))]
    click.echo(f"\nstrongroom fix --dry-run {shlex.join(words)}")
    status = _run("--dry-run", *words)
    if status != 0:
        return status
    yes = pressed("do it? [y]es, [n]o ", {"y": True}) is True
    command = f"strongroom fix {shlex.join(words)}"
    click.echo(command if yes else f"later: {command}")
    return _run(*words) if yes else None


def _run(*words: str) -> int:
    from strongroom.cli.fix import command

    status: int = command.main(
        list(words), prog_name="strongroom fix", standalone_mode=False, auto_envvar_prefix="STRONGROOM_FIX"
    )
    return status
