"""The main flow of a scan: each blob is prefiltered, given to the detectors, merged, judged, and reported."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

from scanner.config import ScanConfig, excluded
from scanner.examine import Examiner
from scanner.model import Blob, Dropped, Finding, ScanError, ScanResult, ScanStats, Skipped
from scanner.rulebook.model import RuleBook

Source = Iterable[Blob | Skipped | ScanError]
"""What a source yields, in reading order: contents, what it left out, and what it could not read."""


@dataclass(slots=True)
class _Tally:
    findings: list[Finding] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    errors: list[ScanError] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    files: int = 0
    bytes: int = 0


def scan(
    source: Source,
    book: RuleBook,
    config: ScanConfig,
    *,
    secret_key: bytes | None = None,
    today: date | None = None,
    progress: Callable[[int], None] | None = None,
) -> ScanResult:
    """Return everything that `source` holds by `book` and `config`.

    `secret_key` links equal values within a report and is drawn anew unless given; `progress` hears the number of
    files after each.
    """
    started = time.monotonic()
    examiner = Examiner(book, config, secret_key or secrets.token_bytes(32), today or date.today())
    tally = _Tally()
    for item in source:
        if isinstance(item, ScanError):
            tally.errors.append(item)
        elif isinstance(item, Skipped):
            tally.skipped[item.reason] += 1
        elif excluded(item.path, config.exclude):
            tally.skipped["excluded"] += 1
        else:
            _examine(examiner, item, tally)
            if progress is not None:
                progress(tally.files)
    return _result(tally, time.monotonic() - started)


def _examine(examiner: Examiner, blob: Blob, tally: _Tally) -> None:
    tally.files += 1
    tally.bytes += len(blob.data)
    findings, dropped = examiner.examine(blob)
    tally.findings.extend(findings)
    tally.dropped.extend(dropped)


def _result(tally: _Tally, seconds: float) -> ScanResult:
    stats = ScanStats(
        files=tally.files,
        bytes=tally.bytes,
        seconds=seconds,
        suppressed=sum(1 for found in tally.findings if found.suppressed_by is not None),
        skipped=dict(sorted(tally.skipped.items())),
    )
    return ScanResult(
        findings=tuple(sorted(tally.findings, key=lambda found: (found.path, found.span, found.rule_id))),
        dropped=tuple(tally.dropped),
        errors=tuple(tally.errors),
        stats=stats,
    )
