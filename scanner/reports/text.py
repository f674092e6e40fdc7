"""The `text` report, for a terminal: each finding with its line, the value masked, and one next step at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from scanner.excerpt import MASK
from scanner.model import Allowances, Finding, ScanResult
from scanner.reports.summary import (
    count,
    coverage,
    fix_command,
    is_active,
    live,
    next_step,
    reaches,
    since,
    value_text,
    why,
)
from strongroom.kernel.inert import inert

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

    from scanner.context import Line

_COLORS = {"critical": "1;31", "high": "31", "medium": "33", "low": "36", "bold": "1", "dim": "2", "active": "1;97;41"}
_SHORT_ID = 12
_LONGEST_SIDE = 120


def write_text(
    result: ScanResult,
    stream: TextIO,
    *,
    color: bool = False,
    show_secrets: bool = False,
    explain: bool = False,
) -> None:
    """Write `result` to `stream` for people; colour codes only with `color`, values only with `show_secrets`."""
    shown = result.open_findings
    places = Counter(finding.secret_id for finding in shown)
    for finding in shown:
        for line in finding_lines(finding, places, color=color, show_secrets=show_secrets):
            stream.write(line.rstrip() + "\n")
        stream.write("\n")
    if explain:
        _write_dropped(result, stream)
    for error in result.errors:
        stream.write(f"not read: {inert(error.path)}: {inert(error.message)}\n")
    _write_allowances(result.stats.allowances, stream)
    stream.write(f"{count(shown)}; {coverage(result)}\n")
    if shown:
        stream.write(f"next: {next_step(shown)}\n")


def finding_lines(
    finding: Finding,
    places: Mapping[str, int],
    *,
    color: bool = False,
    show_secrets: bool = False,
    code: Sequence[Line] = (),
) -> list[str]:
    """Return a finding as lines for a terminal; `places` counts the findings of each value in a report.

    `code` is shown in the place of the finding's own line.
    """
    region = finding.region
    title = f"error[{finding.rule_id}]"
    judged = f"{finding.severity} · {finding.confidence} confidence"
    head = f"{painted(title, finding.severity.value, color)}: {painted(finding.rule_name, 'bold', color)}"
    mark = f"   {painted(' ACTIVE ', 'active', color)}" if is_active(finding) else ""
    gutter = " " * len(str(code[-1].number if code else region.start_line))
    shown = _code(code, finding, gutter) if code else _excerpt(finding, gutter, show_secrets=show_secrets)
    return [
        f"{head}   {painted(judged, 'dim', color)}{mark}",
        f"{gutter} --> {inert(finding.path)}:{region.start_line}:{region.start_column}",
        *shown,
        *(f"{gutter} = {note}" for note in _notes(finding, places)),
    ]


def _excerpt(finding: Finding, gutter: str, *, show_secrets: bool) -> list[str]:
    if finding.excerpt is None:
        return []
    before = inert(finding.excerpt.before)[-_LONGEST_SIDE:]
    after = inert(finding.excerpt.after)[:_LONGEST_SIDE]
    value = inert(value_text(finding, show_secrets=show_secrets))
    marks = " " * len(before) + "^" * len(value)
    return [
        f"{gutter} |",
        f"{finding.region.start_line} | {before}{value}{after}",
        f"{gutter} | {marks} {reaches(finding)}",
    ]


def _code(code: Sequence[Line], finding: Finding, gutter: str) -> list[str]:
    lines = [f"{gutter} |"]
    for line in code:
        before = inert(line.before)[-_LONGEST_SIDE:] if line.before is not None else ""
        text = inert(line.text)
        if line.before is not None:
            text = f"{before}{text[len(inert(line.before)) :]}"
        lines.append(f"{line.number:>{len(gutter)}} | {text[: len(before) + _LONGEST_SIDE]}")
        if line.before is not None:
            lines.append(f"{gutter} | {' ' * len(before)}{'^' * len(MASK)} {reaches(finding)}")
    return lines


def _notes(finding: Finding, places: Mapping[str, int]) -> list[str]:
    said = live(finding)
    notes = [*([f"verified: {said}"] if said else []), f"why: {why(finding)}"]
    others = places[finding.secret_id] - 1
    if others:
        notes.append(f"also: the same value in {others} other place{'s' if others > 1 else ''} of this report")
    if finding.commit is not None:
        notes.append(f"since: {since(finding)}")
    allow = f'allow: strongroom:allow {finding.rule_id} reason="..."'
    return [*notes, f"fix: {_fix(finding)}", f"{allow}   id {finding.fingerprint[:_SHORT_ID]}"]


def _fix(finding: Finding) -> str:
    reason = inert(finding.remediation.reason)
    command = fix_command(finding)
    return f"{command}   ({reason})" if command else f"by hand: {reason}"


def _write_allowances(allowances: Allowances, stream: TextIO) -> None:
    kinds = (("unused", allowances.unused), ("expired", allowances.expired), ("malformed", allowances.malformed))
    for kind, markers in kinds:
        for one in markers:
            of = inert(one.rule) or f"marker of {one.tool}"
            reason = f' ("{inert(one.reason)}")' if one.reason else ""
            stream.write(f"{kind} allowance: {inert(one.path)}:{one.line}: {of}{reason}: {inert(one.message)}\n")


def _write_dropped(result: ScanResult, stream: TextIO) -> None:
    for one in result.dropped:
        place = f"{inert(one.path)}:{one.region.start_line}:{one.region.start_column}"
        stream.write(f"dropped[{one.rule_id}] {place}: {inert(one.reason)} ({one.filter})\n")
    if result.dropped:
        stream.write("\n")


def painted(text: str, name: str, color: bool) -> str:
    """Return `text` in the colour or weight called `name` where there is to be `color`."""
    return f"\x1b[{_COLORS[name]}m{text}\x1b[0m" if color else text
