"""Judges candidates: the filters speak in turn, and what stands becomes a finding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from scanner.classifier.weighing import classified, surest
from scanner.config import ScanConfig
from scanner.excerpt import MASK, excerpt
from scanner.filters.allow import allowed_inline
from scanner.filters.base import Filter, Subject
from scanner.filters.paths import file_kind
from scanner.filters.placeholders import placeholder
from scanner.filters.references import reference
from scanner.fingerprint import fingerprints
from scanner.lines import LineIndex
from scanner.model import Blob, Candidate, Confidence, Dropped, Finding, SuppressedBy
from scanner.remediate import remediation
from scanner.rulebook.model import Rule, RuleBook

_FILTERS: tuple[tuple[str, Filter], ...] = (
    ("references", reference),
    ("placeholders", placeholder),
    ("paths", file_kind),
)
_SECRET_ID_LENGTH = 16


class Judge:
    """Decides for one report: which rule book, how sure to be, under which key equal values are linked."""

    def __init__(self, book: RuleBook, config: ScanConfig, secret_key: bytes, today: date) -> None:
        self._book = book
        self._config = config
        self._key = secret_key
        self._today = today

    def judged(
        self, blob: Blob, lines: LineIndex, candidates: Sequence[Candidate]
    ) -> tuple[list[Finding], list[Dropped]]:
        """Return the findings among the candidates of a blob, and those turned down with the reason."""
        spans = [candidate.span for candidate in candidates]
        outcomes = [self.weighed(candidate, blob.path, lines) for candidate in candidates]
        standing = [outcome for outcome in outcomes if isinstance(outcome, Candidate)]
        findings = []
        for candidate, fingerprint in zip(standing, fingerprints(blob.path, lines, standing, spans), strict=True):
            found = self._finding(blob, lines, self._seconded(lines, candidate), fingerprint)
            findings.append(replace(found, excerpt=excerpt(lines, candidate, spans)))
        return findings, [outcome for outcome in outcomes if isinstance(outcome, Dropped)]

    def may_stand(self, candidate: Candidate, lines: LineIndex) -> bool:
        """Tell whether a candidate might be a finding in a file of some name, between any lines."""
        if self._config.explain:
            return True
        rule = self._book.by_id[candidate.rule_id]
        if not rule.generic:
            return not isinstance(self.weighed(candidate, "", lines), Dropped)
        least = self._config.min_confidence
        return filtered(candidate, rule, "", lines) is None and surest(candidate, rule, lines).rank >= least.rank

    def weighed(self, candidate: Candidate, path: str, lines: LineIndex) -> Candidate | Dropped:
        """Return `candidate` with the confidence that the filters leave it, or why it is turned down."""
        rule = self._book.by_id[candidate.rule_id]
        value = candidate.value.reveal().decode("utf-8", "replace")
        subject = Subject(candidate=candidate, rule=rule, path=path, lines=lines, value=value)
        confidence, why = candidate.confidence, "weak evidence"
        for name, judge in _FILTERS:
            verdict = judge(subject)
            if verdict is None:
                continue
            if verdict.ceiling is None:
                return _dropped(candidate, path, lines, name, verdict.reason)
            if verdict.ceiling.rank < confidence.rank:
                confidence, why = verdict.ceiling, verdict.reason
        if rule.generic:
            candidate = classified(candidate, rule, path, lines)
            confidence, why = _of_both(candidate, confidence, used=subject.used), "the classifier doubts it"
        if confidence.rank < self._config.min_confidence.rank:
            return _dropped(candidate, path, lines, "confidence", f"{confidence} confidence: {why}")
        return replace(candidate, confidence=confidence)

    def _seconded(self, lines: LineIndex, candidate: Candidate) -> Candidate:
        """Ask another tool, where every reason is wanted: its library takes longer to import than a scan takes."""
        if not (self._config.explain or self._config.min_confidence is Confidence.LOW):
            return candidate
        from scanner.detectors.detect_secrets import seconded

        return seconded(lines, candidate)

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
            remediation=remediation(candidate, rule, blob),
            blob_id=blob.blob_id,
            commit=blob.commit,
            in_head=blob.in_head,
            suppressed_by=SuppressedBy.INLINE if inline else None,
            rotator=candidate.rotator or rule.rotator,
        )


def filtered(candidate: Candidate, rule: Rule, path: str, lines: LineIndex) -> str | None:
    """Return why a filter turns the candidate down whatever its confidence; None where it stands."""
    value = candidate.value.reveal().decode("utf-8", "replace")
    subject = Subject(candidate=candidate, rule=rule, path=path, lines=lines, value=value)
    verdicts = (judge(subject) for _, judge in _FILTERS)
    return next((verdict.reason for verdict in verdicts if verdict is not None and verdict.drops), None)


def _of_both(candidate: Candidate, ceiling: Confidence, *, used: bool) -> Confidence:
    """Return the classifier's confidence; where the value is seen to be used as a credential, that may say more."""
    return max(candidate.confidence, ceiling, key=lambda one: one.rank) if used else candidate.confidence


def _dropped(candidate: Candidate, path: str, lines: LineIndex, name: str, reason: str) -> Dropped:
    region = lines.region(candidate.span)
    return Dropped(rule_id=candidate.rule_id, path=path, region=region, filter=name, reason=reason)


def _preview(candidate: Candidate, prefix: str) -> str:
    """Return a mask of fixed length, so that it does not tell the value's, after the public prefix at most."""
    shown = prefix if prefix and candidate.value.reveal().startswith(prefix.encode()) else ""
    return shown + MASK
