"""The main flow of a scan of a history.

1. git's log says which blobs commits brought in; it is spooled, since most of what it says is never needed.
2. Each blob is sifted once. What hits is confirmed without its path; the same line recurs in thousands of versions of
   a file, so a confirmation is remembered by rule and text.
3. For the few blobs that stand, the spooled log gives paths and commits. Of versions in which the same texts stand one
   is examined; its findings carry the first commit, the last, and how many versions there are.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime

from scanner.bearing import Bearing
from scanner.config import Analysis, ScanConfig, excluded
from scanner.containers.unpacked import unpacked
from scanner.decoding.leads import follow_leads
from scanner.examine import Examiner
from scanner.history.clean import CleanBlobs
from scanner.history.sifting import sifted_blobs
from scanner.history.versions import Versions, orphans, versions
from scanner.items import Blob, Packed, ScanError
from scanner.model import Commit, Confidence, Covered, Finding, ScanResult, ScanStats
from scanner.prefilter.choose import Engine
from scanner.remediate import OUT_OF_HEAD
from scanner.rulebook.model import RuleBook
from scanner.sift import Suspect, Tally
from scanner.sources.content import item_of, readable, shown_path
from scanner.sources.gitdir import GitDir, GitDirError
from scanner.sources.gitrun import Git
from scanner.sources.log import ages, all_objects, blobs_of, spooled_log, start_points, uncommitted
from scanner.sources.names import commit_named
from scanner.sources.revision import below, repository_of
from scanner.sources.staged import added_lines
from strongroom.kernel.record import replace


def scan_history(
    path: str,
    book: RuleBook,
    config: ScanConfig,
    engine: Engine,
    *,
    commit_range: str | None = None,
    dangling: bool = False,
    jobs: int = 1,
    secret_key: bytes | None = None,
    part: tuple[int, int] = (0, 1),
    heard: Callable[[bytes], None] | None = None,
    progress: Callable[[int], None] | None = None,
) -> ScanResult:
    """Return what stands in any version that a ref of the repository at `path` reaches, or one of `commit_range`.

    With `dangling` also what no ref reaches: commits that were amended or dropped, and contents that never were in one.
    `part` (number, of how many) limits it to the paths of one part of the history, so that several can share it out.
    `heard` gets every stretch of a text that the version before it is without, so that all is read anew.
    Texts are not followed as programs: that would need the whole tree of each commit. Raises `UsageError`.
    """
    started = time.monotonic()
    absolute = os.path.abspath(path)
    found = repository_of(absolute)
    config = replace(config, analysis=Analysis.OFF)
    examiner = Examiner(book, config, secret_key or os.urandom(32), date.today(), engine)
    tally = Tally()
    findings: list[Finding] = []
    commits, known = 0, Tally()
    try:
        with Git(found) as git:
            spool, revisions = _log(git, found, commit_range, tally, dangling=dangling)
            clean = CleanBlobs(found.common, engine, part)
            brought, commits = blobs_of(spool, part)
            loose = uncommitted(git, brought) if dangling else []
            names = [*brought, *loose] if heard is not None else list(clean.unknown([*brought, *loose]))
            known = Tally() if heard is not None else clean.tally
            standing, empty = sifted_blobs(
                git, names, engine, examiner, tally, jobs=jobs, heard=heard, progress=progress
            )
            clean.add(empty)
            clean.keep()
            ranks = ages(git, revisions) if standing else {}
            stood = [*versions(spool, standing, ranks), *orphans(loose, standing)]
            stood = _wanted(stood, below(found, absolute), config, tally)
            # What stood before a range is not what its commits bring in.
            added_only = commit_range is not None
            findings.extend(_findings(git, stood, engine, examiner, config, ranks, added_only=added_only))
    except GitDirError as error:
        tally.errors.append(ScanError(path=".git", message=f"{error}; the history cannot be read to its end"))
    tally.errors.extend(examiner.errors)
    return _result(findings, tally, known, commits, time.monotonic() - started)


def _log(git: Git, found: GitDir, commit_range: str | None, tally: Tally, *, dangling: bool) -> tuple[str, list[str]]:
    """Spool the log, and count what could not be walked; return the file and from where it was walked."""
    tally.errors.extend(ScanError(path=".git", message=note) for note in git.notes)
    if commit_range is None:
        revisions, bad = start_points(git, found)
        tally.errors.extend(ScanError(path=f".git: {name}", message=reason) for name, reason in bad)
        revisions += all_objects(git, "commit") if dangling else []
    else:
        revisions = _ends(git, found, commit_range)
    spool, said = spooled_log(git, revisions)
    if said:
        tally.errors.append(ScanError(path=".git", message=f"{said}; what lies behind it is not read"))
    return spool, revisions


def _ends(git: Git, found: GitDir, commit_range: str) -> list[str]:
    first, dots, last = commit_range.partition("..")
    if not dots or last.startswith("."):
        from strongroom.kernel.errors import UsageError

        raise UsageError(f"{commit_range} is no range of commits", hint="write it as REV..REV")
    return [commit_named(git, found, last or "HEAD"), "^" + commit_named(git, found, first or "HEAD")]


def _wanted(found: list[Versions], folder: str, config: ScanConfig, tally: Tally) -> list[Versions]:
    wanted = []
    for one in found:
        path = os.fsdecode(one.path)
        if folder and not (path + "/").startswith(folder + "/"):
            continue
        if config.exclude and excluded(path, config.exclude):
            tally.skip("excluded")
            continue
        wanted.append(one)
    return wanted


def _findings(
    git: Git,
    stood: Sequence[Versions],
    engine: Engine,
    examiner: Examiner,
    config: ScanConfig,
    ranks: Mapping[bytes, int],
    *,
    added_only: bool,
) -> Iterator[Finding]:
    """Yield one finding for each fingerprint and value, with its first commit, its last, and its versions.

    With `added_only` only lines count that the versions add to what they replace.
    """
    low = config.explain or config.min_confidence is Confidence.LOW
    bearing = Bearing(engine.document, low=low)
    held = files_of_head(git)
    joined: dict[tuple[str, str], Finding] = {}
    contents = git.read_objects([one.blob.decode() for one in stood])
    befores = _befores(git, stood) if added_only else {}
    for one, (name, raw) in zip(stood, contents, strict=True):
        in_head = any((version, one.path) in held for version in one.blobs)
        for blob in _texts(one, name, raw, befores):
            blob.commit, blob.in_head = one.first, False
            suspect = Suspect(blob, engine.sieve.hits(blob.data), [])
            follow_leads(suspect, bearing.encoded, engine.sieve, bearing.weighed)
            suspect.hits = bearing.weighed(blob.path, blob.data, suspect.hits)
            for finding in examiner.examine(suspect)[0]:
                found = replace(finding, last_commit=one.last, occurrences=one.number, in_head=in_head)
                if not in_head:
                    found = replace(found, removed=one.removed, remediation=OUT_OF_HEAD)
                key = (found.fingerprint, found.secret_id)
                joined[key] = _joined(joined[key], found, ranks) if key in joined else found
    yield from joined.values()


def _texts(one: Versions, name: str, raw: bytes | str | None, befores: Mapping[bytes | None, bytes]) -> Iterator[Blob]:
    """Yield the text of a version, or those of its members where it is an archive."""
    item = item_of(shown_path(os.fsdecode(one.path)), raw, blob_id=name) if raw is not None else None
    if isinstance(item, Packed):
        yield from (inner for inner in unpacked(item) if isinstance(inner, Blob))
    elif isinstance(item, Blob):
        if one.before in befores:
            item.added_lines = added_lines(befores[one.before], item.data)
        yield item


def _befores(git: Git, stood: Sequence[Versions]) -> dict[bytes | None, bytes]:
    """Return the text of each blob that a version replaced, by its name."""
    names = list(dict.fromkeys(one.before for one in stood if one.before is not None))
    texts: dict[bytes | None, bytes] = {}
    for name, (_, raw) in zip(names, git.read_objects([name.decode() for name in names]), strict=True):
        text = readable(raw) if isinstance(raw, bytes) else None
        if isinstance(text, bytes):
            texts[name] = text
    return texts


def _joined(one: Finding, other: Finding, ranks: Mapping[bytes, int]) -> Finding:
    first, second = sorted((one, other), key=lambda finding: _age(finding.commit, ranks))
    in_head = one.in_head or other.in_head
    return replace(
        first,
        last_commit=max((one.last_commit, other.last_commit), key=lambda commit: _age(commit, ranks)),
        occurrences=first.occurrences + second.occurrences,
        in_head=in_head,
        removed=None if in_head else _later(one.removed, other.removed, ranks),
        remediation=(one if one.in_head else other).remediation,
    )


def _later(one: Commit | None, other: Commit | None, ranks: Mapping[bytes, int]) -> Commit | None:
    return max((one, other), key=lambda commit: (commit is not None, _age(commit, ranks)))


def _age(commit: Commit | None, ranks: Mapping[bytes, int]) -> tuple[int, float]:
    """Return what orders commits from the first to the last: by descent, and where that does not tell, by date."""
    return -ranks.get(commit.sha.encode(), 0) if commit is not None else 0, _when(commit)


def _when(commit: Commit | None) -> float:
    try:
        return datetime.fromisoformat(commit.date).timestamp() if commit is not None else 0.0
    except ValueError:
        return 0.0


def files_of_head(git: Git) -> set[tuple[bytes, bytes]]:
    """Return (blob in hex, path) of the files of HEAD."""
    if git.head is None:
        return set()
    try:
        listed = git.run("ls-tree", "-r", "-z", "--full-tree", git.head).split(b"\0")
    except GitDirError:
        return set()
    entries = (entry.split(b"\t", 1) for entry in listed if entry)
    return {(head.split(b" ")[2], path) for head, path in entries}


def _result(findings: list[Finding], tally: Tally, known: Tally, commits: int, seconds: float) -> ScanResult:
    stats = ScanStats(
        known=Covered(files=known.files, bytes=known.bytes, skipped=known.skipped),
        files=tally.files,
        bytes=tally.bytes,
        commits=commits,
        seconds=seconds,
        suppressed=sum(1 for finding in findings if finding.suppressed_by is not None),
        skipped=dict(sorted(tally.skipped.items())),
    )
    ordered = sorted(findings, key=lambda one: (one.path, one.span, one.rule_id, _when(one.commit)))
    return ScanResult(findings=tuple(ordered), errors=tuple(tally.errors), stats=stats)
