"""The `text` report, for a terminal: each finding with its line, the value masked, and one next step at the end."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping
from typing import TextIO

from scanner.model import EvidenceKind, Finding, ScanResult, Severity

_COLORS = {"critical": "1;31", "high": "31", "medium": "33", "low": "36", "bold": "1", "dim": "2"}
_SHORT_ID = 12
_LONGEST_SIDE = 120
_INERT = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
_SIZES = ((1_000_000, "MB"), (1_000, "kB"))


def write_text(
    result: ScanResult,
    stream: TextIO,
    *,
    color: bool = False,
    show_secrets: bool = False,
    explain: bool = False,
) -> None:
    """Write `result` to `stream` for people; colour codes only with `color`, values only with `show_secrets`."""
    shown = [finding for finding in result.findings if finding.suppressed_by is None]
    for finding in shown:
        for line in _finding(finding, color=color, show_secrets=show_secrets):
            stream.write(line.rstrip() + "\n")
        stream.write("\n")
    if explain:
        _write_dropped(result, stream)
    for error in result.errors:
        stream.write(f"not read: {inert(error.path)}: {inert(error.message)}\n")
    stream.write(_footer(result, shown) + "\n")
    if shown:
        stream.write(f"next: {_next_step(shown)}\n")


def inert(text: str) -> str:
    """Return `text` with control, bidirectional and invisible characters escaped, so that a terminal only shows it."""
    return "".join(
        _escaped(character) if unicodedata.category(character) in _INERT else character for character in text
    )


def _escaped(character: str) -> str:
    if character == "\t":
        return "    "
    code = ord(character)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"


def _finding(finding: Finding, *, color: bool, show_secrets: bool) -> list[str]:
    region = finding.region
    title = f"error[{finding.rule_id}]"
    judged = f"{finding.severity} · {finding.confidence} confidence"
    head = f"{_painted(title, finding.severity.value, color)}: {_painted(finding.rule_name, 'bold', color)}"
    gutter = " " * len(str(region.start_line))
    report = [
        f"{head}   {_painted(judged, 'dim', color)}",
        f"{gutter} --> {inert(finding.path)}:{region.start_line}:{region.start_column}",
        *_excerpt(finding, gutter, show_secrets=show_secrets),
    ]
    report += [f"{gutter} = why: {inert(_why(finding))}"]
    report += [f"{gutter} = fix: {_fix(finding)}"]
    allow = f'{gutter} = allow: strongroom:allow {finding.rule_id} reason="..."'
    return [*report, f"{allow}   id {finding.fingerprint[:_SHORT_ID]}"]


def _excerpt(finding: Finding, gutter: str, *, show_secrets: bool) -> list[str]:
    if finding.excerpt is None:
        return []
    before = inert(finding.excerpt.before)[-_LONGEST_SIDE:]
    after = inert(finding.excerpt.after)[:_LONGEST_SIDE]
    value = inert(finding.value.reveal().decode("utf-8", "replace")) if show_secrets else finding.preview
    marks = " " * len(before) + "^" * len(value)
    return [
        f"{gutter} |",
        f"{finding.region.start_line} | {before}{value}{after}",
        f"{gutter} | {marks} {inert(_reaches(finding))}",
    ]


def _why(finding: Finding) -> str:
    return "; ".join(reason.detail for reason in finding.evidence)


def _reaches(finding: Finding) -> str:
    for reason in finding.evidence:
        if reason.kind is EvidenceKind.SINK and reason.flow:
            last = reason.flow[-1]
            return f"{last.message} at {last.path}:{last.line}"
    return ""


def _fix(finding: Finding) -> str:
    if finding.remediation.fixable:
        return f"strongroom fix {inert(finding.path)}   ({finding.remediation.reason})"
    return f"by hand: {inert(finding.remediation.reason)}"


def _write_dropped(result: ScanResult, stream: TextIO) -> None:
    for one in result.dropped:
        place = f"{inert(one.path)}:{one.region.start_line}:{one.region.start_column}"
        stream.write(f"dropped[{one.rule_id}] {place}: {one.reason} ({one.filter})\n")
    if result.dropped:
        stream.write("\n")


def _footer(result: ScanResult, shown: list[Finding]) -> str:
    stats = result.stats
    files = "1 file" if stats.files == 1 else f"{stats.files} files"
    parts = [_count(shown), f"{files}, {_size(stats.bytes)} in {stats.seconds:.1f} s"]
    if stats.suppressed:
        parts.append(f"{stats.suppressed} suppressed ({_counted(_suppressors(result))})")
    if stats.skipped:
        parts.append(f"skipped {_counted(stats.skipped)}")
    if result.errors:
        parts.append(f"{len(result.errors)} not read")
    return "; ".join(parts)


def _count(shown: list[Finding]) -> str:
    if not shown:
        return "no credentials found"
    levels = Counter(finding.severity for finding in shown)
    split = ", ".join(f"{levels[level]} {level}" for level in Severity if levels[level])
    return f"{len(shown)} credential{'s' if len(shown) > 1 else ''} found ({split})"


def _suppressors(result: ScanResult) -> Counter[str]:
    return Counter(finding.suppressed_by.value for finding in result.findings if finding.suppressed_by is not None)


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(counts.items()))


def _size(number: int) -> str:
    return next((f"{number / unit:.1f} {name}" for unit, name in _SIZES if number >= unit), f"{number} bytes")


def _next_step(shown: list[Finding]) -> str:
    if any(finding.remediation.fixable for finding in shown):
        return "strongroom fix --dry-run"
    return "strongroom vault put NAME, then read the value from the environment (strongroom run -- CMD)"


def _painted(text: str, name: str, color: bool) -> str:
    return f"\x1b[{_COLORS[name]}m{text}\x1b[0m" if color else text
