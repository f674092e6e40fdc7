"""How a baseline changes: made from what stands, brought up to date, and added to."""

from __future__ import annotations

from scanner.baseline.applied import Matched, matched, stale_entries
from scanner.baseline.model import Baseline, Entry, entry_of, with_entries
from scanner.model import Confidence, Finding, ScanResult
from strongroom.kernel.record import Record, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class Change(Record):
    """A baseline brought up to date, and what that took."""

    baseline: Baseline
    kept: int
    removed: int
    added: int
    left: tuple[Finding, ...]
    """Findings that nothing accepts."""


def accepting(baseline: Baseline, findings: Iterable[Finding], *, reason: str = "") -> Baseline:
    """Return `baseline` with entries for `findings`, for `reason`; an entry that is there keeps a reason of its own."""
    further = [entry_of(finding, baseline.salt, reason=reason) for finding in findings]
    given = {(entry.fingerprint, entry.check) for entry in baseline.entries if entry.reason and not reason}
    entries = [entry for entry in further if (entry.fingerprint, entry.check) not in given]
    replaced = {(entry.fingerprint, entry.check) for entry in entries}
    kept = [entry for entry in baseline.entries if (entry.fingerprint, entry.check) not in replaced]
    return with_entries(baseline, [*kept, *entries])


def updated(baseline: Baseline, result: ScanResult, *, history: bool, add: bool, least: Confidence) -> Change:
    """Return `baseline` without the entries that nothing in `result` stands behind; with `add` also with what is open.

    Reasons stay. `history` tells that commits were read, so that what stands in them alone can be told; `least` is how
    sure the scan had to be.
    """
    found = matched(result.findings, baseline)
    if add:
        # What is accepted now takes the place of what was accepted there before.
        found = replace(found, changed=frozenset())
    stale = set(stale_entries(baseline, found, result.errors, history=history, least=least))
    kept = with_entries(baseline, [_refreshed(one, found) for one in baseline.entries if one not in stale])
    left = tuple(finding for finding in found.findings if finding.suppressed_by is None)
    grown = accepting(kept, left) if add else kept
    return Change(
        baseline=grown,
        kept=len(kept.entries),
        removed=len(stale),
        added=len(grown.entries) - len(kept.entries),
        left=() if add else left,
    )


def _refreshed(entry: Entry, found: Matched) -> Entry:
    """Return `entry` as one of the tree where what stood in commits alone stands there again."""
    back = entry.history and any(one.fingerprint == entry.fingerprint and one.in_head for one in found.findings)
    return replace(entry, history=False) if back and (entry.fingerprint, entry.check) in found.used else entry
