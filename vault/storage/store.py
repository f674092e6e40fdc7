"""A store: opened with its root key, worked on in transactions."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from strongroom.kernel.secretvalue import SecretValue
from vault.crypto.kdf import Barrier, Purpose
from vault.domain.errors import DecryptionFailed, Sealed, StoreUnavailable, UnsupportedSchema
from vault.storage.engine import MEMORY, check_database_file, connect, create_database_file
from vault.storage.identities import IdentityRepository
from vault.storage.keys import KeyRepository
from vault.storage.meta import MetaRepository
from vault.storage.rotation import RotationJobRepository
from vault.storage.schema import SCHEMA_VERSION, metadata
from vault.storage.secrets import SecretRepository
from vault.storage.trail import TrailRepository

STORE_FILE = "store.db"

_CANARY = b"the root key of this store"


class UnitOfWork:
    """One transaction: every repository on the same connection."""

    def __init__(self, connection: Connection, barrier: Barrier) -> None:
        self._connection = connection
        self.meta = MetaRepository(connection)
        self.keys = KeyRepository(connection)
        self.secrets = SecretRepository(connection, barrier)
        self.rotation_jobs = RotationJobRepository(connection, barrier)
        self.identities = IdentityRepository(connection, barrier)
        self.trail = TrailRepository(connection, barrier, self.meta)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what happens inside, and only that, when it raises."""
        with self._connection.begin_nested():
            yield


class Store:
    """One database with one root key. `store_id` is its identity, bound into every ciphertext."""

    def __init__(self, engine: Engine, root_key: SecretValue, store_id: str) -> None:
        self._engine = engine
        # An in-memory store has one connection, which two threads must not share within a transaction.
        self._lock = threading.Lock() if engine.url.database is None else None
        self.store_id = store_id
        self.barrier = Barrier(root_key, store_id)

    @classmethod
    def create(cls, database: Path | str, root_key: SecretValue) -> Store:
        """Make a new, empty store in a file that does not exist yet, or in memory for `:memory:`.

        Raises `StoreUnavailable` where the file exists or cannot be made; nothing is left of it then.
        """
        in_memory = str(database) == MEMORY
        if not in_memory:
            create_database_file(Path(database))
        engine = connect(str(database))
        store = cls(engine, root_key, str(uuid.uuid4()))
        try:
            store._initialise()
        except BaseException:
            engine.dispose()
            if not in_memory:
                Path(database).unlink(missing_ok=True)
            raise
        return store

    @classmethod
    def open(cls, database: Path, root_key: SecretValue) -> Store:
        """Open a store that exists.

        Raises `StoreUnavailable` where there is none, `UnsupportedSchema` for one of a newer version, `Sealed` when
        the root key is not its own.
        """
        check_database_file(database)
        engine = connect(str(database))
        try:
            return cls._opened(engine, root_key, database)
        except BaseException:
            engine.dispose()
            raise

    @contextmanager
    def transaction(self) -> Iterator[UnitOfWork]:
        """Yield a unit of work that commits at the end and rolls back when it raises.

        Transactions of one store follow one another; they are not nested. Raises `StoreUnavailable` when the database
        stays busy for too long or cannot be written.
        """
        if self._lock is None:
            with _transaction(self._engine) as connection:
                yield UnitOfWork(connection, self.barrier)
            return
        with self._lock, _transaction(self._engine) as connection:
            yield UnitOfWork(connection, self.barrier)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @classmethod
    def _opened(cls, engine: Engine, root_key: SecretValue, database: Path) -> Store:
        with _transaction(engine) as connection:
            if not engine.dialect.has_table(connection, "meta"):
                raise StoreUnavailable(f"{database} is not a store.")
            meta = MetaRepository(connection)
            _check_schema(meta, database)
            store_id, canary = meta.get("store_id"), meta.get("canary")
        if store_id is None or canary is None:
            raise StoreUnavailable(f"{database} is not a whole store.")
        store = cls(engine, root_key, store_id.decode("utf-8", "replace"))
        try:
            store.barrier.unseal(Purpose.CANARY, canary, _CANARY)
        except DecryptionFailed:
            raise Sealed(f"The root key is not the one of the store {database}.") from None
        return store

    def _initialise(self) -> None:
        with _transaction(self._engine) as connection:
            metadata.create_all(connection)
            tx = UnitOfWork(connection, self.barrier)
            tx.meta.set("store_id", self.store_id.encode())
            tx.meta.set("schema_version", str(SCHEMA_VERSION).encode())
            tx.meta.set("canary", self.barrier.seal(Purpose.CANARY, b"", _CANARY))
            tx.trail.begin()


@contextmanager
def _transaction(engine: Engine) -> Iterator[Connection]:
    try:
        with engine.begin() as connection:
            yield connection
    except DBAPIError as error:
        # The library's text would repeat the statement with its parameters; the driver's says what is wrong.
        raise StoreUnavailable(f"The store cannot be used: {error.orig}.") from None


def _check_schema(meta: MetaRepository, database: Path) -> None:
    stored = (meta.get("schema_version") or b"").decode("utf-8", "replace")
    if not stored.isdigit():
        raise StoreUnavailable(f"{database} is not a whole store.")
    if int(stored) > SCHEMA_VERSION:
        raise UnsupportedSchema(
            f"The store {database} has schema version {stored}; this program knows versions up to {SCHEMA_VERSION}."
        )
