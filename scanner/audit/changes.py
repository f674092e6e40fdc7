"""What happened to a repository's findings between two audits: pure functions over what each of them saw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scanner.audit.model import Change, Finding, State
from strongroom.kernel.record import Record


class Known(Record):
    """A finding as an earlier audit left it."""

    number: int
    fingerprint: str
    secret_id: str
    rule_id: str
    path: str
    in_head: bool
    state: str
    in_history: bool


def known_of(finding: Finding, number: int, *, in_head: bool, state: str) -> Known:
    """Return a finding as the audit that saw it left it; `number` is what the caller knows it by."""
    return Known(
        number=number,
        fingerprint=finding["fingerprint"],
        secret_id=finding["secret_id"],
        rule_id=finding["rule_id"],
        path=finding["path"],
        in_head=in_head,
        state=state,
        in_history="last_commit" in finding,
    )


class Seen(Record):
    """What an audit sees of one finding: which known one it is, if any, and what happened to it."""

    finding: Finding
    known: Known | None
    change: Change | None
    moved_from: str | None = None


class Compared(Record):
    """All that an audit sees of a repository, and what it sees no more."""

    seen: tuple[Seen, ...]
    left: tuple[Known, ...]
    """Known findings of which nothing is left, not even in the history."""


def compared(before: Sequence[Known] | None, now: Sequence[Finding]) -> Compared:
    """Return what happened to the findings of a repository. `before` is None where it was never looked at.

    The same value at another path, where the old place is empty now, has moved. A finding is known by its fingerprint
    and value; where these do not fit, by path and value, for analysis may call a place in HEAD otherwise than a
    history does.
    """
    pairs = _paired(before or (), now)
    departed = {
        known.number: known
        for finding, known in pairs
        if known is not None and known.in_head and not finding["in_head"]
    }
    met = {known.number for _, known in pairs if known is not None}
    left = [one for one in before or () if one.number not in met]
    departed |= {one.number: one for one in left if one.in_head}
    moves = _moves(pairs, departed) if before is not None else {}
    moved_away = {known.number for known in moves.values()}
    seen = tuple(
        Seen(
            finding=finding,
            known=known,
            change=None if before is None else _change(place, finding, known, moves, moved_away),
            moved_from=moves[place].path if place in moves else None,
        )
        for place, (finding, known) in enumerate(pairs)
    )
    return Compared(seen=seen, left=tuple(left))


def _paired(before: Iterable[Known], now: Sequence[Finding]) -> list[tuple[Finding, Known | None]]:
    """Return the findings, each with the known one that it is."""
    by_print: dict[tuple[str, str], Known] = {(one.fingerprint, one.secret_id): one for one in before}
    exact = [by_print.pop((one["fingerprint"], one["secret_id"]), None) for one in now]
    by_place: dict[tuple[str, str], list[Known]] = {}
    for one in by_print.values():
        by_place.setdefault((one.path, one.secret_id), []).append(one)
    pairs: list[tuple[Finding, Known | None]] = []
    for finding, known in zip(now, exact, strict=True):
        others = by_place.get((finding["path"], finding["secret_id"])) if known is None else None
        pairs.append((finding, others.pop() if others else known))
    return pairs


def _moves(pairs: Sequence[tuple[Finding, Known | None]], departed: Mapping[int, Known]) -> dict[int, Known]:
    """Return for each finding that came to HEAD from another place of it, by its position, where it stood."""
    waiting: dict[str, list[Known]] = {}
    for one in departed.values():
        waiting.setdefault(one.secret_id, []).append(one)
    moves = {}
    for place, (finding, known) in enumerate(pairs):
        arrived = finding["in_head"] and (known is None or not known.in_head)
        candidates = waiting.get(finding["secret_id"], []) if arrived else []
        if candidates:
            best = max(candidates, key=lambda one: (one.rule_id == finding["rule_id"], _shared(one.path, finding)))
            candidates.remove(best)
            moves[place] = best
    return moves


def _shared(path: str, finding: Finding) -> int:
    """Return how much of the end of two paths is the same: a file that was moved keeps its name."""
    names = zip(reversed(path.split("/")), reversed(finding["path"].split("/")), strict=False)
    number = 0
    for one, other in names:
        if one != other:
            break
        number += 1
    return number


def _change(
    place: int, finding: Finding, known: Known | None, moves: Mapping[int, Known], moved_away: set[int]
) -> Change:
    if place in moves:
        return Change.MOVED
    if known is None:
        return Change.NEW
    if known.in_head and not finding["in_head"]:
        return Change.UNCHANGED if known.number in moved_away else Change.FIXED
    if finding["in_head"] and not known.in_head:
        return Change.REOPENED
    return Change.UNCHANGED


def state_of(finding: Finding, held: Mapping[str, Any] | None = None) -> State:
    """Return what has become of a finding; `held` is the secret of a vault that holds its value, if one does."""
    if finding.get("label") is False:
        return State.FALSE_POSITIVE
    if finding["suppressed_by"] is not None:
        return State.ACCEPTED
    if finding["verified"] == "inactive" or (held is not None and held.get("dead")):
        return State.ROTATED
    return State.OPEN if finding["in_head"] else State.FIXED
