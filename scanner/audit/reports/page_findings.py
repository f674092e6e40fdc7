"""The findings of the page of an audit: read once, the worst shown in full, what changed listed, the rest counted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.audit.reports.document import CHANGES, Document, Entry, finding_rank
from scanner.audit.reports.found import finding_of
from scanner.audit.reports.places import Places
from scanner.audit.reports.web import web_address
from scanner.audit.reports.wording import day, number, place, short
from scanner.audit.reports.worst import Worst
from scanner.reports.cards import card
from strongroom.kernel.record import Record

MOST = 1000
_MOST_CHANGED = 100
_SIDE = 160
_LONG = 400
_OWNED = {"codeowners": "by CODEOWNERS", "commit": "who committed it", "blame": "by blame"}


class Read(Record):
    """What one reading of all findings gave."""

    worst: Worst
    changed: dict[str, Worst]
    places: Places


def read_findings(document: Document) -> Read:
    """Return what the page needs of the findings of `document`; memory does not grow with their number."""
    worst, places = Worst(MOST), Places()
    changed = {change: Worst(_MOST_CHANGED) for change in CHANGES}
    for entry in document["findings"]:
        rank = finding_rank(entry)
        worst.add(entry, rank)
        places.add(entry["path"], is_open=entry["state"] == "open")
        if entry["change"] in changed:
            changed[entry["change"]].add(entry, rank)
    return Read(worst=worst, changed=changed, places=places)


def cards(read: Read) -> Iterator[dict[str, Any]]:
    """Yield what the cards of the worst findings say, each when it is asked for."""
    return (_card(entry, position) for position, entry in enumerate(read.worst, 1))


def anchors(read: Read) -> dict[str, str]:
    """Return the anchor of the first card of each value that has one."""
    found: dict[str, str] = {}
    for position, entry in enumerate(read.worst, 1):
        found.setdefault(entry["secret_id"], _anchor(position))
    return found


def changed_rows(read: Read) -> list[dict[str, Any]]:
    """Return for each kind of change how many findings changed so, and the worst of them."""
    return [
        {
            "change": change,
            "count": worst.count,
            "left_out": worst.left_out,
            "rows": [_changed(entry) for entry in worst],
        }
        for change, worst in read.changed.items()
        if worst.count
    ]


def state(entry: Entry) -> str:
    """Return what has become of a finding or a value, as it is called."""
    return str(entry["state"]).replace("_", " ")


def _anchor(position: int) -> str:
    return f"finding-{position}"


def _changed(entry: Entry) -> dict[str, Any]:
    return {
        "severity": entry["severity"],
        "rule": short(entry["rule_name"]),
        "repository": short(entry["repository"]),
        "place": place(entry),
        "moved_from": short(entry["moved_from"]) if entry["moved_from"] else "",
        "owner": short(entry["owner"]) if entry["owner"] else "",
    }


def _card(entry: Entry, position: int) -> dict[str, Any]:
    shown = card(finding_of(entry))
    shown |= {name: short(shown[name], _LONG) for name in ("why", "live", "reaches", "since", "reason", "rule_name")}
    fix = shown["fix"]
    return {
        **shown,
        "anchor": _anchor(position),
        "secret_id": entry["secret_id"],
        "place": f"{short(entry['repository'])}: {place(entry)}",
        "before": shown["before"][-_SIDE:],
        "after": shown["after"][:_SIDE],
        "fix": fix if len(fix) <= _LONG else "strongroom fix",
        "marks": [(f"state-{entry['state']}", state(entry)), *((kind, text) for kind, text in _live(entry))],
        "state": _become(entry),
        "owner": _owner(entry),
        "versions": _versions(entry),
        "change": _change(entry),
        "label": {None: "", True: "a credential", False: "no credential"}[entry["label"]],
        "url": web_address(entry["location_url"]),
        "flow": [
            {"place": f"{short(step['path'])}:{step['line']}", "message": short(step["message"], _LONG)}
            for reason in entry["evidence"]
            for step in reason.get("flow") or ()
        ],
    }


def _live(entry: Entry) -> list[tuple[str, str]]:
    return [(entry["verified"], entry["verified"])] if entry["verified"] else []


def _become(entry: Entry) -> str:
    reason = f": {short(entry['reason'], _LONG)}" if entry["reason"] else ""
    until = f", until {short(entry['expires'])}" if entry["expires"] else ""
    removed = entry["removed"]
    if removed is None:
        return f"{state(entry)}{reason}{until}"
    by = f"{removed['sha'][:12]} by {removed['author']} ({removed['summary']})"
    return f"{state(entry)}{reason}{until}; taken out {day(removed['date'])} in {short(by, _LONG)}"


def _owner(entry: Entry) -> str:
    if not entry["owner"]:
        return ""
    source = _OWNED.get(entry["owner_source"] or "")
    return f"{short(entry['owner'])} ({source})" if source else short(entry["owner"])


def _versions(entry: Entry) -> str:
    last, versions = entry.get("last_commit"), entry.get("occurrences") or 1
    if last is None or versions < 2:
        return ""
    return f"{number(versions)} versions of the file, the last {day(last['date'])} in {short(last['sha'][:12])}"


def _change(entry: Entry) -> str:
    seen = f"first seen in audit {entry['first_seen']}"
    if not entry["change"] or entry["change"] == "unchanged":
        return seen
    moved = f" from {short(entry['moved_from'])}" if entry["moved_from"] else ""
    return f"{entry['change']}{moved} since the audit before; {seen}"
