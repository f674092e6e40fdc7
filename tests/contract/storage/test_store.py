"""A store: made, opened, refused; its transactions."""

from __future__ import annotations

import os
import sqlite3
import stat
from pathlib import Path

import pytest

from strongroom.kernel.secretvalue import SecretValue
from tests.contract.storage.conftest import Sql
from tests.testing.vault_bench import Bench, memory_bench
from vault.crypto.aead import generate_key
from vault.domain.errors import IntegrityFailure, ResourceExists, Sealed, StoreUnavailable, UnsupportedSchema
from vault.storage.identities import Identity
from vault.storage.schema import metadata
from vault.storage.store import Store


def _identity(**changed: object) -> Identity:
    values = {
        "access_key_id": "AKID",
        "account_id": "123456789012",
        "user_arn": "arn:aws:iam::123456789012:root",
        "sealed_secret": b"box",
        "policies": ({"Statement": []},),
    }
    return Identity(**{**values, **changed})  # type: ignore[arg-type]


def test_what_is_committed_is_there_when_the_store_is_opened_again(
    tmp_path: Path, bench: Bench, root_key: SecretValue
) -> None:
    bench.call("CreateSecret", Name="n", SecretString="v")
    bench.store.close()
    again = Bench(store=Store.open(tmp_path / "store.db", root_key))
    assert again.value("n") == "v"
    assert again.store.store_id == bench.store.store_id
    again.store.close()


def test_every_file_of_the_store_is_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = Store.create(tmp_path / "store.db", SecretValue(generate_key()))
        with store.transaction() as tx:
            tx.meta.set("a", b"b")
            modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()}
    finally:
        os.umask(before)
    store.close()
    assert len(modes) == 3
    assert set(modes.values()) == {0o600}


def test_a_store_is_not_made_over_another_file(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_text("mine")
    with pytest.raises(StoreUnavailable):
        Store.create(tmp_path / "store.db", SecretValue(generate_key()))
    assert (tmp_path / "store.db").read_text() == "mine"


def test_opening_what_is_not_there_makes_nothing(tmp_path: Path, root_key: SecretValue) -> None:
    with pytest.raises(StoreUnavailable):
        Store.open(tmp_path / "store.db", root_key)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"no database at all, but long enough to be one" * 20])
def test_another_file_is_no_store(tmp_path: Path, root_key: SecretValue, content: bytes) -> None:
    (tmp_path / "other.db").write_bytes(content)
    with pytest.raises(StoreUnavailable):
        Store.open(tmp_path / "other.db", root_key)


def test_another_root_key_is_refused(tmp_path: Path, bench: Bench) -> None:
    with pytest.raises(Sealed, match="root key"):
        Store.open(tmp_path / "store.db", SecretValue(generate_key()))


def test_a_store_of_a_newer_version_is_refused_by_name(tmp_path: Path, root_key: SecretValue, sql: Sql) -> None:
    sql("UPDATE alembic_version SET version_num = '0999'")
    with pytest.raises(UnsupportedSchema, match="schema revision 0999"):
        Store.open(tmp_path / "store.db", root_key)


def test_a_changed_store_id_does_not_open(tmp_path: Path, root_key: SecretValue, sql: Sql) -> None:
    sql("UPDATE meta SET value = ? WHERE name = 'store_id'", b"another")
    with pytest.raises(Sealed):
        Store.open(tmp_path / "store.db", root_key)


def test_what_raises_is_undone(bench: Bench) -> None:
    with pytest.raises(KeyError), bench.store.transaction() as tx:
        tx.meta.set("a", b"b")
        raise KeyError
    with bench.store.transaction() as tx:
        assert tx.meta.get("a") is None


def test_a_savepoint_undoes_only_what_is_inside(bench: Bench) -> None:
    with bench.store.transaction() as tx:
        tx.meta.set("outer", b"1")
        with pytest.raises(KeyError), tx.savepoint():
            tx.meta.set("inner", b"1")
            raise KeyError
    with bench.store.transaction() as tx:
        assert (tx.meta.get("outer"), tx.meta.get("inner")) == (b"1", None)


def test_a_store_in_memory_keeps_what_was_committed() -> None:
    bench = memory_bench()
    bench.call("CreateSecret", Name="n", SecretString="v")
    assert bench.value("n") == "v"


def test_commits_are_flushed_and_deletions_overwritten(bench: Bench) -> None:
    with bench.store._engine.connect() as connection:
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        read = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in pragmas]
    assert read == ["wal", 2, 1, 1]


def test_every_table_is_strict_and_every_column_explained(sql: Sql) -> None:
    strict = {name: flag for _, name, _, _, _, flag in sql("PRAGMA table_list")}
    for table in metadata.sorted_tables:
        assert strict[table.name] == 1
        assert all(column.comment for column in table.columns)


def test_accounts_and_their_regions_are_kept(bench: Bench) -> None:
    with bench.store.transaction() as tx:
        tx.meta.add_account("123456789012", ("us-east-1", "eu-west-1"), now=bench.now)
        assert tx.meta.accounts() == ["123456789012"]
        assert tx.meta.regions("123456789012") == ["eu-west-1", "us-east-1"]


def test_an_identity_is_found_by_its_access_key(bench: Bench) -> None:
    with bench.store.transaction() as tx:
        tx.identities.add(_identity())
        assert tx.identities.find("AKID") == _identity()
        assert tx.identities.list("123456789012") == [_identity()]
        assert tx.identities.find("OTHER") is None


def test_an_access_key_is_never_given_twice(bench: Bench) -> None:
    with bench.store.transaction() as tx:
        tx.identities.add(_identity())
        with pytest.raises(ResourceExists):
            tx.identities.add(_identity(user_arn="arn:aws:iam::123456789012:user/other"))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("access_key_id", "OTHER"),
        ("account_id", "210987654321"),
        ("user_arn", "arn:aws:iam::123456789012:user/other"),
        ("policies", "[]"),
        ("sealed_secret", b"other"),
        ("mac", b"other"),
    ],
)
def test_an_edited_identity_is_refused(bench: Bench, sql: Sql, column: str, value: object) -> None:
    with bench.store.transaction() as tx:
        tx.identities.add(_identity())
    sql(f"UPDATE identities SET {column} = ?", value)
    with bench.store.transaction() as tx, pytest.raises(IntegrityFailure):
        tx.identities.find("OTHER" if column == "access_key_id" else "AKID")


def test_a_database_that_cannot_be_written_is_named_without_the_statement(tmp_path: Path, bench: Bench) -> None:
    with sqlite3.connect(tmp_path / "store.db", isolation_level=None) as other:
        other.execute("DROP TABLE meta")
    other.close()
    with pytest.raises(StoreUnavailable) as refused, bench.store.transaction() as tx:
        tx.meta.set("name-of-a-fact", b"value-of-a-fact")
    assert "no such table" in refused.value.message
    assert "of-a-fact" not in refused.value.message
