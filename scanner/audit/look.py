"""What a worker does for one task: the tree and the history of a repository, looked at and put together.

It has no effects but on caches, so a task may be done twice, or half, and again.
"""

from __future__ import annotations

import time
from contextlib import nullcontext
from pathlib import Path

from scanner.audit.collected import Collected
from scanner.audit.examined import Examined
from scanner.audit.leaks import Leaks
from scanner.audit.locations import Login
from scanner.audit.mirrors import MirrorError, Mirrors
from scanner.audit.model import Options, Outcome, Part, Task
from scanner.config import Analysis, ScanConfig
from scanner.history.flow import scan_history
from scanner.items import Blob, Source
from scanner.model import Confidence, Finding, ScanResult
from scanner.pipeline import scan
from scanner.prefilter.choose import Engine, prepared
from scanner.rulebook.loader import load_rulebook
from scanner.rulebook.model import RuleBook
from scanner.sources import open_source
from scanner.sources.gitdir import GitDir, GitDirError, find_git_dir, head_commit
from scanner.sources.packs import object_count
from scanner.sources.revision import RevisionSource
from strongroom.kernel.errors import StrongroomError
from strongroom.kernel.inert import whole
from strongroom.kernel.record import Record

_WORTH_SPLITTING = 2_000_000
_OBJECTS_A_PART = 500_000
_MOST_PARTS = 16


class Equipment(Record):
    """What a worker has ready for all tasks of an audit."""

    options: Options
    key: bytes
    audit: str
    """What tells this audit from every other: a mirror is brought up to date once for each."""
    book: RuleBook
    engine: Engine
    mirrors: Mirrors
    vault_key: bytes = b""
    """What digests of texts are made with, where a vault is to be asked about them; else empty."""
    spool: str = ""
    """The folder for files of such digests; empty where they go into outcomes."""

    def __repr__(self) -> str:
        return "<equipment of an audit>"


def equipment(
    options: Options, key: bytes, audit: str, cache: str, *, vault_key: bytes = b"", spool: str = ""
) -> Equipment:
    """Return what the tasks of `audit` need; `cache` is the folder of mirrors. Raises `UsageError` for broken rules."""
    book = load_rulebook(options.rule_paths)
    return Equipment(
        options=options,
        key=key,
        audit=audit,
        book=book,
        engine=prepared(book),
        mirrors=Mirrors(Path(cache)),
        vault_key=vault_key,
        spool=spool,
    )


def looked_at(task: Task, login: Login | None, ready: Equipment) -> Outcome:
    """Return what came of `task`; what keeps a repository from being read is told, not raised."""
    started = time.monotonic()
    try:
        place = _place(task, login, ready)
        found = find_git_dir(place)
        parts = _parts(task, found)
        if parts > 1:
            return {"split": parts}
        if task.part.kind == "held":
            outcome = _held(task, place, found, ready)
        else:
            outcome = _examined(task.part, place, found, ready)
    except (MirrorError, GitDirError, StrongroomError, OSError) as error:
        return {"failed": whole(_words(error)), "part": task.part.kind}
    outcome["coverage"] |= {"part": task.part.kind, "seconds": round(time.monotonic() - started, 3)}
    return outcome


def _place(task: Task, login: Login | None, ready: Equipment) -> str:
    location = task.repository.location
    if location.startswith("/"):
        if not Path(location).is_dir():
            raise MirrorError("the folder is gone")
        return location
    return str(ready.mirrors.brought_up_to_date(location, login, ready.audit))


def _words(error: Exception) -> str:
    if isinstance(error, StrongroomError):
        return error.message
    return f"{error.strerror}" if isinstance(error, OSError) else str(error)


def _parts(task: Task, found: GitDir | None) -> int:
    """Return in how many parts a history is best looked at: each reads all of the log, so few are worth it."""
    if not task.may_split or found is None:
        return 1
    objects = object_count(found)
    return min(-(-objects // _OBJECTS_A_PART), _MOST_PARTS) if objects >= _WORTH_SPLITTING else 1


def _examined(part: Part, place: str, found: GitDir | None, ready: Equipment) -> Outcome:
    texts = Collected(ready.vault_key, ready.spool) if ready.vault_key else None
    with texts or nullcontext():
        past = found is not None and ready.options.history
        tree = history = None
        if part.kind in ("whole", "tree"):
            # Where the history is read, what is in HEAD is heard there.
            tree = _tree(place, found, ready, None if past else texts)
        if past and part.kind in ("whole", "history"):
            history = _history(place, part, ready, texts)
        findings = [one for result in (tree, history) if result is not None for one in result.findings]
        if ready.options.verify:
            findings = _verified(findings, ready)
        with Examined(found) as examined:
            outcome = examined.outcome(findings, tree, history)
        return outcome if texts is None else {**outcome, "digests": texts.handed_over()}


def _held(task: Task, place: str, found: GitDir | None, ready: Equipment) -> Outcome:
    """Return where the values stand that a vault holds."""
    leaks = Leaks([bytes.fromhex(each) for each in task.wanted], ready.vault_key, ready.key)
    if found is not None and ready.options.history:
        findings = leaks.in_history(found)
    else:
        source = _source(place, found)
        blobs = (item for item in source or () if isinstance(item, Blob))
        findings = [one for blob in blobs for one in leaks.in_text(blob.path, blob.data)]
    with Examined(found) as examined:
        return {**examined.outcome(findings, None, None), "encodings": leaks.encodings}


def _tree(place: str, found: GitDir | None, ready: Equipment, texts: Collected | None) -> ScanResult | None:
    """Return what stands in HEAD, or in a folder without git; None where there is no commit yet."""
    source = _source(place, found)
    if source is None:
        return None
    heard = source if texts is None else texts.hearing(source)
    return scan(heard, ready.book, _config(ready.options), engine=ready.engine, secret_key=ready.key)


def _source(place: str, found: GitDir | None) -> Source | None:
    if found is None:
        return open_source([place])
    return None if head_commit(found) is None else RevisionSource(found.top, "HEAD")


def _history(place: str, part: Part, ready: Equipment, texts: Collected | None) -> ScanResult:
    share = (part.number, part.of) if part.kind == "history" else (0, 1)
    heard = None if texts is None else texts.heard
    config = _config(ready.options)
    return scan_history(place, ready.book, config, ready.engine, secret_key=ready.key, part=share, heard=heard)


def _config(options: Options) -> ScanConfig:
    return ScanConfig(
        min_confidence=Confidence(options.min_confidence),
        analysis=Analysis(options.analysis),
        exclude=options.exclude,
        verify=options.verify,
    )


def _verified(findings: list[Finding], ready: Equipment) -> list[Finding]:
    from scanner.verify.gate import Gate
    from scanner.verify.hosts import read_hosts
    from scanner.verify.reach import Reach

    gate = Gate(ready.book.by_id, Reach(read_hosts(ready.options.verify_hosts)))
    return list(gate.verified(findings))
