"""What an audit's database says of one audit, read as it is asked for: reports need not fit into memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, Select, func, select

from scanner.audit.database.connect import Database
from scanner.audit.database.packing import unpacked
from scanner.audit.database.schema import audits, findings, looks, repositories, sightings
from scanner.audit.locations import link_to
from scanner.audit.revealed import Revealed
from strongroom.kernel.errors import UsageError
from strongroom.kernel.record import Record

_AT_ONCE = 500


class Audit(Record):
    """One audit as it was asked for and as far as it went."""

    number: int
    started: str
    finished: str | None
    options: dict[str, Any]
    tool: str
    rules: dict[str, Any]
    vault: dict[str, Any] | None


class Reader:
    """Reads one audit of a database. Iterators read anew each time, a few rows at once."""

    def __init__(self, database: Database, number: int | None = None) -> None:
        """`number` is an audit's, the last one's by default. Raises `UsageError` where there is none."""
        self._database = database
        self.audit = _audit(database, number)

    def looks(self) -> Iterator[Row[Any]]:
        """Yield what became of each repository, by name."""
        wanted = (
            select(looks, repositories.c.name, repositories.c.location)
            .join(repositories, repositories.c.number == looks.c.repository)
            .where(looks.c.audit == self.audit.number)
            .order_by(repositories.c.name)
        )
        return self._rows(wanted)

    def first_looks(self) -> dict[int, str]:
        """Return when each repository was audited first."""
        wanted = select(looks.c.repository, func.min(looks.c.finished)).group_by(looks.c.repository)
        with self._database.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(wanted) if row[1] is not None}

    def findings(self, revealed: Revealed | None = None) -> Iterator[dict[str, Any]]:
        """Yield the findings as documents have them, the worst first; with their values where they are `revealed`."""
        wanted = (
            select(
                findings.c.record,
                findings.c.held,
                findings.c.first_seen,
                sightings.c.in_head,
                sightings.c.state,
                sightings.c.change,
                sightings.c.moved_from,
                repositories.c.name,
                repositories.c.location,
                looks.c.head,
            )
            .join(sightings, sightings.c.finding == findings.c.number)
            .join(repositories, repositories.c.number == findings.c.repository)
            .join(looks, (looks.c.repository == findings.c.repository) & (looks.c.audit == sightings.c.audit))
            .where(sightings.c.audit == self.audit.number)
            .order_by(
                findings.c.rank,
                repositories.c.name,
                findings.c.path,
                findings.c.line,
                findings.c.fingerprint,
                findings.c.secret_id,
            )
        )
        for row in self._rows(wanted):
            found = _finding(row, self.audit.number)
            secret = {} if revealed is None else {"secret": revealed.value(row.location, unpacked(row.record))}
            yield {**found, **secret}

    def trend(self) -> list[dict[str, Any]]:
        """Return what each audit saw, up to this one, the oldest first."""
        with self._database.reading() as connection:
            numbers = connection.execute(
                select(audits.c.number, audits.c.finished)
                .where(audits.c.number <= self.audit.number)
                .order_by(audits.c.number)
            ).all()
        return [{"audit": row.number, "finished": row.finished, **self._counts(row.number)} for row in numbers]

    def _counts(self, number: int) -> dict[str, int]:
        mine = sightings.c.audit == number
        with self._database.reading() as connection:
            done = select(func.count(), func.coalesce(func.sum(looks.c.gone), 0)).where(
                looks.c.audit == number, looks.c.state == "done"
            )
            repositories_done, gone = connection.execute(done).one()
            by_state = _numbers(connection, sightings.c.state, mine)
            by_change = _numbers(connection, sightings.c.change, mine)
            values = select(func.count(findings.c.secret_id.distinct())).join(
                sightings, sightings.c.finding == findings.c.number
            )
            exposures = connection.scalar(values.where(mine)) or 0
        states = ("open", "fixed", "rotated", "accepted", "false_positive")
        return {
            "repositories": repositories_done,
            "findings": sum(by_state.values()),
            "exposures": exposures,
            **{state: by_state.get(state, 0) for state in states},
            "new": by_change.get("new", 0),
            "moved": by_change.get("moved", 0),
            "removed": by_change.get("fixed", 0) + gone,
            "reopened": by_change.get("reopened", 0),
        }

    def _rows(self, wanted: Select[Any]) -> Iterator[Row[Any]]:
        with self._database.reading() as connection:
            yield from connection.execution_options(yield_per=_AT_ONCE).execute(wanted)


def _numbers(connection: Connection, column: Column[Any], where: ColumnElement[bool]) -> dict[str, int]:
    """Return how many rows there are of each text in a column."""
    wanted = select(column, func.count()).where(where).group_by(column)
    return {row[0]: row[1] for row in connection.execute(wanted)}


def _audit(database: Database, number: int | None) -> Audit:
    wanted = select(audits).order_by(audits.c.number.desc()).limit(1)
    with database.reading() as connection:
        row = connection.execute(wanted if number is None else wanted.where(audits.c.number == number)).first()
    if row is None:
        what = "no audit yet" if number is None else f"no audit {number}"
        raise UsageError(f"there is {what} in this database", hint="strongroom audit trend lists them")
    return Audit(
        number=row.number,
        started=row.started,
        finished=row.finished,
        options=json.loads(row.options),
        tool=row.tool,
        rules=json.loads(row.rules),
        vault=json.loads(row.vault) if row.vault else None,
    )


def _finding(row: Row[Any], audit: int) -> dict[str, Any]:
    record = unpacked(row.record)
    internal = ("blob", "span", "binding")
    stands = row.head if row.in_head else (record.get("last_commit") or record["commit"] or {}).get("sha")
    path = record["path"].partition("!")[0]
    return {
        **{name: value for name, value in record.items() if name not in internal},
        "in_head": row.in_head,
        "repository": row.name,
        "state": row.state,
        "first_seen": row.first_seen,
        "last_seen": audit,
        "change": row.change,
        "moved_from": row.moved_from,
        "location_url": link_to(row.location, stands, path, record["start_line"]) if stands else None,
        "vault": json.loads(row.held) if row.held else None,
    }
