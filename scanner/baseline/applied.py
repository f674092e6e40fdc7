"""What a baseline says about a scan: what it accepts is suppressed, another value in a known place is pointed out."""

from __future__ import annotations

from scanner.baseline.model import Baseline, Entry, Label, check_of, today
from scanner.model import Confidence, Evidence, EvidenceKind, Finding, ScanError, ScanResult, SuppressedBy
from strongroom.kernel.record import Record, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_CHANGED = Evidence(kind=EvidenceKind.BASELINE, detail="the baseline knows this place, with another value")


class Matched(Record):
    """The findings with what the baseline says of them, and the entries that stand behind one."""

    findings: tuple[Finding, ...]
    used: frozenset[tuple[str, str]]
    """(fingerprint, check) of each entry whose value was found at its place."""
    changed: frozenset[str]
    """Fingerprints of places that hold none of the values that were accepted there."""


def matched(findings: Iterable[Finding], baseline: Baseline, *, day: str = "") -> Matched:
    """Return `findings` with those suppressed that `baseline` accepts, unless something else does already.

    What it knows and does not accept says so. `day` is YYYY-MM-DD, today unless given.
    """
    places = baseline.places()
    used: set[tuple[str, str]] = set()
    seen: list[Finding] = []
    for finding, entry in known(findings, baseline):
        if entry is not None:
            used.add(entry.key)
            seen.append(_judged(finding, entry, day or today()))
        else:
            seen.append(_with_evidence(finding, _CHANGED) if finding.fingerprint in places else finding)
    changed = places.keys() & {one.fingerprint for one in seen} - {fingerprint for fingerprint, _ in used}
    return Matched(findings=tuple(seen), used=frozenset(used), changed=frozenset(changed))


def known(findings: Iterable[Finding], baseline: Baseline) -> Iterator[tuple[Finding, Entry | None]]:
    """Yield each finding with the entry that knows its value at its place, in force or not; None where none does."""
    places = baseline.places()
    for finding in findings:
        there = places.get(finding.fingerprint, ())
        check = check_of(finding, baseline.salt) if there else ""
        yield finding, next((entry for entry in there if entry.check == check), None)


def applied(
    result: ScanResult, baseline: Baseline, *, whole: bool, least: Confidence = Confidence.MEDIUM
) -> ScanResult:
    """Return `result` as `baseline` leaves it; of a `whole` tree with the number of stale entries.

    `least` is how sure the scan had to be of a finding.
    """
    found = matched(result.findings, baseline)
    stale = len(stale_entries(baseline, found, result.errors, history=False, least=least)) if whole else None
    suppressed = sum(1 for finding in found.findings if finding.suppressed_by is not None)
    stats = replace(result.stats, suppressed=suppressed, stale=stale)
    return replace(result, findings=found.findings, stats=stats)


def stale_entries(
    baseline: Baseline, found: Matched, errors: Sequence[ScanError], *, history: bool, least: Confidence
) -> tuple[Entry, ...]:
    """Return the entries with nothing behind them.

    A place that holds another value is none: the scan points at it until somebody decides. Nor is a label, which tells
    how often rules are right also once what it was about is fixed. What stands in commits
    only counts where the `history` was read, what is less sure than `least` never, and no file that could not be read
    is held against its entries.
    """
    unread = {error.path for error in errors}
    return tuple(
        entry
        for entry in baseline.entries
        if entry.key not in found.used
        and not entry.lasts
        and entry.fingerprint not in found.changed
        and (history or not entry.history)
        and entry.confidence.rank >= least.rank
        and entry.path.partition("!")[0] not in unread
        and entry.path not in unread
    )


def _judged(finding: Finding, entry: Entry, day: str) -> Finding:
    if entry.in_force(day):
        return replace(finding, suppressed_by=finding.suppressed_by or SuppressedBy.BASELINE)
    if entry.accepts:
        return _with_evidence(finding, _says(f"the baseline accepted it until {entry.expires}"))
    if entry.label is Label.TRUE:
        return _with_evidence(finding, _says("a review found it to be a credential, to be fixed"))
    return finding


def _says(detail: str) -> Evidence:
    return Evidence(kind=EvidenceKind.BASELINE, detail=detail)


def _with_evidence(finding: Finding, reason: Evidence) -> Finding:
    return replace(finding, evidence=(*finding.evidence, reason))
