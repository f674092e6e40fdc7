"""The main flow of a scan: a source is sifted, suspects are examined, and what they hold is gathered for a report."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from datetime import date

from scanner.config import ScanConfig
from scanner.examine import Examiner
from scanner.items import Source
from scanner.model import Dropped, Finding, ScanResult, ScanStats
from scanner.prefilter.choose import Engine, prepared
from scanner.rulebook.model import RuleBook
from scanner.settings import Settings
from scanner.sift import Suspect, Tally
from scanner.sources import around_of
from scanner.suspects import suspects


def scan(
    source: Source,
    book: RuleBook,
    config: ScanConfig,
    *,
    engine: Engine | None = None,
    jobs: int = 1,
    secret_key: bytes | None = None,
    today: date | None = None,
    progress: Callable[[int], None] | None = None,
) -> ScanResult:
    """Return everything that `source` holds by `book` and `config`.

    `engine` is one made for `book`, by default the best that can be had; sources that can be shared out are read by
    `jobs` threads. `secret_key` links equal values within a report and is drawn anew unless given; `progress` hears
    of so many more files now and then.
    """
    started = time.monotonic()
    engine = engine or prepared(book)
    tally = Tally()
    settings = Settings(
        min_confidence=config.min_confidence.value,
        analysis=config.analysis.value,
        exclude=config.exclude,
        explain=config.explain,
    )
    found = suspects(source, engine, settings, tally, jobs=jobs, progress=progress)
    key = secret_key or os.urandom(32)
    examiner = Examiner(book, config, key, today or date.today(), engine, around=lambda: around_of(source))
    return examined(found, examiner, tally, started)


def examined(found: Iterable[Suspect], examiner: Examiner, tally: Tally, started: float) -> ScanResult:
    """Return what the suspects hold, with what `tally` counted by the time they are all through."""
    findings: list[Finding] = []
    dropped: list[Dropped] = []
    for suspect in found:
        held, refused = examiner.examine(suspect)
        findings.extend(held)
        dropped.extend(refused)
    findings.extend(examiner.elsewhere(findings))
    examiner.keep()
    stats = ScanStats(
        files=tally.files,
        bytes=tally.bytes,
        seconds=time.monotonic() - started,
        suppressed=sum(1 for finding in findings if finding.suppressed_by is not None),
        skipped=dict(sorted(tally.skipped.items())),
        allowances=examiner.allowances(),
    )
    return ScanResult(
        findings=tuple(sorted(findings, key=lambda finding: (finding.path, finding.span, finding.rule_id))),
        dropped=tuple(dropped),
        errors=(*tally.errors, *examiner.errors),
        stats=stats,
    )
