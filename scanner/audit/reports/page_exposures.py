"""The exposures of the page of an audit: a row for each value that leaked, the worst first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from scanner.audit.reports.document import Document, Entry
from scanner.audit.reports.page_findings import state
from scanner.audit.reports.wording import day, number, short

MOST = 1000
_MOST_NAMES = 5


def exposure_rows(document: Document, anchors: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield a row for each of the worst exposures of `document`; `anchors` lead to the cards of their findings."""
    return (_row(entry, anchors) for entry in islice(document["exposures"], MOST))


def exposures_left_out(document: Document) -> int:
    """Return how many exposures have no row."""
    return max(0, int(document["overview"]["exposures"]) - MOST)


def _row(entry: Entry, anchors: Mapping[str, str]) -> dict[str, Any]:
    names = entry["repositories"]
    return {
        "secret_id": entry["secret_id"],
        "severity": entry["severity"],
        "confidence": entry["confidence"],
        "rule": short(entry["rule_name"]),
        "preview": short(entry["preview"]),
        "state": state(entry),
        "kind": f"state-{entry['state']}",
        "verified": entry["verified"] or "",
        "in_head": entry["in_head"],
        "findings": number(entry["findings"]),
        "anchor": anchors.get(entry["secret_id"], ""),
        "repositories": [short(name) for name in names[:_MOST_NAMES]],
        "more": max(0, len(names) - _MOST_NAMES),
        "since": day(entry["introduced"]),
        "first_seen": entry["first_seen"],
        "vault": _held(entry["vault"]),
    }


def _held(held: Entry | None) -> dict[str, str] | None:
    """Return which secret of the vault a value is, and whether it still is its value."""
    if held is None:
        return None
    labels = ", ".join(short(stage) for stage in held["stages"]) or "no label"
    if held["current"]:
        now = "still its value"
    else:
        now = f"rotated {day(held['rotated'])}" if held["rotated"] else "no longer its value"
    return {"name": short(held["name"]), "now": now, "how": f"{labels}; as {short(held['encoding'])}"}
