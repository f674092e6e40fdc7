"""Scans that look into commits: `--history`, `--range`, and the commits behind `--since`."""

from __future__ import annotations

import sys
from collections.abc import Callable

from scanner.history.flow import scan_history
from scanner.model import ScanResult, ScanStats
from scanner.moved import new_in
from scanner.prefilter.choose import Engine
from scanner.rulebook.model import RuleBook
from scanner.settings import Settings
from scanner.sources.change import Change
from strongroom.cli.options import ScanOptions
from strongroom.cli.perform import config_of
from strongroom.kernel.record import replace


def history(
    options: ScanOptions,
    settings: Settings,
    engine: Engine,
    book: RuleBook,
    progress: Callable[[int], None] | None,
) -> ScanResult:
    """Return what stands in the histories of the repositories that `options` name."""
    results = [
        scan_history(
            path,
            book,
            config_of(settings),
            engine,
            commit_range=options.commit_range,
            dangling=options.dangling,
            jobs=options.threads(),
            progress=progress,
        )
        for path in options.paths or (".",)
    ]
    return results[0] if len(results) == 1 else _together(results)


def with_commits(
    result: ScanResult, options: ScanOptions, settings: Settings, engine: Engine, book: RuleBook, key: bytes
) -> ScanResult:
    """Add to what the working tree adds since a commit what commits since then added and took away again.

    Of all that, what the change only moved is left out.
    """
    results = [
        scan_history(
            path,
            book,
            config_of(settings),
            engine,
            commit_range=f"{options.since}..HEAD",
            jobs=options.threads(),
            secret_key=key,
        )
        for path in options.paths or (".",)
    ]
    there = {(found.path, found.rule_id, found.secret_id) for found in result.findings}
    gone = [
        replace(
            past,
            findings=tuple(one for one in past.findings if (one.path, one.rule_id, one.secret_id) not in there),
        )
        for past in results
    ]
    together = _together([result, *gone])
    findings = list(together.findings)
    for path in options.paths or (".",) if findings else ():
        with Change(path, options.since or "HEAD") as change:
            findings = new_in(findings, change)
    moved = len(together.findings) - len(findings)
    if moved:
        sys.stderr.write(f"note: {moved} finding{'s' if moved > 1 else ''} of this change stood there before it\n")
    suppressed = sum(1 for finding in findings if finding.suppressed_by is not None)
    return replace(together, findings=tuple(findings), stats=replace(together.stats, suppressed=suppressed))


def _together(results: list[ScanResult]) -> ScanResult:
    stats = [result.stats for result in results]
    skipped: dict[str, int] = {}
    for one in stats:
        for reason, number in one.skipped.items():
            skipped[reason] = skipped.get(reason, 0) + number
    findings = [found for result in results for found in result.findings]
    return ScanResult(
        findings=tuple(sorted(findings, key=lambda found: (found.path, found.span, found.rule_id))),
        dropped=tuple(one for result in results for one in result.dropped),
        errors=tuple(dict.fromkeys(error for result in results for error in result.errors)),
        stats=ScanStats(
            files=sum(one.files for one in stats),
            bytes=sum(one.bytes for one in stats),
            seconds=sum(one.seconds for one in stats),
            suppressed=sum(one.suppressed for one in stats),
            skipped=skipped,
            allowances=stats[0].allowances,
        ),
    )
