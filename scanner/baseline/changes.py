"""How a baseline changes: made from what stands, brought up to date, and added to."""

from __future__ import annotations

from scanner.baseline.applied import Matched, matched, stale_entries
from scanner.baseline.model import Baseline, Entry, Label, entry_of, today, with_entries
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
    over: int = 0
    """How many of those were accepted until a day that is past."""


class Decision(Record):
    """What a person decided about one finding."""

    finding: Finding
    accepts: bool
    """Whether it is to be reported no longer."""
    label: Label | None = None
    reason: str = ""
    expires: str = ""


def entry_for(decision: Decision, salt: bytes) -> Entry:
    """Return the entry that says what was decided, in the file whose salt is `salt`."""
    return entry_of(
        decision.finding,
        salt,
        reason=decision.reason,
        label=decision.label,
        expires=decision.expires,
        accepts=decision.accepts,
    )


def deciding(baseline: Baseline, decisions: Iterable[Decision]) -> Baseline:
    """Return `baseline` with what was decided."""
    return with_decided(baseline, [entry_for(decision, baseline.salt) for decision in decisions])


def with_decided(baseline: Baseline, fresh: Iterable[Entry]) -> Baseline:
    """Return `baseline` with entries for what was decided.

    Where nothing is said of reason or label, what an entry for the same value says of it stays; an expiry stays as long
    as it is not over.
    """
    there = {entry.key: entry for entry in baseline.entries}
    for entry in fresh:
        there[entry.key] = _grown(entry, there.get(entry.key))
    return with_entries(baseline, there.values())


def _grown(fresh: Entry, before: Entry | None) -> Entry:
    if before is None:
        return fresh
    lasting = before.expires if fresh.accepts and before.in_force(today()) else ""
    return replace(
        fresh,
        reason=fresh.reason or (before.reason if fresh.accepts else ""),
        label=fresh.label or before.label,
        expires=fresh.expires or lasting,
    )


def accepting(baseline: Baseline, findings: Iterable[Finding], *, reason: str = "") -> Baseline:
    """Return `baseline` with entries for `findings`, for `reason`; an entry that is there keeps a reason of its own."""
    return deciding(baseline, [Decision(finding=finding, accepts=True, reason=reason) for finding in findings])


def updated(baseline: Baseline, result: ScanResult, *, history: bool, add: bool, least: Confidence) -> Change:
    """Return `baseline` without the entries that nothing in `result` stands behind; with `add` also with what is open.

    Reasons stay, and so do labels. `history` tells that commits were read, so that what stands in them alone can be
    told; `least` is how sure the scan had to be.
    """
    found = matched(result.findings, baseline)
    if add:
        # What is accepted now takes the place of what was accepted there before.
        found = replace(found, changed=frozenset())
    stale = set(stale_entries(baseline, found, result.errors, history=history, least=least))
    labels = [replace(one, accepts=False, expires="") for one in stale if one.label is not None]
    standing = [_refreshed(one, found) for one in baseline.entries if one not in stale]
    kept = with_entries(baseline, [*standing, *labels])
    left = tuple(finding for finding in found.findings if finding.suppressed_by is None)
    grown = accepting(kept, left) if add else kept
    return Change(
        baseline=grown,
        kept=len(standing),
        removed=len(stale),
        added=len(grown.entries) - len(kept.entries),
        left=() if add else left,
        over=0 if add else sum(1 for entry in kept.entries if entry.key in found.used and entry.is_over(today())),
    )


def _refreshed(entry: Entry, found: Matched) -> Entry:
    """Return `entry` as one of the tree where what stood in commits alone stands there again."""
    back = entry.history and any(one.fingerprint == entry.fingerprint and one.in_head for one in found.findings)
    return replace(entry, history=False) if back and entry.key in found.used else entry
