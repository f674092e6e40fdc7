"""The main flow of a scan: a source is sifted, suspects are examined, and what they hold is gathered and reported."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date

from scanner.config import Analysis, ScanConfig, excluded
from scanner.examine import Examiner
from scanner.items import Item, Source
from scanner.model import Dropped, Finding, ScanResult, ScanStats
from scanner.prefilter.choose import Engine, prepared
from scanner.rulebook.model import RuleBook
from scanner.sift import Suspect, Tally, sifted

_TOGETHER = 64
"""Suspects that are examined together, so that what they replace is read by one git."""


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
    the number of files now and then.
    """
    started = time.monotonic()
    engine = engine or prepared(book)
    tally = Tally()
    examiner = Examiner(book, config, secret_key or secrets.token_bytes(32), today or date.today(), engine)
    findings: list[Finding] = []
    dropped: list[Dropped] = []
    for suspect in _with_added_lines(_suspects(source, engine, config, tally, jobs, progress)):
        found, refused = examiner.examine(suspect)
        findings.extend(found)
        dropped.extend(refused)
    return _result(findings, dropped, tally, time.monotonic() - started)


def _suspects(
    source: Source,
    engine: Engine,
    config: ScanConfig,
    tally: Tally,
    jobs: int,
    progress: Callable[[int], None] | None,
) -> Iterator[Suspect]:
    """Yield the texts of `source` that are worth a second look."""
    follow = config.analysis is Analysis.AUTO

    def wanted(items: Iterable[Item]) -> Iterator[Item]:
        for item in items:
            if config.exclude and not hasattr(item, "message") and excluded(item.path, config.exclude):
                tally.skip("excluded")
            else:
                yield item
            if progress is not None:
                progress(tally.files)

    shares = getattr(source, "shares", None)
    if shares is None or jobs < 2:
        yield from sifted(wanted(source), engine.sieve, tally, follow=follow)
        return
    from scanner.threads import sifted_on_threads

    yield from sifted_on_threads([wanted(share) for share in shares(jobs)], engine.sieve, tally, follow=follow)


def _with_added_lines(suspects: Iterable[Suspect]) -> Iterator[Suspect]:
    """Yield `suspects`, those of a change with the numbers of the lines that it adds."""
    together: list[Suspect] = []
    for suspect in suspects:
        if suspect.blob.replaces is None:
            yield suspect
            continue
        together.append(suspect)
        if len(together) == _TOGETHER:
            yield from _marked(together)
            together = []
    yield from _marked(together)


def _marked(suspects: list[Suspect]) -> list[Suspect]:
    if suspects:
        from scanner.sources.staged import mark_added_lines

        mark_added_lines(suspect.blob for suspect in suspects)
    return suspects


def _result(findings: list[Finding], dropped: list[Dropped], tally: Tally, seconds: float) -> ScanResult:
    stats = ScanStats(
        files=tally.files,
        bytes=tally.bytes,
        seconds=seconds,
        suppressed=sum(1 for found in findings if found.suppressed_by is not None),
        skipped=dict(sorted(tally.skipped.items())),
    )
    return ScanResult(
        findings=tuple(sorted(findings, key=lambda found: (found.path, found.span, found.rule_id))),
        dropped=tuple(dropped),
        errors=tuple(tally.errors),
        stats=stats,
    )
