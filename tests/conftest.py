"""Fixtures every test may use."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.testing.mariadb import MariaDBServer, running_mariadb
from tests.testing.postgres import PostgresServer, running_postgres

# A law holds or it does not; how long a busy machine takes over an example says nothing about it.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL for this worker's session."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDBServer]:
    """A real MariaDB for this worker's session."""
    with running_mariadb() as server:
        yield server


@pytest.fixture
def new_postgres_database(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], str]:
    """Make databases, each of its own, whose passwords stand in a file that libpq reads."""
    passwords = tmp_path / "pgpass"
    passwords.touch(mode=0o600)
    monkeypatch.setenv("PGPASSFILE", str(passwords))

    def make() -> str:
        name, password = f"store_{secrets.token_hex(6)}", secrets.token_hex(12)
        postgres.create_role(name, password, name)
        with passwords.open("a") as stream:
            stream.write(f"{postgres.host}:{postgres.port}:{name}:{name}:{password}\n")
        return f"postgresql://{name}@{postgres.host}:{postgres.port}/{name}"

    return make


@pytest.fixture
def postgres_database(new_postgres_database: Callable[[], str]) -> str:
    """A database of its own."""
    return new_postgres_database()
