"""A person's decisions about open findings, by fingerprint or one after another at a terminal."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence

import click

from scanner.model import Finding
from scanner.reports.text import finding_lines
from strongroom.kernel.errors import UsageError

_SHORTEST = 8
"""Digits of a fingerprint that name it where no other begins so; reports show twelve."""
_ANSWERS = ("a", "s", "b", "q")
_QUESTION = "[a]ccept, [s]kip, [b]ack, [q]uit and keep what was accepted (Ctrl-C forgets it)"

Check = Callable[[str], None]
"""Raises `UsageError` for a reason that cannot be kept."""


def chosen(findings: Sequence[Finding], fingerprints: Sequence[str]) -> list[Finding]:
    """Return the findings that `fingerprints`, or their first digits, name. Raises `UsageError` where none is meant."""
    named: dict[str, list[Finding]] = {}
    for given in fingerprints:
        fits = {one.fingerprint for one in findings if one.fingerprint.startswith(given.lower())}
        if len(given) < _SHORTEST or not fits:
            raise UsageError(
                f"no open finding has the fingerprint {given}",
                hint=f"strongroom scan shows the ids; give {_SHORTEST} digits or more",
            )
        if len(fits) > 1:
            raise UsageError(f"{given} begins several fingerprints", hint="give more digits")
        named.update({name: [one for one in findings if one.fingerprint == name] for name in fits})
    return [one for ones in named.values() for one in ones]


def reviewed(findings: Sequence[Finding], check: Check) -> list[tuple[Finding, str]]:
    """Ask about each of `findings` on the terminal; return those that were accepted, with the reasons.

    Raises `click.Abort` where a person breaks off.
    """
    places = Counter(finding.secret_id for finding in findings)
    accepted: dict[int, str] = {}
    number = 0
    while number < len(findings):
        _show(findings[number], places, number, len(findings))
        answer = click.prompt(_QUESTION, type=click.Choice(_ANSWERS), show_choices=False, default="s")
        if answer == "q":
            break
        if answer == "b":
            number = max(0, number - 1)
            continue
        accepted.pop(number, None)
        if answer == "a":
            accepted[number] = _reason(check)
        number += 1
    return [(findings[each], reason) for each, reason in sorted(accepted.items())]


def _show(finding: Finding, places: Counter[str], number: int, total: int) -> None:
    color = not os.environ.get("NO_COLOR")
    click.echo(f"\n{number + 1} of {total}")
    for line in finding_lines(finding, places, color=color):
        click.echo(line.rstrip())


def _reason(check: Check) -> str:
    while True:
        reason: str = click.prompt("reason", default="", show_default=False)
        try:
            check(reason.strip())
        except UsageError as refused:
            click.echo(f"{refused.message}; {refused.hint}")
            continue
        return reason.strip()
