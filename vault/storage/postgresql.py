"""PostgreSQL for several servers on one store: every transaction sees one state, and one of two that clash is told so.

REPEATABLE READ lets the first of two writers of a row win and fails the other (PostgreSQL documentation, "Transaction
Isolation"); whoever asked then tries again. What speaks its protocol and is stricter serves alike.
"""

from __future__ import annotations

import re
from importlib.util import find_spec

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.schema import CreateSchema

from strongroom.kernel.errors import UsageError
from vault.storage.failures import explain

_SCHEMA = re.compile(r"[a-z0-9_]{0,63}")
_CONNECT_SECONDS = 10
_STATEMENT_MILLISECONDS = 30_000


def checked(place: str) -> URL:
    """Return the address of a database. Raises `UsageError` for one that is malformed or holds a password."""
    try:
        url = make_url(place.replace("postgres://", "postgresql://", 1))
    except ArgumentError:
        raise UsageError(
            "the store's URL cannot be read", hint="for instance postgresql://user@host/database"
        ) from None
    if url.password is not None:
        raise UsageError(
            "the store's URL holds a password, which other processes can read",
            hint="leave it out and name a file with PGPASSFILE",
        )
    _schema(url)
    if not url.database:
        raise UsageError("the store's URL names no database", hint="for instance postgresql://user@host/database")
    return url.set(drivername="postgresql+psycopg")


def prepare(place: str) -> None:
    """Make the schema of a new store, where its URL names one. Raises `UsageError`, `StoreUnavailable`."""
    schema = _schema(checked(place))
    if not schema:
        return
    engine = _engine(checked(place), "")
    with engine.begin() as connection:
        connection.execute(CreateSchema(schema, if_not_exists=True))
    engine.dispose()


def connect(place: str) -> Engine:
    """Return an engine on the database at a URL. Raises `UsageError` where that or the driver is not there."""
    if find_spec("psycopg") is None:
        raise UsageError("a PostgreSQL store needs its driver", hint="pip install 'strongroom[postgres]'")
    url = checked(place)
    return _engine(url, _schema(url))


def _schema(url: URL) -> str:
    """Return the schema that the tables are in; empty for the one that the database has by itself."""
    named = url.query.get("schema", "")
    if not isinstance(named, str) or not _SCHEMA.fullmatch(named):
        raise UsageError("the store's URL names a schema that is none", hint="letters, digits and underscores")
    return named


def _engine(url: URL, schema: str) -> Engine:
    options = f"-c statement_timeout={_STATEMENT_MILLISECONDS} -c synchronous_commit=on"
    arguments = {
        "connect_timeout": _CONNECT_SECONDS,
        "options": f"{options} -c search_path={schema}" if schema else options,
    }
    engine = create_engine(
        url.difference_update_query(["schema"]),
        isolation_level="REPEATABLE READ",
        connect_args=arguments,
        pool_pre_ping=True,
    )
    event.listen(engine, "handle_error", explain)
    return engine
