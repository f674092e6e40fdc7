"""PostgreSQL for several servers on one store: every transaction sees one state, and one of two that clash is told so.

REPEATABLE READ lets the first of two writers of a row win and fails the other (PostgreSQL documentation, "Transaction
Isolation"); whoever asked then tries again. What speaks its protocol and is stricter serves alike.
"""

from __future__ import annotations

from importlib.util import find_spec

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from strongroom.kernel.errors import UsageError
from vault.storage.failures import explain

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
    if not url.database:
        raise UsageError("the store's URL names no database", hint="for instance postgresql://user@host/database")
    return url.set(drivername="postgresql+psycopg")


def connect(place: str) -> Engine:
    """Return an engine on the database at a URL. Raises `UsageError` where that or the driver is not there."""
    if find_spec("psycopg") is None:
        raise UsageError("a PostgreSQL store needs its driver", hint="pip install 'strongroom[postgres]'")
    arguments = {
        "connect_timeout": _CONNECT_SECONDS,
        "options": f"-c statement_timeout={_STATEMENT_MILLISECONDS} -c synchronous_commit=on",
    }
    engine = create_engine(
        checked(place), isolation_level="REPEATABLE READ", connect_args=arguments, pool_pre_ping=True
    )
    event.listen(engine, "handle_error", explain)
    return engine
