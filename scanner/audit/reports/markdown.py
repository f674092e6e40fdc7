"""The `markdown` report of an audit, for the text of an issue: short, whatever the size of what was found."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TextIO

from scanner.audit.reports.document import CHANGES, Document, Entry, finding_rank, severity_numbers
from scanner.audit.reports.wording import (
    Step,
    changes,
    counted,
    coverage,
    day,
    first_steps,
    headline,
    number,
    place,
    short,
)
from scanner.model import Confidence, Severity
from scanner.reports.codespans import code, head, row

_MOST_EXPOSURES = 50
_MOST_CHANGED = 30
_MOST_LINES = 20
_MOST_CHARACTERS = 18_000
"""Of a table: an issue of GitHub holds 65,536 characters."""
_WIDE = 80
_EXPOSURES = ("Severity", "State", "Active", "Rule", "Value", "Places", "Repositories", "Since", "Vault")
_CHANGED = ("Change", "Severity", "Rule", "Repository", "Place", "Owner")
_ALL = "`strongroom audit -f csv` and `-f json` list all"


def write_markdown(document: Document, stream: TextIO) -> None:
    """Write `document` to `stream` as GitHub-flavoured Markdown of less than 60,000 characters.

    What comes from repositories stands in code spans only: there it is no markup, mention, link or issue.
    """
    stream.write(f"## Strongroom audit: {headline(document)}\n\n{code(coverage(document))}\n\n")
    stream.writelines(_step(step) for step in first_steps(document))
    _write_severities(document, stream)
    _write_exposures(document, stream)
    _write_changed(document, stream)
    _write_unread(document, stream)
    stream.write(f"\n{_method(document)}\n")


def _step(step: Step) -> str:
    where = f" {code(short(step.where))}" if step.where else ""
    return f"- {step.text}{where} `{step.command}`\n"


def _write_severities(document: Document, stream: TextIO) -> None:
    numbers = severity_numbers(document)
    stream.write("\n### Findings by severity and confidence\n\n" + head(("Severity", *Confidence, "all")))
    for severity in Severity:
        cells = [numbers.get((severity, confidence), 0) for confidence in Confidence]
        stream.write(row([severity.value, *map(number, cells), number(sum(cells))]))


def _write_exposures(document: Document, stream: TextIO) -> None:
    total = document["overview"]["exposures"]
    if not total:
        return
    stream.write(f"\n### {counted(total, 'exposed credential')}, the worst first\n\n")
    rows = [_exposure(entry) for entry in islice(document["exposures"], _MOST_EXPOSURES)]
    _write_table(_EXPOSURES, rows, total, stream)


def _exposure(entry: Entry) -> list[str]:
    names = entry["repositories"]
    more = f" and {number(len(names) - 1)} more" if len(names) > 1 else ""
    held = entry["vault"]
    return [
        entry["severity"],
        entry["state"].replace("_", " "),
        _active(entry),
        code(short(entry["rule_id"], _WIDE)),
        code(short(entry["preview"], _WIDE)),
        number(entry["findings"]),
        code(short(names[0], _WIDE)) + more if names else "",
        code(day(entry["introduced"])),
        code(short(held["name"], _WIDE)) if held else "",
    ]


def _active(entry: Entry) -> str:
    verified = entry["verified"] or ""
    return "**active**" if verified == "active" else str(verified)


def _write_changed(document: Document, stream: TextIO) -> None:
    stream.write(f"\n### What changed\n\n{changes(document).capitalize()}.\n")
    if document["audit"]["previous"] is None:
        return
    changed = (entry for entry in document["findings"] if entry["change"] in ("new", "reopened"))
    worst = heapq.nsmallest(_MOST_CHANGED, changed, key=_changed_rank)
    if worst:
        last = document["trend"][-1]
        stream.write("\n")
        _write_table(_CHANGED, [_changed(entry) for entry in worst], last["new"] + last["reopened"], stream)


def _changed_rank(entry: Entry) -> tuple[int, ...]:
    return (CHANGES.index(entry["change"]), *finding_rank(entry))


def _changed(entry: Entry) -> list[str]:
    return [
        entry["change"],
        entry["severity"],
        code(short(entry["rule_id"], _WIDE)),
        code(short(entry["repository"], _WIDE)),
        code(short(place(entry), _WIDE)),
        code(short(entry["owner"], _WIDE)) if entry["owner"] else "",
    ]


def _write_table(columns: Sequence[str], rows: Sequence[list[str]], total: int, stream: TextIO) -> None:
    stream.write(head(columns))
    shown = written = 0
    for cells in rows:
        line = row(cells)
        written += len(line)
        if written > _MOST_CHARACTERS:
            break
        stream.write(line)
        shown += 1
    if total > shown:
        stream.write(f"\n{number(total - shown)} more are not shown: {_ALL}.\n")


def _write_unread(document: Document, stream: TextIO) -> None:
    failed = (each for each in document["repositories"] if each["state"] != "done")
    lines = [f"- {code(short(each['name']))}: {code(short(each['error'] or each['state']))}\n" for each in _few(failed)]
    lines += [
        f"- {code(short(each['repository']))} {code(short(each['path']))}: {code(short(each['message']))}\n"
        for each in _few(document["errors"])
    ]
    if lines:
        stream.write(f"\n### Not read\n\n{''.join(lines)}\nAt most {_MOST_LINES} of a kind are shown: {_ALL}.\n")


def _few(entries: Iterable[Entry]) -> list[Entry]:
    return list(islice(entries, _MOST_LINES))


def _method(document: Document) -> str:
    tool, rules, audit = document["tool"], document["audit"]["rules"], document["audit"]
    name = f"Audit {audit['number']}, {audit['state']}"
    return f"{name}, by Strongroom {tool['version']} with {counted(rules['count'], 'rule')} ({code(rules['digest'])})."
