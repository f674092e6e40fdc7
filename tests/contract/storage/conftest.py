"""A store in a file, reached past its own code as somebody who can edit the database would."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from strongroom.kernel.secretvalue import SecretValue
from tests.testing.vault_bench import Bench, file_bench
from vault.crypto.aead import generate_key

Sql = Callable[..., list[Any]]


@pytest.fixture
def root_key() -> SecretValue:
    """The root key of the store under test."""
    return SecretValue(generate_key())


@pytest.fixture
def bench(tmp_path: Path, root_key: SecretValue) -> Iterator[Bench]:
    """A fresh store in a file."""
    made = file_bench(tmp_path, root_key)
    yield made
    made.store.close()


@pytest.fixture
def sql(tmp_path: Path, bench: Bench) -> Sql:
    """Run one statement on the database file with the standard library, past the store."""

    def run(statement: str, *parameters: Any) -> list[Any]:
        with closing(sqlite3.connect(tmp_path / "store.db")) as connection, connection:
            return connection.execute(statement, parameters).fetchall()

    return run
