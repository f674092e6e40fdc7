"""Judges candidates: the filters speak in turn, and what stands becomes a finding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from scanner.classifier.weighing import classified, most, surest, weighed
from scanner.config import ScanConfig
from scanner.excerpt import MASK, excerpt, places
from scanner.filters.allow import Verdicts, Weighing
from scanner.filters.attacks import attack
from scanner.filters.base import Filter, Subject, Verdict
from scanner.filters.encoded import encoded
from scanner.filters.examples import example
from scanner.filters.imported import imported
from scanner.filters.markers import OURS, WORD
from scanner.filters.paths import file_kind
from scanner.filters.placeholders import placeholder
from scanner.filters.published import published
from scanner.filters.references import reference
from scanner.fingerprint import fingerprints
from scanner.lines import LineIndex
from scanner.model import (
    Allowance,
    Allowances,
    Blob,
    Candidate,
    Confidence,
    Dropped,
    Evidence,
    EvidenceKind,
    Finding,
    SuppressedBy,
)
from scanner.remediate import remediation
from scanner.rulebook.model import Rule, RuleBook
from strongroom.kernel.record import replace

_FILTERS: tuple[tuple[str, Filter], ...] = (
    ("rule", imported),
    ("references", reference),
    ("placeholders", placeholder),
    ("attacks", attack),
    ("examples", example),
    ("encoded", encoded),
    ("paths", file_kind),
)
_SECRET_ID_LENGTH = 16
_UNSURE = "confidence"
"""Name of the filter by which a candidate is left out that is less sure than people want to see."""
_SILENT = Verdicts(covered=frozenset(), notes={}, unused=(), expired=(), malformed=())
"""What the markers of a text say in which nothing stands for them to cover."""


class Judge:
    """Decides for one report: which rule book, how sure to be, under which key equal values are linked."""

    def __init__(self, book: RuleBook, config: ScanConfig, secret_key: bytes, today: date) -> None:
        self._book = book
        self._config = config
        self._key = secret_key
        self._today = today
        self._verdicts: list[Verdicts] = []

    def allowances(self) -> Allowances:
        """Return the markers so far that people should look at again; other tools' unused ones to explain only."""
        return Allowances(
            used=tuple(one for said in self._verdicts for one in said.used),
            unused=tuple(
                one for said in self._verdicts for one in said.unused if one.tool == OURS or self._config.explain
            ),
            expired=tuple(one for said in self._verdicts for one in said.expired),
            malformed=tuple(one for said in self._verdicts for one in said.malformed),
        )

    def judged(
        self, blob: Blob, lines: LineIndex, candidates: Sequence[Candidate]
    ) -> tuple[list[Finding], list[Dropped]]:
        """Return the findings among the candidates of a blob, and those turned down with the reason.

        Of a change only what its added lines hold; the others count in fingerprints, which are those of the whole file.
        """
        spans = places(candidates)
        commit = blob.commit.sha if blob.commit is not None else ""
        looked_at = candidates if WORD in lines.data else [one for one in candidates if not self._hopeless(one)]
        outcomes = [self.weighed(candidate, blob.path, lines, commit) for candidate in looked_at]
        standing = [outcome for outcome in outcomes if isinstance(outcome, Candidate)]
        names = fingerprints(blob.path, lines, standing, spans)
        weak = [
            candidate
            for candidate, outcome in zip(looked_at, outcomes, strict=True)
            if isinstance(outcome, Dropped) and outcome.filter == _UNSURE
        ]
        said = self._allowed(blob, lines, standing, names, weak)
        added = blob.added_lines
        findings = []
        for place, (candidate, fingerprint) in enumerate(zip(standing, names, strict=True)):
            if added is not None and lines.number(candidate.span.start) not in added:
                continue
            noted = _noted(candidate, said.notes.get(place))
            found = self._finding(blob, lines, self._seconded(lines, noted), fingerprint)
            inline = SuppressedBy.INLINE if place in said.covered else None
            findings.append(replace(found, excerpt=excerpt(lines, candidate, spans), suppressed_by=inline))
        dropped = [outcome for outcome in outcomes if isinstance(outcome, Dropped)]
        return findings, [one for one in dropped if added is None or one.region.start_line in added]

    def _allowed(
        self, blob: Blob, lines: LineIndex, standing: list[Candidate], names: list[str], weak: list[Candidate]
    ) -> Verdicts:
        if not standing and WORD not in lines.data and not self._config.explain:
            return _SILENT
        weighing = Weighing(blob.path, lines, standing, names, weak=weak, rules=self._book.by_id, today=self._today)
        said = weighing.verdicts()
        if said.used or said.unused or said.expired or said.malformed:
            self._verdicts.append(_looked_at(said, blob.added_lines))
        return said

    def may_stand(self, candidate: Candidate, lines: LineIndex) -> bool:
        """Tell whether a candidate might be a finding in a file of some name, between any lines."""
        if self._config.explain:
            return True
        if self._hopeless(candidate):
            return False
        rule = self._book.by_id[candidate.rule_id]
        if not rule.generic:
            return not isinstance(self.weighed(candidate, "", lines), Dropped)
        verdicts = [verdict for _, verdict in _verdicts(candidate, rule, "", lines)]
        if any(verdict.drops for verdict in verdicts):
            return False
        level = surest(candidate, rule, lines, verdicts)
        return level is not None and level.rank >= self._config.min_confidence.rank

    def may_be(self, candidate: Candidate, path: str, lines: LineIndex) -> bool:
        """Tell whether a candidate might be a finding at `path`, whatever the classifier says of it."""
        if self._hopeless(candidate):
            return False
        rule = self._book.by_id[candidate.rule_id]
        if not rule.generic:
            return not isinstance(self.weighed(candidate, path, lines), Dropped)
        verdicts = [verdict for _, verdict in _verdicts(candidate, rule, path, lines)]
        if any(verdict.drops for verdict in verdicts):
            return False
        return most(candidate, rule, verdicts, used=_used(candidate))[0].rank >= self._config.min_confidence.rank

    def _hopeless(self, candidate: Candidate) -> bool:
        """Tell, before anything dear is asked, whether no filter and no score could make a candidate a finding.

        Where markers stand it is weighed all the same: one may be there for it.
        """
        wanted = self._config.explain or self._config.min_confidence is Confidence.LOW
        weak = self._book.by_id[candidate.rule_id].generic and candidate.confidence is Confidence.LOW
        return weak and not wanted and not _used(candidate)

    def weighed(self, candidate: Candidate, path: str, lines: LineIndex, commit: str = "") -> Candidate | Dropped:
        """Return `candidate` with the confidence that the filters leave it, or why it is turned down."""
        rule = self._book.by_id[candidate.rule_id]
        verdicts = list(_verdicts(candidate, rule, path, lines, commit))
        for name, verdict in verdicts:
            if verdict.drops:
                return _dropped(candidate, path, lines, name, verdict.reason)
        ceilings = [verdict for _, verdict in verdicts]
        if rule.generic:
            return self._classified(candidate, rule, path, lines, ceilings)
        confidence, why = candidate.confidence, "weak evidence"
        for verdict in ceilings:
            if verdict.ceiling is not None and verdict.ceiling.rank < confidence.rank:
                confidence, why = verdict.ceiling, verdict.reason
        return self._sure(candidate, path, lines, confidence, why)

    def _classified(
        self, candidate: Candidate, rule: Rule, path: str, lines: LineIndex, ceilings: Sequence[Verdict]
    ) -> Candidate | Dropped:
        used = _used(candidate)
        level, why = most(candidate, rule, ceilings, used=used)
        if level.rank < self._config.min_confidence.rank:
            return _dropped(candidate, path, lines, _UNSURE, f"{level} confidence: {why}")
        said = weighed(candidate, rule, path, lines, ceilings, used=used)
        if said.level is None:
            return _dropped(candidate, path, lines, _UNSURE, "the classifier sees no credential")
        return self._sure(classified(candidate, said), path, lines, said.level, said.why)

    def _sure(
        self, candidate: Candidate, path: str, lines: LineIndex, confidence: Confidence, why: str
    ) -> Candidate | Dropped:
        if confidence.rank < self._config.min_confidence.rank:
            return _dropped(candidate, path, lines, _UNSURE, f"{confidence} confidence: {why}")
        known = published(candidate.value)
        if known is not None:
            return _dropped(candidate, path, lines, "published", known)
        return replace(candidate, confidence=confidence)

    def _seconded(self, lines: LineIndex, candidate: Candidate) -> Candidate:
        """Ask another tool, where every reason is wanted: its library takes longer to import than a scan takes."""
        if not (self._config.explain or self._config.min_confidence is Confidence.LOW):
            return candidate
        from scanner.detectors.detect_secrets import seconded

        return seconded(lines, candidate)

    def _finding(self, blob: Blob, lines: LineIndex, candidate: Candidate, fingerprint: str) -> Finding:
        rule = self._book.by_id[candidate.rule_id]
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
            rotator=candidate.rotator or rule.rotator,
            parts=candidate.parts,
        )


def _used(candidate: Candidate) -> bool:
    return any(one.kind is EvidenceKind.SINK for one in candidate.evidence)


def _noted(candidate: Candidate, note: str | None) -> Candidate:
    if note is None:
        return candidate
    return replace(candidate, evidence=(*candidate.evidence, Evidence(kind=EvidenceKind.PATTERN, detail=note)))


def _looked_at(said: Verdicts, added: frozenset[int] | None) -> Verdicts:
    """Of a change only the markers on lines that it adds count: values under the others were not looked at."""

    def kept(allowances: tuple[Allowance, ...]) -> tuple[Allowance, ...]:
        return tuple(one for one in allowances if added is None or one.line in added)

    kinds = {kind: kept(getattr(said, kind)) for kind in ("used", "unused", "expired", "malformed")}
    return replace(said, **kinds, notes={})


def filtered(candidate: Candidate, rule: Rule, path: str, lines: LineIndex) -> str | None:
    """Return why a filter turns the candidate down whatever its confidence; None where it stands."""
    verdicts = (verdict for _, verdict in _verdicts(candidate, rule, path, lines))
    return next((verdict.reason for verdict in verdicts if verdict.drops), None)


def _verdicts(
    candidate: Candidate, rule: Rule, path: str, lines: LineIndex, commit: str = ""
) -> Iterator[tuple[str, Verdict]]:
    """Yield what the filters say of a candidate, each with its name, up to the first that turns it down."""
    value = candidate.value.reveal().decode("utf-8", "replace")
    subject = Subject(candidate=candidate, rule=rule, path=path, lines=lines, value=value, commit=commit)
    for name, judge in _FILTERS:
        verdict = judge(subject)
        if verdict is not None:
            yield name, verdict
        if verdict is not None and verdict.drops:
            return


def _dropped(candidate: Candidate, path: str, lines: LineIndex, name: str, reason: str) -> Dropped:
    region = lines.region(candidate.span)
    return Dropped(rule_id=candidate.rule_id, path=path, region=region, filter=name, reason=reason)


def _preview(candidate: Candidate, prefix: str) -> str:
    """Return a mask of fixed length, so that it does not tell the value's, after the public prefix at most."""
    shown = prefix if prefix and candidate.value.reveal().startswith(prefix.encode()) else ""
    return shown + MASK
