"""Fixtures every test may use."""

from __future__ import annotations

from collections.abc import Iterator

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
