"""The audits of a database: one is begun, gone on with where it was interrupted, and ended."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from scanner.audit.database.connect import Database
from scanner.audit.database.queue import Queue
from scanner.audit.database.schema import audits, looks, repositories
from scanner.audit.locations import Asked, Names
from scanner.audit.model import Options, options_of
from strongroom.kernel.clock import utc_now
from strongroom.kernel.errors import UsageError
from strongroom.kernel.record import Record


class Begun(Record):
    """An audit that is to be worked on."""

    number: int
    identity: str
    queue: Queue
    resumed: bool
    """Whether it goes on where an earlier run was interrupted."""
    total: int
    """How many repositories it is about."""


def begin(database: Database, wanted: Sequence[Asked], options: Options, tool: str, rules: dict[str, Any]) -> Begun:
    """Return an audit of `wanted`: the last one, where it is of the same and came to no end, or else another."""
    facts = {"options": json.dumps(options.as_data()), "tool": tool, "rules": json.dumps(rules)}
    with database.changing() as connection:
        numbers = _repositories(connection, [one.location for one in wanted])
        last = connection.execute(select(audits).order_by(audits.c.number.desc()).limit(1)).first()
        same = last is not None and last.finished is None and _is_of(connection, last.number, numbers)
        if last is not None and same and all(getattr(last, name) == value for name, value in facts.items()):
            queue = Queue(database, last.number)
            number, identity, resumed = last.number, last.identity, True
        else:
            number = (connection.scalar(select(func.max(audits.c.number))) or 0) + 1
            identity, resumed = secrets.token_hex(8), False
            connection.execute(insert(audits).values(number=number, identity=identity, started=moment(), **facts))
            queue = Queue(database, number)
            queue.add(connection, numbers)
    return Begun(number=number, identity=identity, queue=queue, resumed=resumed, total=len(set(numbers)))


def rejoin(database: Database) -> tuple[Begun, Options]:
    """Return the last audit, which came to no end, with how it looks. Raises `UsageError` where none is unfinished."""
    with database.reading() as connection:
        last = connection.execute(select(audits).order_by(audits.c.number.desc()).limit(1)).first()
        if last is None or last.finished is not None:
            raise UsageError("no audit waits to be finished", hint="strongroom audit REPO begins another")
        total = connection.scalar(select(func.count()).where(looks.c.audit == last.number)) or 0
    begun = Begun(
        number=last.number, identity=last.identity, queue=Queue(database, last.number), resumed=True, total=total
    )
    return begun, options_of(json.loads(last.options))


def note_vault(database: Database, number: int, vault: dict[str, Any]) -> None:
    """Take note of the vault that an audit asks."""
    with database.changing() as connection:
        connection.execute(update(audits).where(audits.c.number == number).values(vault=json.dumps(vault)))


def finish(database: Database, number: int) -> None:
    """Take note that all repositories of an audit are done."""
    with database.changing() as connection:
        connection.execute(
            update(audits).where(audits.c.number == number, audits.c.finished.is_(None)).values(finished=moment())
        )


def moment() -> str:
    """Return the time in ISO 8601, in UTC, to the second."""
    return utc_now().replace(microsecond=0).isoformat()


def _repositories(connection: Connection, locations: Sequence[str]) -> list[int]:
    """Return the numbers of the repositories at `locations`; those that are new get a name and a number."""
    rows = connection.execute(select(repositories)).all()
    known = {row.location for row in rows}
    fresh = [location for location in dict.fromkeys(locations) if location not in known]
    names = Names((row.name for row in rows), fresh)
    if fresh:
        made = [{"name": names.name_for(location), "location": location} for location in fresh]
        connection.execute(insert(repositories), made)
    places = connection.execute(select(repositories.c.location, repositories.c.number))
    numbers = {row.location: int(row.number) for row in places}
    return [numbers[location] for location in locations]


def _is_of(connection: Connection, audit: int, numbers: Sequence[int]) -> bool:
    there = set(connection.scalars(select(looks.c.repository).where(looks.c.audit == audit)).all())
    return there == set(numbers)
