"""A store in a file and one in PostgreSQL, reached past its own code as somebody who can edit the database would."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from strongroom.kernel.secretvalue import SecretValue
from tests.testing.vault_bench import Bench
from vault.crypto.aead import generate_key
from vault.storage.store import Store

Sql = Callable[..., list[Any]]

_ONLY_FILES = ("test_store", "test_migrations", "test_no_plaintext", "test_any_byte")
"""Suites about files; all others hold for every database."""
_IN_POSTGRESQL = (
    (re.compile(r"zeroblob\((\d+)\)"), r"decode(repeat('00', \1), 'hex')"),
    (re.compile(r"x'([0-9a-f]*)'"), r"decode('\1', 'hex')"),
    (re.compile(r"AS BLOB\)"), "AS BYTEA)"),
    (re.compile(r"%"), "%%"),
    (re.compile(r"\?"), "%s"),
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each suite that asks for a store on every database it holds for."""
    marked = any("database" in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize"))
    if "database" in metafunc.fixturenames and not marked:
        only_files = metafunc.module.__name__.rpartition(".")[2] in _ONLY_FILES
        metafunc.parametrize("database", ["sqlite"] if only_files else ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def root_key() -> SecretValue:
    """The root key of the store under test."""
    return SecretValue(generate_key())


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the store under test lives, as `Store.create` takes it."""
    if request.param == "sqlite":
        return str(tmp_path / "store.db")
    return request.getfixturevalue("postgres_database")  # type: ignore[no-any-return]


@pytest.fixture
def bench(database: str, root_key: SecretValue) -> Iterator[Bench]:
    """A fresh store."""
    made = Bench(store=Store.create(database, root_key))
    yield made
    made.store.close()


@pytest.fixture
def sql(database: str, bench: Bench) -> Sql:
    """Run one statement on the database, past the store."""
    if database.startswith("postgresql:"):
        return lambda statement, *parameters: _in_postgresql(database, statement, parameters)
    return lambda statement, *parameters: _in_sqlite(database, statement, parameters)


def _in_sqlite(database: str, statement: str, parameters: tuple[Any, ...]) -> list[Any]:
    with closing(sqlite3.connect(database)) as connection, connection:
        return connection.execute(statement, parameters).fetchall()


def _in_postgresql(database: str, statement: str, parameters: tuple[Any, ...]) -> list[Any]:
    import psycopg

    for pattern, replacement in _IN_POSTGRESQL:
        statement = pattern.sub(replacement, statement)
    with psycopg.connect(database) as connection:
        done = connection.execute(statement, parameters)  # type: ignore[call-overload]
        return [] if done.description is None else done.fetchall()
