"""A store: opened with its root key, worked on in transactions."""

from __future__ import annotations

import socket
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.pool import StaticPool

from strongroom.kernel.secretvalue import SecretValue
from vault.crypto.kdf import Barrier, Purpose
from vault.domain.errors import DecryptionFailed, Sealed, StoreConflict, StoreUnavailable, UnsupportedSchema
from vault.storage import migrations
from vault.storage.engine import connect, is_file, prepare_absent, require_present, withdraw
from vault.storage.figures import Figures, look
from vault.storage.grants import GrantRepository
from vault.storage.hot import Driver
from vault.storage.iam import IamRepository
from vault.storage.identities import IdentityRepository
from vault.storage.keys import KeyRepository
from vault.storage.meta import MetaRepository
from vault.storage.replication import ReplicationRepository
from vault.storage.rotation import RotationJobRepository
from vault.storage.schema import metadata
from vault.storage.secrets import KnownRows, SecretRepository
from vault.storage.snapshot import TableRows, hold_writers, read_tables, remove_all, write_tables
from vault.storage.sqlite import READING
from vault.storage.trail import FIRST_WRITER, TrailRepository
from vault.storage.turns import Turns

if TYPE_CHECKING:
    from vault.storage.alarms import AlarmRepository
    from vault.storage.functions import FunctionRepository
    from vault.storage.notifications import HistoryRepository, NotificationRepository

STORE_FILE = "store.db"

_TRIES = 8
Result = TypeVar("Result")

_CANARY = b"the root key of this store"


class UnitOfWork:
    """One transaction: every repository on the same connection. `writer` has the chain that events are added to."""

    def __init__(self, connection: Connection, barrier: Barrier, writer: str, known: KnownRows | None = None) -> None:
        driver = self._driver = Driver(connection)
        self.meta = MetaRepository(connection, driver)
        self.replication = ReplicationRepository(connection, barrier)
        self.keys = KeyRepository(connection, barrier, self.meta, self.replication.key_changed)
        self.grants = GrantRepository(connection, barrier)
        self.secrets = SecretRepository(connection, driver, barrier, known or KnownRows(), self.replication.changed)
        self.rotation_jobs = RotationJobRepository(connection, barrier)
        self.identities = IdentityRepository(connection, barrier, self.meta)
        self.iam = IamRepository(connection, barrier, self.meta)
        self.trail = TrailRepository(connection, driver, barrier, self.meta, writer)
        self._connection, self._barrier = connection, barrier

    # What few transactions need is loaded and made when the first one does: reading a secret pays nothing for it.

    @cached_property
    def alarms(self) -> AlarmRepository:
        """Alarms and metric filters."""
        from vault.storage.alarms import AlarmRepository

        return AlarmRepository(self._connection, self._barrier, self.meta)

    @cached_property
    def notifications(self) -> NotificationRepository:
        """What alarms are still to tell."""
        from vault.storage.notifications import NotificationRepository

        return NotificationRepository(self._connection, self._barrier)

    @cached_property
    def alarm_history(self) -> HistoryRepository:
        """What happened to alarms."""
        from vault.storage.notifications import HistoryRepository

        return HistoryRepository(self._connection, self._barrier)

    @cached_property
    def functions(self) -> FunctionRepository:
        """Rotation functions that were uploaded."""
        from vault.storage.functions import FunctionRepository

        return FunctionRepository(self._connection, self._barrier, self.meta)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what happens inside, its events included, and only that, when it raises. Savepoints do not nest."""
        mark, written = self.trail.mark(), dict(self.secrets.written)
        self._driver.change("SAVEPOINT part")
        try:
            yield
        except BaseException:
            self._undone(mark)
            self.secrets.written = written
            self._driver.change("ROLLBACK TO part")
            self._driver.change("RELEASE part")
            raise
        self._driver.change("RELEASE part")

    def _undone(self, mark: int) -> None:
        self.trail.forget(mark)
        self.secrets.forget()
        self.meta.forget()


_READS: Any = {READING: True, "postgresql_readonly": True}


class Store:
    """One database with one root key. `store_id` is its identity, bound into every ciphertext."""

    def __init__(self, engine: Engine, root_key: SecretValue, store_id: str, writer: str = "") -> None:
        self._engine = engine
        self._reader = engine.execution_options(**_READS)
        self._turns = Turns()
        self._known = KnownRows()
        self._writer = writer or socket.gethostname() or "localhost"
        self.committed: Callable[[float], None] = lambda _: None
        """Told of the seconds that each commit took, in the turn of its transaction."""
        self.store_id = store_id
        self.barrier = Barrier(root_key, store_id)

    @classmethod
    def create(cls, database: Path | str, root_key: SecretValue, store_id: str = "") -> Store:
        """Make a new, empty store in a file that does not exist yet, a PostgreSQL database, or memory (`:memory:`).

        Its id is drawn unless given.

        Raises `StoreUnavailable` where there is one already or it cannot be made; nothing is left of it then.
        """
        place = str(database)
        prepare_absent(place)
        engine = connect(place)
        store = cls(engine, root_key, store_id or str(uuid.uuid4()))
        try:
            store._initialise(place)
        except BaseException:
            engine.dispose()
            withdraw(place)
            raise
        return store

    @classmethod
    def open(cls, database: Path | str, root_key: SecretValue, *, writer: str = "") -> Store:
        """Open a store that exists; its tables are brought to this version's. `writer` is this host unless given.

        Raises `StoreUnavailable` where there is none, `UnsupportedSchema` for one of a newer version, `Sealed` when
        the root key is not its own.
        """
        require_present(str(database))
        engine = connect(str(database))
        try:
            return cls._opened(engine, root_key, database, writer)
        except BaseException:
            engine.dispose()
            raise

    @staticmethod
    def stands_at(database: str) -> bool:
        """Tell whether there is a store, or a file that may be one. Raises `StoreUnavailable` for no database."""
        if is_file(database):
            return Path(database).exists()
        engine = connect(database)
        try:
            with engine.connect() as connection:
                return engine.dialect.has_table(connection, "meta")
        finally:
            engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[UnitOfWork]:
        """Yield a unit of work that commits at the end and rolls back when it raises.

        Transactions of one store follow one another in the order they were asked for; they are not nested. Raises
        `StoreUnavailable` when the database stays busy for too long or cannot be written.
        """
        with self._turns:
            with self._engine.begin() as connection:
                tx = UnitOfWork(connection, self.barrier, self._writer, self._known)
                yield tx
                tx.trail.flush(tx.secrets.written)
                begun = time.perf_counter()
            self.committed(time.perf_counter() - begun)

    def apply(self, work: Callable[[UnitOfWork], Result]) -> Result:
        """Do a piece of work in a transaction, again where another server was first; return what it returns.

        Raises what `work` does, `StoreUnavailable`, and `StoreConflict` where others were first each time.
        """
        for _ in range(_TRIES - 1):
            with suppress(StoreConflict), self.transaction() as tx:
                return work(tx)
        with self.transaction() as tx:
            return work(tx)

    @contextmanager
    def reading(self) -> Iterator[UnitOfWork]:
        """Yield a unit of work that only reads, as things stand, and waits for nobody's writing but in memory.

        Raises `StoreUnavailable` where the database fails.
        """
        with self._reading() as connection:
            yield UnitOfWork(connection, self.barrier, self._writer)

    def figures(self, now: datetime) -> Figures:
        """Return a few numbers of the store, which waits for nobody's writing. Raises `StoreUnavailable`."""
        with self._reading() as connection:
            return look(connection, now)

    @contextmanager
    def snapshot(self) -> Iterator[Iterator[TableRows]]:
        """Yield all rows as they stand at one moment; others go on reading and writing, but not in memory.

        Raises `StoreUnavailable` where the database fails.
        """
        with self._reading() as connection:
            yield read_tables(connection)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        # A store in memory has one connection, which somebody may be writing through.
        turn = self._turns if isinstance(self._engine.pool, StaticPool) else nullcontext()
        with turn, self._reader.begin() as connection:
            yield connection

    def take_over(
        self, tables: Iterable[TableRows], *, before: Callable[[UnitOfWork], None], after: Callable[[UnitOfWork], None]
    ) -> None:
        """Replace all rows by others of a store with the same root key and id, whole or not at all.

        `before` looks at what stands there and raises where it must stay; `after` adds to what stands there then.
        Servers on the store see either state. Raises `StoreConflict` where one of them wrote meanwhile.
        """
        with self._turns, self._engine.begin() as connection:
            hold_writers(connection)
            before(UnitOfWork(connection, self.barrier, self._writer))
            remove_all(connection)
            write_tables(connection, tables)
            tx = UnitOfWork(connection, self.barrier, self._writer)
            # What servers remember of before is void.
            tx.meta.draw_generation()
            after(tx)
            tx.trail.flush()

    def checkpoint(self) -> None:
        """Carry what was written into the database file and empty SQLite's log, where deleted rows may still stand.

        Nothing happens while another process reads or writes, nor in PostgreSQL, which sees to its own log.
        """
        if self._engine.dialect.name != "sqlite":
            return
        with self._turns, closing(self._engine.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @classmethod
    def _opened(cls, engine: Engine, root_key: SecretValue, database: Path | str, writer: str) -> Store:
        with _opening(engine) as connection:
            if not engine.dialect.has_table(connection, "meta"):
                raise StoreUnavailable(f"{database} is not a store.")
            revision = _known_revision(connection, database)
            store_id = _unlocked(root_key, MetaRepository(connection, Driver(connection)), database)
            store = cls(engine, root_key, store_id, writer)
            if revision != migrations.HEAD:
                migrations.wait_for_others(connection)
                revision = _known_revision(connection, database)
            if revision != migrations.HEAD:
                migrations.upgrade(connection, revision)
            _complete(UnitOfWork(connection, store.barrier, FIRST_WRITER), revision)
        return store

    def _initialise(self, place: str) -> None:
        with self._turns, self._engine.begin() as connection:
            if self._engine.dialect.has_table(connection, "meta"):
                raise StoreUnavailable(f"{place} holds a store already.")
            metadata.create_all(connection)
            migrations.mark(connection, migrations.HEAD)
            tx = UnitOfWork(connection, self.barrier, self._writer)
            tx.meta.set("store_id", self.store_id.encode())
            tx.meta.set("canary", self.barrier.seal(Purpose.CANARY, b"", _CANARY))
            tx.trail.begin()


def _opening(engine: Engine) -> AbstractContextManager[Connection]:
    """Return a transaction that sees what another server commits meanwhile: it may be bringing the tables on."""
    if engine.dialect.name == "sqlite":
        return engine.begin()
    return engine.execution_options(isolation_level="READ COMMITTED").begin()


def _complete(tx: UnitOfWork, revision: str) -> None:
    """Add to tables that were brought on from `revision` what takes the root key."""
    if revision == migrations.FIRST:
        tx.trail.begin((FIRST_WRITER,))
    if revision <= migrations.BEFORE_KEY_DOCUMENTS:
        tx.keys.give_documents()


def _known_revision(connection: Connection, database: Path | str) -> str:
    revision = migrations.revision_of(connection)
    if not migrations.is_known(revision):
        raise UnsupportedSchema(
            f"The store {database} has schema revision {revision[:32]}; this program knows revisions up to "
            f"{migrations.HEAD}."
        )
    return revision


def _unlocked(root_key: SecretValue, meta: MetaRepository, database: Path | str) -> str:
    """Return the id of the store that the root key opens."""
    store_id, canary = meta.get("store_id"), meta.get("canary")
    if store_id is None or canary is None:
        raise StoreUnavailable(f"{database} is not a whole store.")
    named = store_id.decode("utf-8", "replace")
    try:
        Barrier(root_key, named).unseal(Purpose.CANARY, canary, _CANARY)
    except DecryptionFailed:
        raise Sealed(f"The root key is not the one of the store {database}.") from None
    return named
