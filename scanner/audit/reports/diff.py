"""What changed between two audits: findings that are new, moved, fixed, back or gone, for people and tools."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TextIO

from scanner.audit.reports.csv import COLUMNS, audit_row
from scanner.audit.reports.document import Entry, finding_rank
from scanner.audit.reports.json import write_object
from scanner.audit.reports.wording import counted, number, place, short
from scanner.reports.cells import write_rows
from scanner.reports.codespans import code, head, row

Diff = Mapping[str, Any]
KINDS = ("new", "reopened", "moved", "fixed", "gone")
_MOST = 100
_WIDE = 80
_TITLES = ("Change", "Severity", "Rule", "Repository", "Place", "Owner")


def write_diff(diff: Diff, stream: TextIO, form: str) -> None:
    """Write `diff` in the format `form`: text, json, csv or markdown. Raises `KeyError` for any other."""
    _WRITERS[form](diff, stream)


def _write_text(diff: Diff, stream: TextIO) -> None:
    stream.write(f"{_headline(diff)}\n")
    for kind in KINDS:
        shown = _worst(diff, kind)
        for each in shown:
            moved = f" (from {short(each['moved_from'])})" if kind == "moved" and each["moved_from"] else ""
            where = f"{short(each['repository'], _WIDE)}: {place(each)}{moved}"
            stream.write(f"{kind:<9} {each['severity']:<9} {short(each['rule_id'], _WIDE)}  {where}\n")
        if len(diff[kind]) > len(shown):
            stream.write(f"{kind:<9} {number(len(diff[kind]) - len(shown))} more: -f csv and -f json list all\n")
    stream.writelines(f"note: {line}\n" for line in _uncompared(diff))


def _write_markdown(diff: Diff, stream: TextIO) -> None:
    stream.write(f"## Strongroom: {code(_headline(diff))}\n\n")
    if any(diff[kind] for kind in KINDS):
        stream.write(head(_TITLES))
    for kind in KINDS:
        for each in _worst(diff, kind):
            moved = f" from {code(short(each['moved_from']))}" if kind == "moved" and each["moved_from"] else ""
            stream.write(
                row(
                    [
                        kind,
                        each["severity"],
                        code(short(each["rule_id"], _WIDE)),
                        code(short(each["repository"], _WIDE)),
                        code(place(each)) + moved,
                        code(short(each["owner"], _WIDE)) if each["owner"] else "",
                    ]
                )
            )
    stream.writelines(f"\n{code(line)}\n" for line in _uncompared(diff))


def _write_json(diff: Diff, stream: TextIO) -> None:
    write_object({"schema_version": "1.0", **diff}, stream)


def _write_csv(diff: Diff, stream: TextIO) -> None:
    rows = ({**audit_row(each), "change": kind} for kind in KINDS for each in diff[kind])
    write_rows(rows, COLUMNS, stream)


def _headline(diff: Diff) -> str:
    told = ", ".join(f"{number(len(diff[kind]))} {kind}" for kind in KINDS if diff[kind])
    same = f"{counted(diff['unchanged'], 'finding')} unchanged"
    return f"from {short(str(diff['from']))} to {short(str(diff['to']))}: {told or 'nothing changed'}; {same}"


def _worst(diff: Diff, kind: str) -> list[Entry]:
    return sorted(diff[kind], key=finding_rank)[:_MOST]


def _uncompared(diff: Diff) -> Iterator[str]:
    """Yield which repositories only one of the two audits has: nothing of them is compared."""
    for name, where in (("repositories_added", "to"), ("repositories_missing", "from")):
        if diff[name]:
            names = ", ".join(short(each, _WIDE) for each in diff[name][:10])
            more = f" and {number(len(diff[name]) - 10)} more" if len(diff[name]) > 10 else ""
            yield f"only in {short(str(diff[where]))}: {names}{more}"


_WRITERS: Mapping[str, Callable[[Diff, TextIO], None]] = {
    "text": _write_text,
    "json": _write_json,
    "csv": _write_csv,
    "markdown": _write_markdown,
}
