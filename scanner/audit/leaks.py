"""Where values that a vault holds stand in a repository: a second look, at repositories only that have one.

all versions ─▶ stretches that spell or encode such a value ─▶ versions that hold one ─▶ findings with commits
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator

from scanner.audit.held.places import Place, locate
from scanner.containers.unpacked import unpacked
from scanner.excerpt import bare, excerpt
from scanner.fingerprint import fingerprints
from scanner.history.flow import files_of_head
from scanner.history.version import Reach, Version
from scanner.history.versions import Versions, versions
from scanner.items import Blob, Packed
from scanner.lines import LineIndex
from scanner.model import (
    Candidate,
    Commit,
    Confidence,
    Evidence,
    EvidenceKind,
    Excerpt,
    Finding,
    Remediation,
    Severity,
    Span,
)
from scanner.sources.content import item_of, readable, shown_path
from scanner.sources.gitdir import GitDir
from scanner.sources.gitrun import Git
from scanner.sources.log import ages, blobs_of, spooled_log, start_points
from strongroom.kernel.record import replace

RULE_ID, RULE_NAME = "managed-secret", "Value of a secret in the vault"
_ADVICE = "the vault holds it already: read it from there, and rotate it"
_MASK = "•" * 8
_ID = 16
_REACH = Reach(4096, [])
"""Versions are told apart by their lines, whatever stands in them."""


class Leaks:
    """Looks for texts by their digests; every value stays in this process."""

    def __init__(self, wanted: Collection[bytes], vault_key: bytes, audit_key: bytes) -> None:
        """`wanted` are digests under `vault_key`; findings carry digests of the values under `audit_key`."""
        self._wanted = frozenset(wanted)
        self._vault_key = vault_key
        self._audit_key = audit_key
        self.encodings: dict[str, tuple[str, str]] = {}
        """The digest under the vault's key (hex) and the encoding of each value, by its digest under the audit's."""

    def in_history(self, found: GitDir) -> list[Finding]:
        """Return the leaks in all commits of a repository, each place once, from its first commit to its last."""
        with Git(found) as git:
            revisions, _ = start_points(git, found)
            spool, _ = spooled_log(git, revisions)
            names, _ = blobs_of(spool)
            stretches = self._stretches(_texts(git, names))
            standing = dict(_standing(_texts(git, names), names, stretches))
            stood = versions(spool, standing, ages(git, revisions)) if standing else []
            held = files_of_head(git)
            joined: dict[tuple[str, str], Finding] = {}
            for one, (_, raw) in zip(stood, git.read_objects([one.blob.decode() for one in stood]), strict=True):
                path = shown_path(os.fsdecode(one.path))
                there = any((version, one.path) in held for version in one.blobs)
                for blob in _blobs(path, raw):
                    for finding in self.in_text(blob.path, blob.data):
                        later = _with_past(finding, one, there=there)
                        key = (later.fingerprint, later.secret_id)
                        joined[key] = _earlier(joined[key], later) if key in joined else later
        return list(joined.values())

    def in_text(self, path: str, data: bytes) -> list[Finding]:
        """Return the leaks in one text."""
        places = locate(data, self._wanted, self._vault_key)
        if not places:
            return []
        lines = LineIndex(data)
        candidates = [_candidate(place) for place in places]
        spans = _disjoint(candidates)
        names = fingerprints(path, lines, candidates, spans)
        return [
            self._finding(path, lines, candidate, place, fingerprint, bare(excerpt(lines, candidate, spans)))
            for candidate, place, fingerprint in zip(candidates, places, names, strict=True)
        ]

    def _stretches(self, texts: Iterable[bytes | None]) -> set[bytes]:
        """Return the very bytes that spell or encode a wanted value in what any version adds to the one before."""
        found: set[bytes] = set()
        last: Version | None = None
        for data in texts:
            if data is not None:
                last = Version(data, last, _REACH)
                for start, end, _, _ in last.new:
                    part = data[start:end]
                    found.update(part[place.start : place.end] for place in self._located(part))
                last.let_go()
        return found

    def _located(self, data: bytes) -> list[Place]:
        return locate(data, self._wanted, self._vault_key)

    def _finding(
        self, path: str, lines: LineIndex, candidate: Candidate, place: Place, fingerprint: str, around: Excerpt
    ) -> Finding:
        secret_id = candidate.value.digest(self._audit_key)[:_ID]
        self.encodings[secret_id] = (place.digest.hex(), place.encoding)
        return Finding(
            fingerprint=fingerprint,
            secret_id=secret_id,
            rule_id=RULE_ID,
            rule_name=RULE_NAME,
            severity=Severity.CRITICAL,
            confidence=Confidence.HIGH,
            path=path,
            region=lines.region(candidate.span),
            span=candidate.span,
            value=candidate.value,
            preview=_MASK,
            binding="",
            evidence=candidate.evidence,
            remediation=Remediation(fixable=False, strategy="manual", reason=_ADVICE),
            excerpt=around,
        )


def _candidate(place: Place) -> Candidate:
    return Candidate(
        rule_id=RULE_ID,
        span=Span(start=place.start, end=place.end),
        value=place.value,
        confidence=Confidence.HIGH,
        evidence=(Evidence(kind=EvidenceKind.CHECK, detail=f"the vault holds this value ({place.encoding})"),),
    )


def _texts(git: Git, names: list[bytes]) -> Iterator[bytes | None]:
    """Yield the text of each blob, those of an archive's members as one; None where there is none."""
    for _, raw in git.read_objects([name.decode() for name in names]):
        data = readable(raw) if isinstance(raw, bytes) else None
        if isinstance(data, bytes):
            yield data
        else:
            members = [blob.data for blob in _blobs("", raw)]
            yield b"\n".join(members) if members else None


def _blobs(path: str, raw: bytes | str | None) -> Iterator[Blob]:
    item = item_of(path, raw) if raw is not None else None
    if isinstance(item, Packed):
        yield from (inner for inner in unpacked(item) if isinstance(inner, Blob))
    elif isinstance(item, Blob):
        yield item


def _standing(
    texts: Iterable[bytes | None], names: list[bytes], stretches: Collection[bytes]
) -> Iterator[tuple[bytes, frozenset[int]]]:
    """Yield the blobs that hold a stretch, each with the numbers of those that it holds."""
    numbered = list(enumerate(sorted(stretches)))
    if not numbered:
        return
    for name, data in zip(names, texts, strict=True):
        held = frozenset(number for number, stretch in numbered if data is not None and stretch in data)
        if held:
            yield name, held


def _with_past(finding: Finding, one: Versions, *, there: bool) -> Finding:
    return replace(
        finding,
        commit=one.first,
        last_commit=one.last,
        occurrences=one.number,
        in_head=there,
        removed=None if there else one.removed,
    )


def _earlier(one: Finding, other: Finding) -> Finding:
    """Return one finding for two versions of a place; `one` was met first, and versions come by their date."""
    there = one.in_head or other.in_head
    return replace(
        one,
        last_commit=max((one.last_commit, other.last_commit), key=_date),
        occurrences=one.occurrences + other.occurrences,
        in_head=there,
        removed=None if there else max((one.removed, other.removed), key=_date),
    )


def _date(commit: Commit | None) -> str:
    return commit.date if commit is not None else ""


def _disjoint(candidates: Iterable[Candidate]) -> list[Span]:
    found: list[Span] = []
    for one in sorted(candidates, key=lambda each: each.span):
        if found and one.span.start < found[-1].end:
            found[-1] = Span(start=found[-1].start, end=max(found[-1].end, one.span.end))
        else:
            found.append(one.span)
    return found
