"""What a baseline says about a scan: what it accepts is suppressed, another value in a known place is pointed out."""

from __future__ import annotations

from scanner.baseline.model import Baseline, Entry, check_of
from scanner.model import Confidence, Evidence, EvidenceKind, Finding, ScanError, ScanResult, SuppressedBy
from strongroom.kernel.record import Record, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_CHANGED = Evidence(kind=EvidenceKind.BASELINE, detail="the baseline knows this place, with another value")


class Matched(Record):
    """The findings with what the baseline says of them, and the entries that stand behind one."""

    findings: tuple[Finding, ...]
    used: frozenset[tuple[str, str]]
    """(fingerprint, check) of each entry whose value was found at its place."""
    changed: frozenset[str]
    """Fingerprints of places that hold none of the values that were accepted there."""


def matched(findings: Iterable[Finding], baseline: Baseline) -> Matched:
    """Return `findings` with those suppressed that `baseline` accepts, unless something else does already."""
    places = baseline.places()
    used: set[tuple[str, str]] = set()
    seen: list[Finding] = []
    for finding in findings:
        known = places.get(finding.fingerprint)
        if known is None:
            seen.append(finding)
            continue
        check = check_of(finding, baseline.salt)
        accepted = any(entry.check == check for entry in known)
        if accepted:
            used.add((finding.fingerprint, check))
        seen.append(_accepted(finding) if accepted else _changed(finding))
    changed = places.keys() & {one.fingerprint for one in seen} - {fingerprint for fingerprint, _ in used}
    return Matched(findings=tuple(seen), used=frozenset(used), changed=frozenset(changed))


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

    A place that holds another value is none: the scan points at it until somebody decides. What stands in commits
    only counts where the `history` was read, what is less sure than `least` never, and no file that could not be read
    is held against its entries.
    """
    unread = {error.path for error in errors}
    return tuple(
        entry
        for entry in baseline.entries
        if (entry.fingerprint, entry.check) not in found.used
        and entry.fingerprint not in found.changed
        and (history or not entry.history)
        and entry.confidence.rank >= least.rank
        and entry.path.partition("!")[0] not in unread
        and entry.path not in unread
    )


def _accepted(finding: Finding) -> Finding:
    return replace(finding, suppressed_by=finding.suppressed_by or SuppressedBy.BASELINE)


def _changed(finding: Finding) -> Finding:
    return replace(finding, evidence=(*finding.evidence, _CHANGED))
