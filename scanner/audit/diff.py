"""What changed between two audits, repository by repository; either may be one of a database or a JSON report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scanner.audit.changes import Seen, compared, known_of
from scanner.audit.model import Change, Finding
from strongroom.kernel.record import Record


class Side(Record):
    """One of two audits: what it is called, the repositories it is done with, and its findings."""

    label: str
    repositories: frozenset[str]
    findings: tuple[Finding, ...]


def side_of(report: Mapping[str, Any], label: str) -> Side:
    """Return an audit's document as one side of a comparison."""
    done = frozenset(one["name"] for one in report["repositories"] if one["state"] == "done")
    return Side(label=label, repositories=done, findings=tuple(report["findings"]))


def difference(before: Side, after: Side) -> dict[str, Any]:
    """Return the findings of `after` that are new, moved, fixed or reopened, and those of `before` that are gone.

    Repositories that only one of the two has are named and not compared: nothing in them has changed.
    """
    found: dict[str, list[Finding]] = {str(change): [] for change in Change if change is not Change.UNCHANGED}
    gone: list[Finding] = []
    unchanged = 0
    old, new = _by_repository(before), _by_repository(after)
    for name in sorted(before.repositories & after.repositories):
        known = [
            known_of(one, place, in_head=one["in_head"], state=one["state"])
            for place, one in enumerate(old.get(name, ()))
        ]
        change = compared(known, new.get(name, ()))
        for seen in change.seen:
            if seen.change is None or seen.change is Change.UNCHANGED:
                unchanged += 1
            else:
                found[seen.change].append(_told(seen))
        moved_away = {seen.moved_from for seen in change.seen if seen.change is Change.MOVED}
        gone.extend(old[name][one.number] for one in change.left if one.path not in moved_away)
    return {
        "from": before.label,
        "to": after.label,
        **found,
        "gone": gone,
        "unchanged": unchanged,
        "repositories_added": sorted(after.repositories - before.repositories),
        "repositories_missing": sorted(before.repositories - after.repositories),
    }


def _by_repository(side: Side) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for one in side.findings:
        found.setdefault(one["repository"], []).append(one)
    return found


def _told(seen: Seen) -> Finding:
    return {**seen.finding, "change": str(seen.change), "moved_from": seen.moved_from}
