"""Which findings of a change are new: a value that it took away in one place and put into another was only moved.

A move is known by the value, as it is written there, and by nothing else: a renamed file, a line with another indent or
another name for the same value bring no credential in. A copy does, for it is one place more.
"""

from __future__ import annotations

from scanner.model import Finding
from scanner.sources.change import Change

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def new_in(findings: Sequence[Finding], change: Change) -> list[Finding]:
    """Return those of `findings` that `change` adds: what it only moved is left out, and what stands on the other side.

    Findings of commits that are gone again from the tree are new where the value stood nowhere that was changed.
    """
    standing = [finding for finding in findings if finding.commit is None]
    gone = [finding for finding in findings if finding.commit is not None]
    texts = dict(change.after({one.path for one in standing}))
    written = {id(one): _written(one, texts.get(one.path)) for one in findings}
    before = _counts(written.values(), change.before())
    old = _moved(standing, written, before, change) | _in_renamed(standing, change)
    old.update(id(one) for one in gone if before.get(written[id(one)]))
    for path, text in change.at_start({one.path for one in gone}):
        old.update(id(one) for one in gone if one.path == path and _count(written[id(one)], text))
    for path, text in change.at_tip({one.path for one in findings}):
        held = texts.get(path, b"")
        there = [one for one in findings if one.path == path and _count(written[id(one)], text)]
        old.update(id(one) for one in there if _count(written[id(one)], text) >= _count(written[id(one)], held))
    return [one for one in findings if id(one) not in old]


def _in_renamed(findings: Sequence[Finding], change: Change) -> set[int]:
    """Return which findings stand in an archive that was only renamed."""
    outer = {id(one): one.path.partition("!")[0] for one in findings if "!" in one.path}
    renamed = change.renamed(set(outer.values()))
    return {number for number, path in outer.items() if path in renamed}


def _moved(
    findings: Sequence[Finding], written: Mapping[int, bytes], before: Mapping[bytes, int], change: Change
) -> set[int]:
    """Return which findings are moves: of each value as many as were taken away elsewhere, the first ones."""
    now = _counts((value for value, number in before.items() if number), (text for _, text in change.after()))
    moved: set[int] = set()
    for value, number in now.items():
        found = [one for one in findings if written[id(one)] == value]
        stayed = max(0, number - len(found))
        moved.update(id(one) for one in found[: max(0, before[value] - stayed)])
    return moved


def _written(finding: Finding, text: bytes | None) -> bytes:
    """Return how the value is written where it was found; the longest part of one that several literals make up."""
    if finding.commit is not None:
        return finding.value.reveal()
    if text is None:
        return b""
    return max((text[span.start : span.end] for span in (finding.span, *finding.parts)), key=len)


def _counts(values: Iterable[bytes], texts: Iterable[bytes]) -> dict[bytes, int]:
    counted = dict.fromkeys(filter(None, values), 0)
    for text in texts if counted else ():
        for value in counted:
            if value in text:
                counted[value] += _count(value, text)
    return counted


def _count(value: bytes, text: bytes) -> int:
    """Return how often `value` stands in `text` by itself, and not as a part of something longer."""
    number, place = 0, text.find(value) if value else -1
    while place >= 0:
        end = place + len(value)
        number += not (_joins(text[place - 1 : place], value[:1]) or _joins(value[-1:], text[end : end + 1]))
        place = text.find(value, end)
    return number


def _joins(one: bytes, other: bytes) -> bool:
    return one.isalnum() and other.isalnum()
