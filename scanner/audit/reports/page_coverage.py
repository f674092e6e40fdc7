"""What an audit read, what it did not, and what people accepted, as its page lists them: bounded, the worst first."""

from __future__ import annotations

import heapq
from itertools import islice
from typing import Any

from scanner.audit.reports.document import Document, Entries, Entry, repository_rank, suppression_rank
from scanner.audit.reports.wording import day, number, short, size
from scanner.audit.reports.worst import Worst

_MOST = 500
_MOST_ERRORS = 200
_LONG = 300


def suppressions(document: Document) -> dict[str, Any]:
    """Return what was accepted: first what a person has to look at again, and how many of each kind there are."""
    worst = Worst(_MOST)
    again = 0
    for entry in document["suppressions"]:
        rank = suppression_rank(entry)
        again += entry["state"] != "in force"
        worst.add(entry, (rank,))
    return {
        "count": worst.count,
        "again": again,
        "left_out": worst.left_out,
        "rows": [_suppression(entry) for entry in worst],
    }


def repositories(document: Document) -> dict[str, Any]:
    """Return the repositories with the most open findings."""
    rows = heapq.nsmallest(_MOST, document["repositories"], key=repository_rank)
    left_out = document["overview"]["repositories"] - len(rows)
    return {"left_out": max(0, left_out), "rows": [_repository(entry) for entry in rows]}


def unread(document: Document) -> dict[str, Any]:
    """Return the repositories that were not audited, and the inputs that were not read."""
    failed = _first(each for each in document["repositories"] if each["state"] != "done")
    errors = [
        (short(each["repository"]), short(each["path"]), short(each["message"], _LONG))
        for each in _first(document["errors"])
    ]
    return {
        "failed": [(short(each["name"]), each["state"], short(each["error"] or "", _LONG)) for each in failed],
        "errors": errors,
        "most": _MOST_ERRORS,
    }


def _first(entries: Entries) -> list[Entry]:
    return list(islice(entries, _MOST_ERRORS))


def _suppression(entry: Entry) -> dict[str, Any]:
    line = f":{entry['line']}" if entry["line"] else ""
    return {
        "repository": short(entry["repository"]),
        "place": f"{short(entry['path'])}{line}",
        "rule": short(entry["rule_id"] or ""),
        "kind": f"{short(entry['kind'])} ({short(entry['tool'])})" if entry["tool"] else short(entry["kind"]),
        "reason": short(entry["reason"] or "", _LONG),
        "expires": short(entry["expires"]) if entry["expires"] else "",
        "state": entry["state"],
        "mark": entry["state"].replace(" ", "-"),
        "message": short(entry["message"] or "", _LONG),
    }


def _repository(entry: Entry) -> dict[str, Any]:
    return {
        "name": short(entry["name"]),
        "location": short(entry["location"]),
        "state": entry["state"],
        "head": short((entry["head"] or "")[:12]),
        "open": number(entry["open"]),
        "findings": number(entry["findings"]),
        "exposures": number(entry["exposures"]),
        "commits": number(entry["commits"]),
        "size": size(entry["bytes"]),
        "files": number(entry["files"]),
        "last": day(entry["last_audited"]),
    }
