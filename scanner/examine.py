"""One file, from bytes to findings: prefilter, detectors, merge, filters."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from scanner.config import Analysis, ScanConfig
from scanner.detectors.assignments import AssignmentDetector
from scanner.detectors.regex import find_patterns
from scanner.filters.allow import allowed_inline
from scanner.filters.base import Filter, Subject
from scanner.filters.paths import file_kind
from scanner.filters.placeholders import placeholder
from scanner.filters.references import reference
from scanner.fingerprint import fingerprints
from scanner.lines import LineIndex
from scanner.merge import merged
from scanner.model import Blob, Candidate, Dropped, Evidence, EvidenceKind, Finding, SuppressedBy
from scanner.prefilter.keywords import Hits, KeywordPrefilter
from scanner.remediate import remediation
from scanner.rulebook.model import RuleBook
from scanner.rulebook.names import NameClassifier

_FILTERS: tuple[tuple[str, Filter], ...] = (
    ("references", reference),
    ("placeholders", placeholder),
    ("paths", file_kind),
)
_SECRET_ID_LENGTH = 16
_WORD = re.compile(rb"[A-Za-z_][\w\-]{2,80}")
_QUOTES = (b'"', b"'")
_SINK_MODULES = (b"smtplib", b"imaplib", b"poplib", b"ftplib", b"ldap", b"hmac.", b"jwt", b"BasicAuth", b"Fernet")
"""Modules whose calls take a credential by position, so that no name of one need stand in the file."""


class Examiner:
    """Looks at one blob after another with one rule book, configuration and report key."""

    def __init__(self, book: RuleBook, config: ScanConfig, secret_key: bytes, today: date) -> None:
        self._book = book
        self._config = config
        self._key = secret_key
        self._today = today
        self._names = NameClassifier(book)
        self._prefilter = KeywordPrefilter(book)
        self._assignments = AssignmentDetector(book, self._names)
        self._name_keywords = frozenset(word for rule in book.name_rules for word in rule.keywords)

    def examine(self, blob: Blob) -> tuple[list[Finding], list[Dropped]]:
        """Return what `blob` holds: findings, and candidates that a filter or the least confidence turned down."""
        lines = LineIndex(blob.data)
        hits = self._prefilter.hits(lines)
        if not hits.places:
            return [], []
        candidates = merged(self._book, self._candidates(blob.path, lines, hits))
        if blob.added_lines is not None:
            candidates = [one for one in candidates if lines.number(one.span.start) in blob.added_lines]
        return self._judged(blob, lines, candidates)

    def _candidates(self, path: str, lines: LineIndex, hits: Hits) -> list[Candidate]:
        shaped = list(find_patterns(self._book, path, lines, hits))
        if self._config.analysis is Analysis.AUTO and path.endswith((".py", ".pyw")):
            return self._python(path, lines, hits, shaped)
        return [*shaped, *self._assignments.find(path, lines, hits)]

    def _python(self, path: str, lines: LineIndex, hits: Hits, shaped: list[Candidate]) -> list[Candidate]:
        if not shaped and not self._names_credential(lines, hits):
            return []
        # libcst takes a third of a second to import, so only files that need it pay for it.
        from scanner.python.detector import PythonDetector
        from scanner.python.tree import UnparsableError

        try:
            module = PythonDetector(book=self._book, names=self._names, prefilter=self._prefilter).find(path, lines)
        except UnparsableError as error:
            note = Evidence(kind=EvidenceKind.PATTERN, detail=f"read as text: the file does not parse ({error})")
            found = [*shaped, *self._assignments.find(path, lines, hits)]
            return [replace(one, evidence=(*one.evidence, note)) for one in found]
        return [*(module.placed(one) for one in shaped), *module.found()]

    def _names_credential(self, lines: LineIndex, hits: Hits) -> bool:
        """Tell whether a word near a keyword is a credential's name; most modules hold none and are not parsed."""
        if any(word in lines.data for word in _SINK_MODULES):
            return True
        for window in lines.windows(hits.any_of(self._name_keywords), multiline=False):
            for match in _WORD.finditer(lines.data, window.start, window.end):
                statement = match[0] == b"pass" and lines.data[match.start() - 1 : match.start()] not in _QUOTES
                if not statement and self._names.classify(match[0].decode("ascii")) is not None:
                    return True
        return False

    def _judged(self, blob: Blob, lines: LineIndex, candidates: list[Candidate]) -> tuple[list[Finding], list[Dropped]]:
        findings: list[Finding] = []
        dropped: list[Dropped] = []
        for candidate, fingerprint in zip(candidates, fingerprints(blob.path, lines, candidates), strict=True):
            outcome = self._judge(candidate, blob.path, lines)
            if isinstance(outcome, Dropped):
                dropped.append(outcome)
            else:
                findings.append(self._finding(blob, lines, outcome, fingerprint))
        return findings, dropped

    def _judge(self, candidate: Candidate, path: str, lines: LineIndex) -> Candidate | Dropped:
        rule = self._book.by_id[candidate.rule_id]
        value = candidate.value.reveal().decode("utf-8", "replace")
        subject = Subject(candidate=candidate, rule=rule, path=path, lines=lines, value=value)
        confidence, why = candidate.confidence, "weak evidence"
        for name, judge in _FILTERS:
            verdict = judge(subject)
            if verdict is None:
                continue
            if verdict.ceiling is None:
                return self._dropped(candidate, path, lines, name, verdict.reason)
            if verdict.ceiling.rank < confidence.rank:
                confidence, why = verdict.ceiling, verdict.reason
        if confidence.rank < self._config.min_confidence.rank:
            return self._dropped(candidate, path, lines, "confidence", f"{confidence} confidence: {why}")
        return replace(candidate, confidence=confidence)

    @staticmethod
    def _dropped(candidate: Candidate, path: str, lines: LineIndex, name: str, reason: str) -> Dropped:
        region = lines.region(candidate.span)
        return Dropped(rule_id=candidate.rule_id, path=path, region=region, filter=name, reason=reason)

    def _finding(self, blob: Blob, lines: LineIndex, candidate: Candidate, fingerprint: str) -> Finding:
        rule = self._book.by_id[candidate.rule_id]
        inline = allowed_inline(candidate, lines, self._today)
        return Finding(
            fingerprint=fingerprint,
            secret_id=candidate.value.digest(self._key)[:_SECRET_ID_LENGTH],
            rule_id=rule.id,
            rule_name=rule.name,
            severity=rule.severity,
            confidence=candidate.confidence,
            path=blob.path,
            region=lines.region(candidate.span),
            span=candidate.span,
            value=candidate.value,
            preview=_preview(candidate, rule.preview_prefix),
            binding=candidate.binding,
            evidence=candidate.evidence,
            remediation=remediation(candidate, rule, blob.path),
            blob_id=blob.blob_id,
            commit=blob.commit,
            in_head=blob.in_head,
            suppressed_by=SuppressedBy.INLINE if inline else None,
            rotator=candidate.rotator or rule.rotator,
        )


def _preview(candidate: Candidate, prefix: str) -> str:
    """Return a mask of fixed length, so that it does not tell the value's, after the public prefix at most."""
    shown = prefix if prefix and candidate.value.reveal().startswith(prefix.encode()) else ""
    return shown + "\u2022" * 8
