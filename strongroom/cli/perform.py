"""What `strongroom scan` does, top to bottom. Until something is suspected it imports next to nothing.

A clean hook ends in `_clean`; all else is imported where the first suspect, error or other format asks for it.
"""

from __future__ import annotations

import gc
import os
import sys
import time

from scanner.kept import NO_CACHE
from scanner.prefilter.choose import ready
from scanner.settings import settings_of
from scanner.sift import Tally
from scanner.suspects import suspects
from strongroom.cli.accepted import baseline_of, has_entries, root_of, whole_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TextIO

    from scanner.baseline.model import Baseline
    from scanner.config import ScanConfig
    from scanner.items import Source
    from scanner.model import ScanResult
    from scanner.prefilter.choose import Engine
    from scanner.reports.formats import ReportOptions
    from scanner.rulebook.model import RuleBook
    from scanner.settings import Settings
    from scanner.sift import Suspect
    from strongroom.cli.options import ScanOptions

_FOUND = 1
_PARTIAL = 3
_IN_A_HOOK = ("PRE_COMMIT", "GIT_INDEX_FILE", "STRONGROOM_HOOK")
"""Variables that pre-commit, a committing git and our own hook set for what they run."""
_BETWEEN_COLLECTIONS = 50_000
"""How many more objects before Python looks for cycles: a scan makes many objects, and next to no cycles."""
_OURS = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def perform(options: ScanOptions) -> int:
    """Scan as `options` say, write the report, and return the exit status. Raises `UsageError`."""
    started = time.monotonic()
    gc.set_threshold(_BETWEEN_COLLECTIONS)
    _check(options)
    settings = _settings(options)
    engine = _engine(options)
    tally = Tally()
    progress = _progress(options)
    if options.history:
        from strongroom.cli.pasts import history

        book, baseline = _book(options, engine), baseline_of(options)
        return _done(history(options, settings, engine, book, progress), options, settings, book, baseline)
    source = _source(options)
    found = _suspects(options, source, engine, settings, tally, progress)
    first = next(found, None)
    plain = options.form == "text" and options.output is None and options.since is None
    if first is None and not tally.errors and plain and not has_entries(options):
        return _clean(tally, time.monotonic() - started)
    return _report(options, settings, engine, source, _again(first, found), tally, started)


def gathered(options: ScanOptions) -> ScanResult:
    """Return what a scan as `options` say finds, before a baseline has its say. Raises `UsageError`."""
    started = time.monotonic()
    _check(options)
    settings, engine, tally = _settings(options), _engine(options), Tally()
    progress = _progress(options)
    if options.history:
        from strongroom.cli.pasts import history

        return history(options, settings, engine, _book(options, engine), progress)
    source = _source(options)
    found = _suspects(options, source, engine, settings, tally, progress)
    return _examined(options, settings, engine, source, found, tally, started, _book(options, engine))


def _suspects(
    options: ScanOptions,
    source: Source,
    engine: Engine,
    settings: Settings,
    tally: Tally,
    progress: Callable[[int], None] | None,
) -> Iterator[Suspect]:
    alone = options.jobs == 1
    jobs = options.threads()
    return suspects(source, engine, settings, tally, jobs=jobs, fork=not alone, remember=True, progress=progress)


def exit_status(result: ScanResult, *, exit_zero: bool = False) -> int:
    """Return 1 for findings that nothing suppresses, 3 for unread input and no findings, else 0."""
    if result.open_findings:
        return 0 if exit_zero else _FOUND
    return _PARTIAL if result.errors else 0


def _clean(tally: Tally, seconds: float) -> int:
    from scanner.reports.covered import covered

    sys.stdout.write(f"no credentials found; {covered(tally.files, tally.bytes, seconds, '', tally.skipped, 0)}\n")
    return 0


def _again(first: Suspect | None, found: Iterator[Suspect]) -> Iterator[Suspect]:
    if first is not None:
        yield first
        yield from found


def _check(options: ScanOptions) -> None:
    modes = [options.staged, options.history, options.since is not None, options.commit_range is not None]
    if "-" in options.paths and (len(options.paths) > 1 or any(modes)):
        raise _usage_error("- (standard input) stands alone", "name paths, or pipe one text in")
    if options.commit_range is not None and not options.history:
        modes[1] = options.history = True
        modes[3] = False
    if options.dangling and (not options.history or options.commit_range is not None):
        raise _usage_error("--dangling goes with --history alone", "run strongroom scan --history --dangling")
    if sum(modes[:3]) > 1:
        raise _usage_error("--staged, --since and --history exclude each other", "run one after the other")
    if options.baseline is not None and not os.path.exists(options.baseline):
        raise _usage_error(
            f"the baseline {options.baseline} does not exist",
            f"make it: strongroom baseline create --baseline {options.baseline}",
        )
    if (options.review or options.request is not None) and not (options.review and options.since):
        raise _usage_error("--review goes with --since BASE", "strongroom scan --since origin/main --review")
    if options.verify or options.verify_hosts:
        _check_verify(options)
    if options.show_secrets and options.output is not None:
        raise _usage_error("--show-secrets writes to standard output only", "leave --output away")


def _check_verify(options: ScanOptions) -> None:
    if not options.verify:
        raise _usage_error("--verify-host goes with --verify", "add --verify, or leave --verify-host away")
    if options.staged or any(name in os.environ for name in _IN_A_HOOK):
        raise _usage_error(
            "--verify is not for hooks: a commit waits for nobody's server", "run strongroom scan --verify by itself"
        )
    from scanner.verify.hosts import read_hosts

    read_hosts(options.verify_hosts)


def _settings(options: ScanOptions) -> Settings:
    if options.no_cache:
        os.environ[NO_CACHE] = "1"
    settings = settings_of(root_of(options), options.config_file)
    settings.min_confidence = options.min_confidence or settings.min_confidence
    settings.analysis = options.analysis or settings.analysis
    settings.explain = options.explain or settings.explain
    settings.verify = options.verify
    return settings


def _rule_paths(options: ScanOptions) -> tuple[str, ...]:
    return (_own_rules(), *(os.path.abspath(path) for path in options.rule_paths))


def _own_rules() -> str:
    beside = os.path.join(_OURS, "rules")
    packed = os.path.join(_OURS, "scanner", "_rules")
    return beside if os.path.isfile(os.path.join(beside, "schema.json")) else packed


def _source(options: ScanOptions) -> Source:
    from scanner.sources import open_source, open_stdin

    if "-" in options.paths:
        return open_stdin(sys.stdin.buffer)
    return open_source(
        options.paths or (".",), staged=options.staged, since=options.since, submodules=options.submodules
    )


def _engine(options: ScanOptions) -> Engine:
    """Return the best engine there is: a hook takes what stands ready, others make what would be faster."""
    found = ready(_rule_paths(options))
    if found is not None and (found.fast or options.staged):
        return found
    from scanner.prefilter.choose import installed, prepared

    if options.staged:
        # Said once: from then on the keywords at least stand ready.
        sys.stderr.write("note: the rules are not compiled yet, so this is slower; `strongroom scan` compiles them\n")
    elif sys.stderr.isatty():
        sys.stderr.write("compiling the rules, which is done once...\n")
    book = _book(options)
    if options.rule_paths and (found is None or installed()):
        from scanner.rulecheck import without_runaways

        book, notes = without_runaways(book)
        _say(notes)
    return prepared(book, compiled=not options.staged)


def _book(options: ScanOptions, engine: Engine | None = None) -> RuleBook:
    from scanner.rulebook.loader import load_rulebook

    book = load_rulebook(options.rule_paths, stamps=engine.document["stamps"] if engine is not None else None)
    _say(book.notes)
    return book


def _say(notes: Iterable[str]) -> None:
    for note in notes:
        sys.stderr.write(f"note: {note}\n")


def _progress(options: ScanOptions) -> Callable[[int], None] | None:
    if options.staged or not sys.stderr.isatty():
        return None
    from strongroom.cli.progress import Progress

    return Progress(sys.stderr).heard


def _report(
    options: ScanOptions,
    settings: Settings,
    engine: Engine,
    source: Source,
    found: Iterator[Suspect],
    tally: Tally,
    started: float,
) -> int:
    baseline = baseline_of(options)
    book = _book(options, engine)
    result = _examined(options, settings, engine, source, found, tally, started, book)
    return _done(result, options, settings, book, baseline)


def _examined(
    options: ScanOptions,
    settings: Settings,
    engine: Engine,
    source: Source,
    found: Iterator[Suspect],
    tally: Tally,
    started: float,
    book: RuleBook,
) -> ScanResult:
    from datetime import date

    from scanner.examine import Examiner
    from scanner.pipeline import examined
    from scanner.sources import around_of

    key = os.urandom(32)
    config = config_of(settings)
    examiner = Examiner(book, config, key, date.today(), engine, around=lambda: around_of(source))
    result = examined(found, examiner, tally, started)
    if options.since is None:
        return result
    from strongroom.cli.pasts import with_commits

    return with_commits(result, options, settings, engine, book, key)


def config_of(settings: Settings) -> ScanConfig:
    """Return the settings as the scanner's types."""
    from scanner.config import Analysis, ScanConfig
    from scanner.model import Confidence

    return ScanConfig(
        min_confidence=Confidence(settings.min_confidence),
        analysis=Analysis(settings.analysis),
        exclude=settings.exclude,
        explain=settings.explain,
        verify=settings.verify,
    )


def _done(
    result: ScanResult, options: ScanOptions, settings: Settings, book: RuleBook, baseline: Baseline | None
) -> int:
    if baseline is not None:
        from scanner.baseline.applied import applied
        from scanner.model import Confidence

        least = Confidence(settings.min_confidence)
        result = applied(result, baseline, whole=whole_tree(options), least=least)
    if options.verify:
        from strongroom.cli.verifying import verified

        result = verified(result, options.verify_hosts, book)
    _write(result, options, settings, book)
    for error in result.errors:
        sys.stderr.write(f"warning: {error.path}: {error.message}\n")
    if options.review:
        from pathlib import Path

        from strongroom.cli.review_comments import comment

        comment(Path(options.paths[0] if options.paths else "."), result.open_findings, options.request)
    return exit_status(result, exit_zero=options.exit_zero)


def _write(result: ScanResult, options: ScanOptions, settings: Settings, book: RuleBook) -> None:
    from scanner.reports.formats import write_report

    if options.output is None:
        write_report(options.form, result, sys.stdout, _report_options(options, settings, book, _color(sys.stdout)))
        return
    import io
    from pathlib import Path

    from strongroom.kernel.files import write_atomic

    text = io.StringIO()
    write_report(options.form, result, text, _report_options(options, settings, book, color=False))
    write_atomic(Path(options.output), text.getvalue().encode("utf-8", "surrogateescape"))


def _report_options(options: ScanOptions, settings: Settings, book: RuleBook, color: bool) -> ReportOptions:
    from scanner.reports.formats import ReportOptions
    from strongroom.kernel.clock import utc_now

    return ReportOptions(
        show_secrets=options.show_secrets, explain=settings.explain, rules=book.rules, finished=utc_now(), color=color
    )


def _color(stream: TextIO) -> bool:
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()


def _usage_error(message: str, hint: str) -> Exception:
    from strongroom.kernel.errors import UsageError

    return UsageError(message, hint=hint)
