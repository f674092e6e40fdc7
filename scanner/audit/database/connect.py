"""Opens an audit's database: a SQLite file, private and durable, or a PostgreSQL that several coordinators share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, insert, inspect, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from scanner.audit.database.schema import VERSION, meta, metadata
from scanner.audit.key import AuditKey, key_beside
from strongroom.kernel.errors import UsageError
from strongroom.kernel.files import make_private_dir
from strongroom.kernel.record import Record

_BUSY_SECONDS = 60
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF", "cache_size=-16384")
_CONNECT_SECONDS = 10
_MAKING = 0x5712_0A0D
"""The advisory lock of whoever makes the tables on PostgreSQL."""


class Database(Record):
    """An open database and the key that its digests are made with."""

    engine: Engine
    key: AuditKey
    shared: bool
    """Whether others may work on it at the same time."""

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def __enter__(self) -> Database:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def changing(self) -> Iterator[Connection]:
        """Give a connection in a transaction that is committed at the end of the block."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one state for as long as the block lasts, and keeps nobody from writing."""
        with self.engine.connect().execution_options(strongroom_reading=True) as connection:
            yield connection


def open_database(place: str, key_file: str | None = None, *, create: bool = True) -> Database:
    """Return the database at `place`, a file or a PostgreSQL URL; it is made where it is absent, if `create`.

    Raises `UsageError` for a place, a version or a key that does not fit.
    """
    is_file = not place.startswith(("postgresql://", "postgres://"))
    if is_file and not create and not Path(place).is_file():
        raise _no_audit(place)
    engine = _file(Path(place)) if is_file else _server(place)
    key_place = Path(key_file) if key_file else _key_place(place, is_file=is_file)
    try:
        key = _prepared(engine, key_place, place, create=create)
        return Database(engine=engine, key=key, shared=not is_file)
    except SQLAlchemyError:
        engine.dispose()
        raise _unusable(place) from None
    except BaseException:
        engine.dispose()
        raise


def _prepared(engine: Engine, key_place: Path, place: str, *, create: bool) -> AuditKey:
    """Make the tables where there are none, and return the key that belongs to them."""
    new = not inspect(engine).has_table(meta.name)
    if new and not create:
        raise _no_audit(place)
    key = key_beside(key_place, new=new)
    if new:
        _make(engine, key)
    _check(engine, key, place)
    return key


def _no_audit(place: str) -> UsageError:
    return UsageError(f"there is no audit in {place}", hint="run strongroom audit REPO first, or name another --db")


def default_place() -> str:
    """Return where audits are kept unless another place is named, beside the embedded vault's data."""
    home = os.environ.get("STRONGROOM_HOME")
    if home:
        return str(Path(home) / "audit.db")
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return str(Path(base) / "strongroom" / "audit.db")


def _key_place(place: str, *, is_file: bool) -> Path:
    if is_file:
        return Path(f"{place}.key")
    url = make_url(place)
    return Path(default_place()).with_name(f"audit-{url.host or 'local'}-{url.database}.key")


def _make(engine: Engine, key: AuditKey) -> None:
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            # On SQLite the transaction itself keeps others out.
            connection.execute(select(func.pg_advisory_xact_lock(_MAKING)))
        if inspect(connection).has_table(meta.name):
            return
        metadata.create_all(connection)
        connection.execute(insert(meta), [{"name": "version", "value": VERSION}, {"name": "key", "value": key.check()}])


def _check(engine: Engine, key: AuditKey, place: str) -> None:
    with engine.connect() as connection:
        known = {row.name: row.value for row in connection.execute(select(meta.c.name, meta.c.value))}
    if known.get("version") != VERSION:
        raise UsageError(
            f"the audits in {place} are of another version of this program",
            hint="use the version that wrote them, or start another database with --db",
        )
    if known.get("key") != key.check():
        raise UsageError(
            "the key does not belong to this audit's database",
            hint="name the one that it was made with: --key-file FILE",
        )


def _file(path: Path) -> Engine:
    try:
        make_private_dir(path.absolute().parent)
        # 0600 from the first moment; SQLite gives its write-ahead log the same mode.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
    except OSError as error:
        raise UsageError(f"{path} cannot be opened: {error.strerror}", hint="name another --db") from None
    engine = create_engine(URL.create("sqlite", database=str(path)), connect_args={"timeout": _BUSY_SECONDS})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    # The driver would begin transactions by itself, and only before writes: `_begin` does.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get("strongroom_reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _server(place: str) -> Engine:
    if find_spec("psycopg") is None:
        raise UsageError("a database on PostgreSQL needs its driver", hint="pip install 'strongroom[postgres]'")
    try:
        url = make_url(place.replace("postgres://", "postgresql://", 1))
    except ArgumentError:
        raise UsageError("the database's URL cannot be read", hint="postgresql://user@host/database") from None
    if url.password is not None:
        raise UsageError(
            "the database's URL holds a password, which other processes can read",
            hint="leave it out and name a file with PGPASSFILE",
        )
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={"connect_timeout": _CONNECT_SECONDS},
        pool_pre_ping=True,
    )


def _unusable(place: str) -> UsageError:
    return UsageError(f"{place} cannot be used as an audit's database", hint="name a file, or a PostgreSQL that is up")
