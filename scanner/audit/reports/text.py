"""The `text` report of an audit, for a terminal: how much there is, where most of it is, and one next step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TextIO

from scanner.audit.reports.document import STATES, Document, Entry, severity_numbers
from scanner.audit.reports.wording import changes, counted, coverage, first_steps, headline, number, short
from scanner.model import Confidence, Severity
from scanner.reports.text import painted

_MOST = 10
_WIDE = 60


def write_text(document: Document, stream: TextIO, *, color: bool = False) -> None:
    """Write `document` to `stream` for people at a terminal; colour codes only with `color`."""
    title = headline(document)
    stream.write(f"{painted(title[0].upper() + title[1:], 'bold', color)}\n{coverage(document)}\n")
    blocks = (_severities, _states, _repositories, _held, _unread)
    for lines in (block(document, color) for block in blocks):
        stream.writelines(f"{line.rstrip()}\n" for line in _block(lines))
    stream.write(f"\n{changes(document)}\n")
    step = first_steps(document)[0]
    where = f" {short(step.where)}" if step.where else ""
    stream.write(f"{step.text}{where}\nnext: {step.command}\n")


def _block(lines: Iterable[str]) -> Iterator[str]:
    """Yield `lines` behind an empty one, if there are any."""
    for index, line in enumerate(lines):
        if index == 0:
            yield ""
        yield line


def _severities(document: Document, color: bool) -> Iterator[str]:
    numbers = severity_numbers(document)
    if not any(numbers.values()):
        return
    yield f"{'open and fixed':<16}" + "".join(f"{confidence:>10}" for confidence in Confidence) + f"{'all':>10}"
    for severity in Severity:
        cells = [numbers.get((severity, confidence), 0) for confidence in Confidence]
        name = painted(f"{severity:<16}", severity.value, color)
        yield name + "".join(f"{number(cell):>10}" for cell in (*cells, sum(cells)))


def _states(document: Document, _color: bool) -> Iterator[str]:
    states = document["overview"]["states"]
    told = [f"{number(states[state])} {state.replace('_', ' ')}" for state in STATES if states[state]]
    if told:
        yield f"states: {', '.join(told)}"


def _repositories(document: Document, _color: bool) -> Iterator[str]:
    top = [each for each in document["overview"]["top_repositories"] if each["findings"]]
    if not top:
        return
    names = [short(each["repository"], _WIDE) for each in top]
    width = max(map(len, names))
    yield "most findings in"
    for name, each in zip(names, top, strict=True):
        places = f"{counted(each['findings'], 'finding')}, {counted(each['exposures'], 'value')}"
        yield f"  {name:<{width}}  {places}"


def _held(document: Document, color: bool) -> Iterator[str]:
    held = islice((each for each in document["exposures"] if each["vault"]), _MOST)
    for index, each in enumerate(held):
        if index == 0:
            yield "values that the vault holds"
        secret = each["vault"]
        now = painted("still its value", each["severity"], color) if secret["current"] else "replaced"
        yield f"  {short(secret['name'], _WIDE)}  {counted(each['findings'], 'place')}, {now}"
    more = document["overview"]["managed"] - _MOST
    if more > 0:
        yield f"  and {number(more)} more"


def _unread(document: Document, _color: bool) -> Iterator[str]:
    failed: Iterable[Entry] = (each for each in document["repositories"] if each["state"] == "failed")
    for each in islice(failed, _MOST):
        yield f"failed: {short(each['name'], _WIDE)}: {short(each['error'] or '')}"
    more = document["overview"]["repositories_failed"] - _MOST
    if more > 0:
        yield f"failed: {number(more)} more"
    errors = (each for each in document["errors"] if each["path"])
    for each in islice(errors, _MOST):
        yield f"not read: {short(each['repository'], _WIDE)}: {short(each['path'])}: {short(each['message'])}"
    left = sum(1 for _ in errors)
    if left:
        yield f"not read: {number(left)} more"
