"""Writes what came of a repository: its findings as they stand now, and what happened to each since the last audit."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select, update

from scanner.audit.changes import Compared, Known, Seen, compared, known_of, state_of
from scanner.audit.database.packing import packed, unpacked
from scanner.audit.database.schema import audits, findings, looks, sightings
from scanner.audit.model import Change, Finding, Outcome, State
from scanner.remediate import OUT_OF_HEAD
from scanner.reports.record import remediation_record

_SEVERITIES = ("critical", "high", "medium", "low")
_CONFIDENCES = ("high", "medium", "low")


def record(connection: Connection, audit: int, repository: int, outcome: Outcome, now: str) -> None:
    """Write the outcome of all of a repository: it is done in this audit, or failed."""
    place = (looks.c.audit == audit) & (looks.c.repository == repository)
    if "failed" in outcome:
        connection.execute(update(looks).where(place).values(state="failed", finished=now, error=outcome["failed"]))
        return
    previous = connection.scalar(select(looks.c.previous).where(place))
    before = None if previous is None else _known(connection, previous, repository)
    change = compared(before, outcome["findings"])
    carried = _carried(connection, audit, previous, change) if previous is not None else []
    held = outcome.get("held", {})
    for secret_id, secret in held.items():
        _hold(connection, audit, secret_id, secret)
    for one in change.seen:
        _sight(connection, audit, repository, one, held.get(one.finding["secret_id"]))
    _sight_again(connection, audit, repository, carried)
    coverage = outcome["coverage"]
    connection.execute(
        update(looks)
        .where(place)
        .values(
            state="done",
            finished=now,
            gone=len(change.left) - len(carried),
            head=coverage["head"],
            coverage=json.dumps(coverage),
            errors=json.dumps(outcome["errors"]),
            suppressions=json.dumps(outcome["suppressions"]),
        )
    )


def _known(connection: Connection, audit: int, repository: int) -> list[Known]:
    rows = connection.execute(
        select(findings.c.number, findings.c.record, sightings.c.in_head, sightings.c.state)
        .join(sightings, sightings.c.finding == findings.c.number)
        .where(sightings.c.audit == audit, sightings.c.repository == repository)
        .order_by(findings.c.number)
    )
    return [known_of(unpacked(row.record), row.number, in_head=row.in_head, state=row.state) for row in rows]


def _sight(connection: Connection, audit: int, repository: int, one: Seen, held: Mapping[str, Any] | None) -> None:
    finding = one.finding
    held = held or _held_before(connection, finding["secret_id"])
    row = {
        "fingerprint": finding["fingerprint"],
        "secret_id": finding["secret_id"],
        "path": finding["path"],
        "line": finding["start_line"],
        "rank": _rank(finding),
        "last_seen": audit,
        "record": packed(finding),
        "held": json.dumps(held) if held else None,
    }
    if one.known is None:
        made = insert(findings).values(**row, repository=repository, first_seen=audit).returning(findings.c.number)
        number = connection.scalar(made)
    else:
        number = one.known.number
        connection.execute(update(findings).where(findings.c.number == number).values(**row))
    connection.execute(
        insert(sightings).values(
            audit=audit,
            finding=number,
            repository=repository,
            in_head=finding["in_head"],
            state=state_of(finding, held),
            change=one.change,
            moved_from=one.moved_from,
        )
    )


def _carried(connection: Connection, audit: int, previous: int, change: Compared) -> list[tuple[Known, Change]]:
    """Return the findings to be kept that no history knows and HEAD is without now, each with what happened to it.

    Only analysis of HEAD saw them. Under the same rules, what it sees no more is gone from the code, and stands in
    older commits still; under others it may only be judged otherwise.
    """
    rules = connection.execute(
        select(audits.c.tool, audits.c.rules).where(audits.c.number.in_((audit, previous)))
    ).all()
    if len({tuple(each) for each in rules}) != 1:
        return []
    moved = {seen.moved_from for seen in change.seen if seen.moved_from is not None}
    return [
        (one, Change.FIXED if one.in_head and one.path not in moved else Change.UNCHANGED)
        for one in change.left
        if not one.in_history
    ]


def _sight_again(connection: Connection, audit: int, repository: int, carried: Sequence[tuple[Known, Change]]) -> None:
    for one, change in carried:
        stored = unpacked(connection.scalar(select(findings.c.record).where(findings.c.number == one.number)) or b"")
        gone = {**stored, "in_head": False, "remediation": remediation_record(OUT_OF_HEAD)}
        connection.execute(
            update(findings).where(findings.c.number == one.number).values(record=packed(gone), last_seen=audit)
        )
        connection.execute(
            insert(sightings).values(
                audit=audit,
                finding=one.number,
                repository=repository,
                in_head=False,
                state=State.FIXED if one.state == State.OPEN else one.state,
                change=change,
            )
        )


def _rank(finding: Finding) -> int:
    """Return what orders findings from the worst on: what is live and in HEAD, by severity, then confidence."""
    severity, confidence = _SEVERITIES.index(finding["severity"]), _CONFIDENCES.index(finding["confidence"])
    live = 0 if finding["verified"] == "active" else 1
    return ((live * 10 + severity) * 10 + confidence) * 10 + (0 if finding["in_head"] else 1)


def _held_before(connection: Connection, secret_id: str) -> Mapping[str, Any] | None:
    """Return which secret of a vault the same value was found to be of, elsewhere or in an earlier audit."""
    known = connection.scalar(
        select(findings.c.held).where(findings.c.secret_id == secret_id, findings.c.held.is_not(None)).limit(1)
    )
    return json.loads(known) if known else None


def _hold(connection: Connection, audit: int, secret_id: str, held: Mapping[str, Any]) -> None:
    """Take note of the secret whose value has the digest `secret_id`, wherever that value was found before."""
    same = findings.c.secret_id == secret_id
    connection.execute(update(findings).where(same).values(held=json.dumps(held)))
    if held.get("dead"):
        seen = sightings.c.finding.in_(select(findings.c.number).where(same))
        living = sightings.c.state.in_((State.OPEN, State.FIXED))
        connection.execute(
            update(sightings).where(sightings.c.audit == audit, seen, living).values(state=State.ROTATED)
        )
