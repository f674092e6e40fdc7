"""The `csv` report of an audit: one finding a row, safe to open in a spreadsheet."""

from __future__ import annotations

from typing import Any, TextIO

from scanner.audit.reports.document import Document, Entry
from scanner.audit.reports.found import finding_of
from scanner.reports.cells import write_rows
from scanner.reports.csv import COLUMNS as OF_A_SCAN
from scanner.reports.csv import finding_row

_OWN = ("state", "reason", "expires", "label", "owner", "owner_source")
_REMOVED = ("sha", "author", "date", "summary")
_SINCE = ("first_seen", "last_seen", "change", "moved_from", "location_url")
COLUMNS = ("repository", *OF_A_SCAN, *_OWN, *(f"removed_{name}" for name in _REMOVED), "excerpt", *_SINCE)


def write_csv(document: Document, stream: TextIO) -> None:
    """Write all findings of `document`, in whatever state, to `stream`, under a header.

    The columns are the fields of `json`, nested ones flattened. A cell that would be a formula starts with `'`.
    """
    write_rows((audit_row(entry) for entry in document["findings"]), COLUMNS, stream)


def audit_row(entry: Entry) -> dict[str, Any]:
    """Return the cells of a finding of an audit by column."""
    removed, excerpt = entry["removed"] or {}, entry["excerpt"]
    return {
        **finding_row(finding_of(entry)),
        "repository": entry["repository"],
        **{name: entry[name] for name in (*_OWN, *_SINCE)},
        **{f"removed_{name}": removed.get(name) for name in _REMOVED},
        "excerpt": f"{excerpt['before']}{entry['preview']}{excerpt['after']}" if excerpt else None,
    }
