"""A person's walk through findings at a terminal: one finding, its code, one key; what is decided is kept at once."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import click
import yaml

from scanner.context import Line
from scanner.model import Finding
from scanner.reports.text import finding_lines
from strongroom.cli.keys import END, pressed
from strongroom.cli.review_days import day_of
from strongroom.cli.review_state import Choice, Scope, State, Verdict
from strongroom.kernel.errors import UsageError
from strongroom.kernel.inert import inert

_TABLE = Path(__file__).with_name("review_keys.yaml")
_SCOPES = {"r": Scope.RULE, "p": Scope.FILE, "f": Scope.FILE, "v": Scope.VALUE}
_MOVES: Mapping[str, Callable[[State], State]] = {
    "skip": State.skipped,
    "back": State.back,
    "next rule": State.at_next_rule,
}
_DONE = {Verdict.ACCEPT: "accepted", Verdict.NONE: "no credential", Verdict.FIX: "to be fixed"}

Check = Callable[[str], None]
"""Raises `UsageError` for a reason that cannot be kept."""
Keep = Callable[[State], None]
"""Writes down what was decided so far."""


class Walk:
    """One walk through findings, with what may be taken back."""

    def __init__(
        self,
        findings: Sequence[Finding],
        *,
        code: Callable[[Finding], Sequence[Line]],
        check: Check,
        keep: Keep,
    ) -> None:
        """`findings` are in the order they are shown; `code` gives the lines around one."""
        self.state = State(findings=findings)
        self._earlier: list[State] = []
        self._places = Counter(finding.secret_id for finding in findings)
        self._code, self._check, self._keep = code, check, keep

    def go(self) -> State:
        """Ask about one finding after another until the person ends it; return how it ended.

        Raises `KeyboardInterrupt` for Ctrl-C: everything decided by then is kept.
        """
        shown = None
        while True:
            if shown != self.state.number:
                self._show()
                shown = self.state.number
            does = pressed(_question(at_end=self.state.at_end), _actions())
            if does == "quit":
                return self.state
            if does == "help" or does is None:
                _say_help()
            elif self._done(does):
                shown = None

    def _done(self, does: str) -> bool:
        """Do what a key asks for; tell whether something is to be shown anew."""
        if does == "undo":
            return self._undone()
        if self.state.at_end and does != "back":
            return False
        if does in _MOVES:
            self.state = _MOVES[does](self.state)
            return True
        verdict, _, every = does.partition(" ")
        numbers = self._meant() if every else [self.state.number]
        choice = _asked_about(Verdict(verdict), self._check) if numbers else None
        return choice is not None and self._decide(numbers, choice)

    def _decide(self, numbers: list[int], choice: Choice) -> bool:
        self._earlier.append(self.state)
        self.state = self.state.decided(numbers, choice)
        self._keep(self.state)
        click.echo(f"{_DONE[choice.verdict]}: {_number(len(numbers))}")
        return True

    def _undone(self) -> bool:
        if not self._earlier:
            click.echo("nothing was decided yet")
            return False
        self.state = self._earlier.pop()
        self._keep(self.state)
        return True

    def _meant(self) -> list[int]:
        """Ask what the findings have in common, and whether all of them are meant; return their numbers, or none."""
        finding = self.state.current
        scope = pressed("all of this [r]ule, [f]ile or [v]alue? ", _SCOPES)
        if scope is None:
            return []
        numbers = self.state.alike(scope)
        named = {Scope.RULE: f"rule {finding.rule_id}", Scope.FILE: inert(finding.path), Scope.VALUE: "this value"}
        sure = pressed(f"really {_number(len(numbers))} of {named[scope]}? [y]es, [n]o ", {"y": True})
        return numbers if sure else []

    def _show(self) -> None:
        state, total = self.state, len(self.state.findings)
        click.echo(f"\n{min(state.number + 1, total)} of {total}, {len(state.chosen)} decided")
        if state.at_end:
            click.echo("that was the last one")
            return
        color = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        for line in finding_lines(state.current, self._places, color=color, code=self._code(state.current)):
            click.echo(line.rstrip())
        if (before := state.chosen.get(state.number)) is not None:
            click.echo(f"decided: {_DONE[before.verdict]}{f' ({inert(before.reason)})' if before.reason else ''}")


def _asked_about(verdict: Verdict, check: Check) -> Choice | None:
    """Ask for what a verdict needs; None where the person breaks off, which decides nothing."""
    if verdict is Verdict.FIX:
        return Choice(verdict=verdict)
    try:
        reason = _typed("reason (may stay empty)", check)
        expires = ""
        if verdict is Verdict.ACCEPT:
            expires = day_of(_typed("until (YYYY-MM-DD or 90d; empty for ever)", day_of))
    except click.Abort:
        click.echo("\nnothing was decided")
        return None
    return Choice(verdict=verdict, reason=reason, expires=expires)


def _typed(question: str, check: Callable[[str], object]) -> str:
    while True:
        said: str = click.prompt(question, default="", show_default=False)
        try:
            check(said.strip())
        except UsageError as refused:
            click.echo(f"{refused.message}; {refused.hint}")
            continue
        return said.strip()


def _question(*, at_end: bool) -> str:
    wanted = ("back", "undo", "quit") if at_end else None
    words = [row["shown"] for row in _keys() if row["shown"] and (wanted is None or row["does"] in wanted)]
    return f"{'  '.join(words)} "


def _say_help() -> None:
    for row in _keys():
        click.echo(f"  {row['key']}  {row['help']}")


def _actions() -> dict[str, str]:
    keys = {key: row["does"] for row in _keys() for key in (row["key"], *row.get("also", ()))}
    return {**keys, END: "quit"}


@cache
def _keys() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = yaml.safe_load(_TABLE.read_text(encoding="utf-8"))
    return rows


def _number(number: int) -> str:
    return f"{number} finding{'' if number == 1 else 's'}"
