"""The `json` report: one object with the findings, errors and figures of a scan."""

from __future__ import annotations

import json
from typing import Any, TextIO

from scanner.model import Allowance, Dropped, ScanResult
from scanner.reports.record import SCHEMA_VERSION, finding_record
from strongroom import __version__
from strongroom.kernel.inert import whole


def write_json(result: ScanResult, stream: TextIO, *, show_secrets: bool = False, explain: bool = False) -> None:
    """Write `result` to `stream` as strict JSON. With `explain` also what was turned down, and why."""
    document: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "strongroom", "version": __version__},
        "findings": [finding_record(finding, show_secrets=show_secrets) for finding in result.findings],
        "errors": [{"path": whole(error.path), "message": whole(error.message)} for error in result.errors],
        "stats": _stats(result),
    }
    if explain:
        document["dropped"] = [_dropped(one) for one in result.dropped]
    json.dump(document, stream, indent=2, ensure_ascii=False, allow_nan=False)
    stream.write("\n")


def _stats(result: ScanResult) -> dict[str, Any]:
    stats = result.stats
    return {
        "files": stats.files,
        "bytes": stats.bytes,
        "seconds": round(stats.seconds, 3),
        "suppressed": stats.suppressed,
        "skipped": dict(stats.skipped),
        "allowances": {
            "unused": [_allowance(one) for one in stats.allowances.unused],
            "expired": [_allowance(one) for one in stats.allowances.expired],
            "malformed": [_allowance(one) for one in stats.allowances.malformed],
        },
        **({} if stats.stale is None else {"stale": stats.stale}),
    }


def _allowance(one: Allowance) -> dict[str, Any]:
    return {
        "tool": one.tool,
        "path": whole(one.path),
        "line": one.line,
        "rule": whole(one.rule),
        "reason": whole(one.reason),
        "message": whole(one.message),
    }


def _dropped(one: Dropped) -> dict[str, Any]:
    return {
        "rule_id": one.rule_id,
        "path": whole(one.path),
        "start_line": one.region.start_line,
        "start_column": one.region.start_column,
        "filter": one.filter,
        "reason": whole(one.reason),
    }
