"""The document of an audit: what `-f json` writes, and every other report is made from. Long lists are read lazily."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from scanner.audit.database.reading import Reader
from scanner.audit.revealed import Revealed
from scanner.audit.summary import Summary
from strongroom import __version__
from strongroom.kernel.clock import utc_now

SCHEMA_VERSION = "1.0"
Document = dict[str, Any]


class Rows:
    """A list that is read anew each time somebody goes through it."""

    def __init__(self, read: Callable[[], Iterator[dict[str, Any]]]) -> None:
        self._read = read

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return self._read()


def document(reader: Reader, revealed: Revealed | None = None) -> Document:
    """Return the document of an audit; its findings have their values where these are `revealed`."""
    audit = reader.audit
    summary = Summary(reader.findings(), audit.finished or utc_now().isoformat())
    looks = list(reader.looks())
    failed = sum(1 for look in looks if look.state == "failed")
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "strongroom", "version": __version__},
        "audit": {
            "number": audit.number,
            "started": audit.started,
            "finished": audit.finished,
            "state": "finished" if audit.finished else "unfinished",
            "previous": max((look.previous for look in looks if look.previous is not None), default=None),
            "min_confidence": audit.options["min_confidence"],
            "analysis": audit.options["analysis"],
            "history": audit.options["history"],
            "verify": audit.options["verify"],
            "vault": audit.vault,
            "rules": audit.rules,
        },
        "overview": summary.overview(len(looks), failed),
        "repositories": Rows(lambda: _repositories(reader, summary)),
        "exposures": summary.exposures(),
        "findings": Rows(lambda: _without_vault(reader.findings(revealed))),
        "trend": reader.trend(),
        "suppressions": Rows(lambda: _suppressions(reader)),
        "coverage": _coverage(reader),
        "errors": Rows(lambda: _errors(reader)),
    }


def _without_vault(findings: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield findings without what a vault says of their value: that stands with its exposure."""
    for one in findings:
        one.pop("vault")
        yield one


def _repositories(reader: Reader, summary: Summary) -> Iterator[dict[str, Any]]:
    first = reader.first_looks()
    nothing: dict[str, Any] = {"findings": 0, "open": 0, "values": ()}
    for look in reader.looks():
        coverage = json.loads(look.coverage or "{}")
        found = summary.by_repository.get(look.name, nothing)
        yield {
            "name": look.name,
            "location": look.location,
            "state": look.state,
            "error": look.error,
            "head": look.head,
            **{name: coverage.get(name, 0) for name in ("commits", "files", "bytes", "seconds")},
            "findings": found["findings"],
            "open": found["open"],
            "exposures": len(found["values"]),
            "first_audited": first.get(look.repository),
            "last_audited": look.finished,
        }


def _suppressions(reader: Reader) -> Iterator[dict[str, Any]]:
    for look in reader.looks():
        for one in json.loads(look.suppressions or "[]"):
            yield {"repository": look.name, **one}


def _errors(reader: Reader) -> Iterator[dict[str, Any]]:
    for look in reader.looks():
        if look.error:
            yield {"repository": look.name, "path": "", "message": look.error}
        for one in json.loads(look.errors or "[]"):
            yield {"repository": look.name, **one}


def _coverage(reader: Reader) -> dict[str, Any]:
    total: dict[str, Any] = {"repositories": 0, "files": 0, "bytes": 0, "commits": 0, "skipped": {}, "unread": 0}
    for look in reader.looks():
        coverage = json.loads(look.coverage or "{}")
        total["repositories"] += look.state == "done"
        total["unread"] += len(json.loads(look.errors or "[]")) + bool(look.error)
        for name in ("files", "bytes", "commits"):
            total[name] += coverage.get(name, 0)
        for reason, number in coverage.get("skipped", {}).items():
            total["skipped"][reason] = total["skipped"].get(reason, 0) + number
    return total
