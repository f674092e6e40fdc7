"""The document of an audit, which every report is made from, and the orders its entries are shown in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scanner.model import Confidence, Severity

Document = Mapping[str, Any]
"""The object of `docs/audit.schema.json`, but that its lists may be lazy: read anew each time, of unknown length."""
Entry = Mapping[str, Any]
Entries = Iterable[Entry]

STATES = ("open", "fixed", "rotated", "accepted", "false_positive")
CHANGES = ("new", "reopened", "moved", "fixed")
"""What may have come of a finding since the audit before, besides nothing."""

_SUPPRESSIONS = ("malformed", "expired", "unused")
_SEVERITIES = tuple(Severity)
_CONFIDENCES = tuple(Confidence)


def finding_rank(entry: Entry) -> tuple[int, ...]:
    """Return what orders findings and exposures, the worst first: open, live, still in the code, grave, sure."""
    return (
        STATES.index(entry["state"]),
        entry["verified"] != "active",
        not entry["in_head"],
        _SEVERITIES.index(entry["severity"]),
        _CONFIDENCES.index(entry["confidence"]),
    )


def suppression_rank(entry: Entry) -> int:
    """Return what orders suppressions: first those that somebody has to look at again."""
    state = entry["state"]
    return _SUPPRESSIONS.index(state) if state in _SUPPRESSIONS else len(_SUPPRESSIONS)


def repository_rank(entry: Entry) -> tuple[int, int, str]:
    """Return what orders repositories: by open findings, then by all, then by name."""
    return (-entry["open"], -entry["findings"], entry["name"])


def severity_numbers(document: Document) -> dict[tuple[Severity, Confidence], int]:
    """Return how many open and fixed findings there are of each severity and confidence."""
    rows: Sequence[Entry] = document["overview"]["severity_by_confidence"]
    return {(Severity(row["severity"]), Confidence(row["confidence"])): row["findings"] for row in rows}


def since_last(document: Document) -> dict[str, int] | None:
    """Return how many findings are new, reopened, moved and fixed since the audit before; None for a first audit."""
    if document["audit"]["previous"] is None or not document["trend"]:
        return None
    last = document["trend"][-1]
    return {"new": last["new"], "reopened": last["reopened"], "moved": last["moved"], "fixed": last["removed"]}
