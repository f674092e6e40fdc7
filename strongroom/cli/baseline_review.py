"""`strongroom baseline review`: decide about findings at a terminal, by their ids, or as answered on a request."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from strongroom.cli.baseline_options import is_clean, number_of, place, scan_options, status_of, without_values
from strongroom.cli.forge_options import forge_options, request_option
from strongroom.cli.projectbaseline import ProjectBaseline
from strongroom.kernel.errors import UsageError

if TYPE_CHECKING:
    from scanner.baseline.changes import Decision
    from scanner.baseline.model import Baseline, Entry
    from scanner.model import Finding, ScanResult
    from strongroom.cli.review_state import State

_SHORTEST = 8
"""Digits of a fingerprint that name it where no other begins so; reports show twelve."""


@click.command(
    epilog="""\b
Examples:
  strongroom baseline review
  strongroom baseline review --request 7    what people answered "false positive" to on a pull request
  strongroom baseline review --accept 3f9a0c11d2e4 --reason "a value of the test server" --expires 90d
  strongroom baseline review --false 3f9a0c11d2e4 --true 77b01c33aa90

At the terminal one key decides and is written down at once; ? lists the keys. What is called no credential is
accepted and counts against its rule, what is to be fixed stays open: strongroom baseline labels shows how often each
rule was right."""
)
@place
@scan_options
@click.option("--accept", "accepted", multiple=True, metavar="ID", help="Accept this fingerprint (repeatable).")
@click.option("--false", "denied", multiple=True, metavar="ID", help="It is no credential; accept it (repeatable).")
@click.option(
    "--true", "owned", multiple=True, metavar="ID", help="It is one, to be fixed; it stays open (repeatable)."
)
@click.option("--reason", default="", help="Why.")
@click.option("--expires", default="", metavar="DAY", help="Until when: YYYY-MM-DD, or 90d.")
@click.option("--all", "every", is_flag=True, help="At the terminal: also what was decided before.")
@request_option
@forge_options
def command(
    path: str,
    accepted: tuple[str, ...],
    denied: tuple[str, ...],
    owned: tuple[str, ...],
    reason: str,
    expires: str,
    every: bool,
    request: int | None,
    **given: Any,
) -> int:
    """Walk through the open findings, or decide about those that are named, or answered on a request."""
    named = {"accept": accepted, "none": denied, "fix": owned}
    _check(any(named.values()), request, reason, expires)
    review = Review(path, given)
    if request is not None:
        review.keep(_answered(path, request, review.left))
    elif any(named.values()):
        review.keep(_decisions(review, named, reason, expires))
    else:
        return review.at_terminal(every=every)
    return status_of(review.result)


class Review:
    """The findings of one project, its baseline as it was, and what is decided."""

    def __init__(self, path: str, given: dict[str, Any]) -> None:
        """Scan; raises what `ProjectBaseline` raises."""
        from scanner.baseline.applied import matched
        from scanner.baseline.file import new_baseline

        self.work = ProjectBaseline(path, given)
        self._fresh = not self.work.file.exists()
        self._entries: dict[tuple[object, ...], Entry] = {}
        self.baseline: Baseline = new_baseline() if self._fresh else self.work.read()
        self.result: ScanResult = self.work.scanned()
        # A scan of tree and history tells of the same value at the same place twice; that of the tree comes first.
        key = os.urandom(32)
        once = {(one.fingerprint, one.value.digest(key)): one for one in reversed(self.result.findings)}
        found = matched(reversed(once.values()), self.baseline).findings
        self.left = [one for one in found if one.suppressed_by is None]
        self.known = [one for one in found if one.suppressed_by in (None, "baseline")]

    def keep(self, decisions: Sequence[Decision]) -> None:
        """Write what was decided, and say it."""
        for decision in decisions:
            without_values(decision.reason, self.result.findings)
        self._write(decisions)
        click.echo(self._summary(decisions))

    def at_terminal(self, *, every: bool) -> int:
        """Walk a person through it; return the exit status, that of a fix where one was run."""
        from strongroom.cli.review_code import Code
        from strongroom.cli.review_fix import offer
        from strongroom.cli.review_state import Verdict, in_order
        from strongroom.cli.reviewing import Walk

        walk = Walk(
            in_order(self.known if every else self._undecided()),
            code=Code(self.work.root, self.result.findings).around,
            check=lambda text: without_values(text, self.result.findings),
            keep=lambda state: self._write(state.decisions()),
        )
        ended: State = walk.state
        try:
            if ended.findings:
                ended = walk.go()
        finally:
            click.echo(self._summary(walk.state.decisions()))
        fixed = offer(self.work.root, ended.with_verdict(Verdict.FIX))
        return status_of(self.result) if fixed is None else fixed

    def _undecided(self) -> list[Finding]:
        from scanner.baseline.applied import known
        from scanner.baseline.model import today

        day = today()
        pairs = known(self.left, self.baseline)
        return [one for one, entry in pairs if entry is None or entry.label is None or entry.is_over(day)]

    def _write(self, decisions: Sequence[Decision]) -> None:
        from scanner.baseline.changes import with_decided

        if decisions or not self._fresh:
            self.work.write(with_decided(self.baseline, [self._entry(each) for each in decisions]))
        else:
            # All was taken back: what was not there before is not there after.
            self.work.file.unlink(missing_ok=True)

    def _entry(self, decision: Decision) -> Entry:
        """Return the entry for a decision; its check takes a millisecond, and all are written each time."""
        from scanner.baseline.changes import entry_for

        key = (id(decision.finding), decision.accepts, decision.label, decision.reason, decision.expires)
        if key not in self._entries:
            self._entries[key] = entry_for(decision, self.baseline.salt)
        return self._entries[key]

    def _summary(self, decisions: Sequence[Decision]) -> str:
        accepted = sum(one.accepts for one in decisions)
        none = sum(one.accepts and one.label is not None for one in decisions)
        told = f"{number_of(accepted, 'finding')} accepted{f' ({none} no credential)' if none else ''}"
        told += f", {len(decisions) - accepted} to be fixed" if accepted < len(decisions) else ""
        done = {id(one.finding) for one in decisions}
        left = sum(id(one) not in done for one in self._undecided())
        return f"{told} in {self.work.name}, {left} left"


def _check(named: bool, request: int | None, reason: str, expires: str) -> None:
    if not named and request is None:
        if not sys.stdin.isatty():
            raise UsageError(
                "standard input is no terminal, so nothing can be asked",
                hint="strongroom baseline review --accept ID --reason TEXT; strongroom scan shows the ids",
            )
        if reason or expires:
            raise UsageError("--reason and --expires go with --accept, --false or --true", hint="name the findings")


def _decisions(review: Review, named: dict[str, tuple[str, ...]], reason: str, expires: str) -> list[Decision]:
    from strongroom.cli.review_days import day_of
    from strongroom.cli.review_state import Choice, Verdict

    until = day_of(expires)
    if until and not named["accept"]:
        raise UsageError("--expires goes with --accept", hint="what is no credential never becomes one")
    decided: dict[int, Decision] = {}
    for verdict, ids in named.items():
        last = until if verdict == Verdict.ACCEPT else ""
        choice = Choice(verdict=Verdict(verdict), reason=reason, expires=last)
        for finding in chosen(review.known, ids):
            if id(finding) in decided:
                raise UsageError(f"{finding.fingerprint[:12]} is decided twice", hint="name each finding once")
            decided[id(finding)] = choice.of(finding)
    return list(decided.values())


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


def _answered(path: str, request: int, left: Sequence[Finding]) -> list[Decision]:
    """Return what was called a false positive on a request, with the reasons; none shows a value."""
    from pathlib import Path

    from remediation.git.comments import denied
    from strongroom.cli.review_comments import opened
    from strongroom.cli.review_state import Choice, Verdict

    with opened(Path(path), request) as reviewed:
        answers = denied(reviewed.commented.threads())
    shown = [finding for finding in left if finding.fingerprint in answers]
    decided = []
    for finding in shown:
        reason = answers[finding.fingerprint]
        reason = reason if is_clean(reason, shown) else reason.partition(":")[0]
        decided.append(Choice(verdict=Verdict.NONE, reason=reason).of(finding))
    return decided
