"""A scan result with every kind of finding, suppression and error, and file names that mean harm."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from itertools import cycle

from scanner.model import (
    Commit,
    Confidence,
    Dropped,
    Evidence,
    EvidenceKind,
    Excerpt,
    Finding,
    FlowStep,
    Region,
    Remediation,
    ScanError,
    ScanResult,
    ScanStats,
    Severity,
    Span,
    SuppressedBy,
    Verified,
)
from scanner.reports.formats import ReportOptions, write_report
from strongroom.kernel.secretvalue import SecretValue
from tests.unit.scanner.making import password, token

FINISHED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
VALUES = [password("formats"), token("formats"), "=" + password("formula"), password("split") + "\n" + token("split")]
EVIL = "\x1b]0;t\x07\u202e\u200b\x00\ufffe"
HOSTILE = (
    "app/settings.py",
    'with space/it\'s "quoted".py',
    "line\nbreak\r::error::x.py",
    "not-utf-8-\udcff\udcfe.py",
    "ünïcode/鍵.py",
    "<script>alert(1)</script>.html",
    "100%25%0A,title=x::y.py",
    "outer.zip!inner/a.py",
    "c:drive\\back.py",
    "-rf",
    "=cmd|' /C calc'!A0",
    "@user closes #1 [link](http://x) `code` ![i](j) {0}.md",
    "]]><!--&amp;{{ 7*7 }}.xml",
    EVIL,
)
_SUPPRESSED = (None, None, *SuppressedBy)
_VERIFIED = (None, *Verified)


def every_kind() -> ScanResult:
    """Return the result: one finding a path, over all severities, confidences, suppressions and kinds of evidence."""
    turns = zip(
        range(len(HOSTILE) * 4),
        cycle(HOSTILE),
        cycle(Severity),
        cycle(Confidence),
        cycle(_SUPPRESSED),
        cycle(EvidenceKind),
        cycle(_VERIFIED),
        strict=False,
    )
    findings = tuple(_finding(*turn) for turn in turns)
    return ScanResult(
        findings=findings,
        dropped=(Dropped(rule_id="generic-password", path=EVIL, region=_region(1), filter="placeholder", reason=EVIL),),
        errors=tuple(ScanError(path=path, message=f"cannot be read: {path}") for path in HOSTILE),
        stats=ScanStats(
            files=40,
            bytes=123_456,
            seconds=1.25,
            suppressed=sum(1 for found in findings if found.suppressed_by),
            skipped={"binary": 3, "too large": 1},
        ),
    )


def written(form: str, result: ScanResult, *, show_secrets: bool = False) -> str:
    """Return `result` in the format `form`."""
    stream = io.StringIO(newline="")
    write_report(form, result, stream, ReportOptions(show_secrets=show_secrets, explain=True, finished=FINISHED))
    return stream.getvalue()


def _finding(
    number: int,
    path: str,
    severity: Severity,
    confidence: Confidence,
    suppressed_by: SuppressedBy | None,
    kind: EvidenceKind,
    verified: Verified | None,
) -> Finding:
    rule = ("aws-secret-access-key", "generic-password", "npm-access-token")[number % 3]
    value = VALUES[number % len(VALUES)]
    steps = (
        FlowStep(path=path, line=1, column=1, message="literal"),
        FlowStep(path=path, line=9, column=2, message=f"reaches boto3.client(){path}"),
    )
    return Finding(
        # Two findings share a fingerprint, as two values of one place in a history do.
        fingerprint=f"{number // 2:032x}",
        secret_id=f"{number % len(VALUES):016x}",
        rule_id=rule,
        rule_name=rule.replace("-", " ").capitalize(),
        severity=severity,
        confidence=confidence,
        path=path,
        region=_region(number + 1, lines=value.count("\n")),
        span=Span(start=number, end=number + len(value)),
        value=SecretValue(value),
        preview="••••••••",
        binding="password",
        evidence=(Evidence(kind=kind, detail=f"bound to the name {path}", flow=steps if number % 2 else ()),),
        remediation=Remediation(fixable=number % 3 > 0, strategy="module-constant", reason=f"reads {path}"),
        commit=_commit(path) if number % 4 == 0 else None,
        last_commit=_commit(path) if number % 8 == 0 else None,
        occurrences=1 + number % 8,
        in_head=number % 8 > 0,
        suppressed_by=suppressed_by,
        verified=verified,
        excerpt=Excerpt(before=f"x = '{path}", after=f"' # {path}") if number % 5 else None,
    )


def _region(line: int, *, lines: int = 0) -> Region:
    return Region(start_line=line, start_column=3, end_line=line + lines, end_column=12)


def _commit(text: str) -> Commit:
    return Commit(sha="ab" * 20, author=text, email=text, date="2026-01-01T00:00:00+00:00", summary=text)
