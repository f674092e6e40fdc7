"""Findings of one repository as plain data, with what only the repository itself can tell of them.

Who owns the file, what its own baseline and markers accept and why, and for what no history knows, whose commit brought
the line in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from scanner.audit.blame import blamed
from scanner.audit.joined import together
from scanner.audit.model import Outcome
from scanner.audit.owners import PLACES, Owners
from scanner.baseline.file import parsed
from scanner.baseline.model import Baseline, Entry, Label, check_of
from scanner.model import Allowance, Commit, Finding, ScanError, ScanResult, SuppressedBy
from scanner.reports.record import commit_record, finding_record
from scanner.settings import BASELINE_FILE
from scanner.sources.gitdir import GitDir
from scanner.sources.gitrun import Git
from strongroom.kernel.errors import UsageError
from strongroom.kernel.inert import whole
from strongroom.kernel.record import replace

_MOST_BLAMED = 200
"""Lines of one repository whose commit git is asked for."""


class Examined:
    """One repository, opened for questions as long as a `with` block lasts; a folder without git answers none."""

    def __init__(self, found: GitDir | None) -> None:
        self._found = found
        self._git: Git | None = None
        self._opened = ExitStack()
        self._errors: list[ScanError] = []
        self._blamed = 0
        self._today = datetime.now(UTC).date().isoformat()
        self._used: set[tuple[str, str]] = set()
        self._places: dict[str, list[Entry]] = {}
        self._files: dict[str, bytes | None] | None = None

    def __enter__(self) -> Examined:
        if self._found is not None:
            self._git = self._opened.enter_context(Git(self._found))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    def outcome(self, findings: Sequence[Finding], tree: ScanResult | None, history: ScanResult | None) -> Outcome:
        """Return what came of looking at the repository, without any value."""
        owners = Owners.of_tree(self.read)
        baseline = self._baseline()
        self._places = baseline.places() if baseline is not None else {}
        markers = _in_force(tree)
        records = [self._record(one, owners, baseline, markers) for one in findings]
        past = [one for one in records if "last_commit" in one]
        records = together([one for one in records if "last_commit" not in one], past)
        results = [each for each in (tree, history) if each is not None]
        errors = list(dict.fromkeys([*(error for each in results for error in each.errors), *self._errors]))
        return {
            "findings": [self._with_commit(one) for one in records],
            "errors": [{"path": whole(error.path), "message": whole(error.message)} for error in errors],
            "suppressions": [*_markers(tree), *_entries(baseline, self._used, self._today)],
            "coverage": self._coverage(results),
        }

    def read(self, path: str) -> bytes | None:
        """Return a file of HEAD that may say something of findings, None where there is none."""
        if self._files is None:
            self._files = dict(self._read_all())
        return self._files.get(path)

    def _read_all(self) -> Iterator[tuple[str, bytes | None]]:
        if self._git is None or self._git.head is None:
            return
        paths = (*PLACES, BASELINE_FILE)
        contents = self._git.read_objects([f"{self._git.head}:{path}" for path in paths])
        for path, (_, content) in zip(paths, contents, strict=True):
            yield path, content if isinstance(content, bytes) else None

    def _record(self, one: Finding, owners: Owners, baseline: Baseline | None, markers: Markers) -> dict[str, Any]:
        entry = self._entry_of(one, baseline)
        if one.suppressed_by is None and entry is not None and entry.in_force(self._today):
            one = replace(one, suppressed_by=SuppressedBy.BASELINE)
        owner, source = _owner(one, owners)
        excerpt = one.excerpt
        return {
            **finding_record(one, show_secrets=False),
            "binding": whole(one.binding),
            "blob": one.blob_id,
            "span": [one.span.start, one.span.end],
            "removed": _removal(one.removed),
            **_accepted(one, entry, markers),
            "owner": owner,
            "owner_source": source,
            "excerpt": None
            if excerpt is None
            else {"line": one.region.start_line, "before": whole(excerpt.before), "after": whole(excerpt.after)},
        }

    def _with_commit(self, one: dict[str, Any]) -> dict[str, Any]:
        """Return a finding that no history knows with the commit that brought its line in."""
        if one["commit"] is not None or self._git is None or self._blamed >= _MOST_BLAMED:
            return one
        self._blamed += 1
        commit = blamed(self._git, one["path"].partition("!")[0], one["start_line"])
        if commit is None:
            return one
        owner = {} if one["owner"] else {"owner": author(commit), "owner_source": "blame"}
        return {**one, "commit": commit_record(commit), **owner}

    def _entry_of(self, one: Finding, baseline: Baseline | None) -> Entry | None:
        """Return the entry of the repository's own baseline that is about a finding's place and value."""
        known = self._places.get(one.fingerprint)
        if baseline is None or known is None:
            return None
        check = check_of(one, baseline.salt)
        entry = next((each for each in known if each.check == check), None)
        if entry is not None:
            self._used.add(entry.key)
        return entry

    def _baseline(self) -> Baseline | None:
        data = self.read(BASELINE_FILE)
        if data is None:
            return None
        try:
            return parsed(data, BASELINE_FILE)
        except UsageError as error:
            self._errors.append(ScanError(path=BASELINE_FILE, message=error.message))
            return None

    def _coverage(self, results: Sequence[ScanResult]) -> dict[str, Any]:
        """Return what was covered: by this look, or by an earlier one that found nothing there."""
        stats = [each.stats for each in results]
        skipped: Counter[str] = Counter()
        for each in stats:
            skipped.update(each.skipped)
            skipped.update(each.known.skipped)
        return {
            "head": self._git.head if self._git is not None else None,
            "commits": max((each.commits for each in stats), default=0),
            "files": sum(each.files + each.known.files for each in stats),
            "bytes": sum(each.bytes + each.known.bytes for each in stats),
            "skipped": dict(sorted(skipped.items())),
        }


_LABELS = {Label.TRUE: True, Label.FALSE: False, None: None}
Markers = dict[str, list[Allowance]]


def _in_force(tree: ScanResult | None) -> Markers:
    """Return the markers that accept something, by path."""
    found: Markers = {}
    for one in tree.stats.allowances.used if tree is not None else ():
        found.setdefault(one.path, []).append(one)
    return found


def _accepted(one: Finding, entry: Entry | None, markers: Markers) -> dict[str, Any]:
    """Return why, and until when, a finding is accepted, and what a review called it."""
    if one.suppressed_by is SuppressedBy.INLINE:
        lines = range(one.region.start_line - 1, one.region.end_line + 1)
        marker = next((each for each in markers.get(one.path, ()) if each.line in lines), None)
        reason, expires = (marker.reason, marker.expires) if marker is not None else ("", "")
        return {"reason": whole(reason) or None, "expires": expires or None, "label": None}
    if entry is None:
        return {"reason": None, "expires": None, "label": None}
    return {
        "reason": whole(entry.reason) or None,
        "expires": entry.expires or None,
        "label": getattr(entry, "label", "") or None,
    }


def _owner(one: Finding, owners: Owners) -> tuple[str | None, str | None]:
    named = owners.owner(one.path.partition("!")[0])
    if named is not None:
        return whole(named), "codeowners"
    return (None, None) if one.commit is None else (author(one.commit), "commit")


def author(commit: Commit) -> str:
    """Return who made a commit, as git writes it."""
    return whole(f"{commit.author} <{commit.email}>")


def _removal(commit: Commit | None) -> dict[str, str] | None:
    told = commit_record(commit)
    return told and {name: told[name] for name in ("sha", "author", "date", "summary")}


def _markers(tree: ScanResult | None) -> list[dict[str, Any]]:
    if tree is None:
        return []
    said = tree.stats.allowances
    groups = (
        ("in force", said.used),
        ("unused", said.unused),
        ("expired", said.expired),
        ("malformed", said.malformed),
    )
    return [
        {
            "path": whole(one.path),
            "line": one.line,
            "rule_id": whole(one.rule) or None,
            "kind": "inline",
            "tool": one.tool,
            "reason": whole(one.reason) or None,
            "expires": one.expires or None,
            "state": state,
            "message": whole(one.message) or None,
        }
        for state, group in groups
        for one in group
    ]


def _entries(baseline: Baseline | None, used: set[tuple[str, str]], today: str) -> list[dict[str, Any]]:
    return [
        {
            "path": whole(one.path),
            "line": None,
            "rule_id": whole(one.rule_id),
            "kind": "baseline",
            "tool": "strongroom",
            "reason": whole(one.reason) or None,
            "expires": one.expires or None,
            "state": _state_of(one, used, today),
            "message": None,
        }
        for one in (baseline.entries if baseline is not None else ())
        if one.accepts
    ]


def _state_of(entry: Entry, used: set[tuple[str, str]], today: str) -> str:
    if entry.key not in used:
        return "unused"
    return "in force" if entry.in_force(today) else "expired"
