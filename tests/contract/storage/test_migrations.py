"""A store that an earlier version wrote opens, with all it held; its trail still proves itself."""

from __future__ import annotations

import importlib
import json
import sqlite3
import uuid
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from strongroom.kernel.canonical import canonical_json
from strongroom.kernel.secretvalue import SecretValue
from tests.testing.vault_bench import ACCOUNT, REGION, Bench, file_bench
from vault.crypto.aead import generate_key, seal
from vault.crypto.kdf import Barrier, Purpose
from vault.domain.envelope import Part, Place, tag
from vault.domain.errors import IntegrityFailure, Sealed
from vault.domain.keys import KeyManager
from vault.services.keyring import Keyring
from vault.services.verification import Verification
from vault.storage import migrations
from vault.storage.engine import connect
from vault.storage.schema import metadata
from vault.storage.store import Store
from vault.storage.trail import FIRST_WRITER, ChainFault

_STORE_ID = "8b0fc1a6-7d4c-4a5e-9d55-0f6d6a0a3c11"

AFTER_THE_THIRD = (
    "replication", "iam_entities", "access_key_uses", "alarms", "metric_filters", "alarm_history", "notifications",
    "function_parts", "functions",
)  # fmt: skip
"""Tables that revision 0004 and later ones made."""
NOT_YET = "ALTER TABLE rotation_jobs DROP COLUMN more"
"""Takes away what else the last of them brought."""


def _first_tables() -> tuple[str, ...]:
    tables: tuple[str, ...] = importlib.import_module("vault.storage.migrations.versions.0001_first_stores").TABLES
    return tables


@pytest.fixture
def root_key() -> SecretValue:
    return SecretValue(generate_key())


@pytest.fixture
def first_store(tmp_path: Path, root_key: SecretValue) -> Path:
    """A store of the first revision with two events in its one chain."""
    barrier = Barrier(root_key, _STORE_ID)
    place = tmp_path / "store.db"
    with closing(sqlite3.connect(place)) as connection, connection:
        for statement in _first_tables():
            connection.execute(statement)
        before = barrier.mac(Purpose.TRAIL, b"genesis")
        for seq in (1, 2):
            event = canonical_json({"eventName": f"call {seq}", "recipientAccountId": ACCOUNT, "awsRegion": REGION})
            mac = barrier.mac(Purpose.TRAIL, before, f"{seq}@{seq}".encode(), event)
            connection.execute("INSERT INTO trail VALUES (?, ?, ?, ?, ?)", (seq, seq, event.decode(), before, mac))
            before = mac
        number = (2).to_bytes(8, "big")
        facts = {
            "store_id": _STORE_ID.encode(),
            "schema_version": b"1",
            "canary": barrier.seal(Purpose.CANARY, b"", b"the root key of this store"),
            "trail_head": number + before + barrier.mac(Purpose.TRAIL, b"head", number, before),
        }
        connection.executemany("INSERT INTO meta VALUES (?, ?)", facts.items())
    return place


def test_the_trail_of_a_first_store_is_whole_after_it_was_brought_on(first_store: Path, root_key: SecretValue) -> None:
    store = Store.open(first_store, root_key)
    with store.transaction() as tx:
        assert tx.trail.first_bad() is None
        assert [row.event["eventName"] for row in tx.trail.read(FIRST_WRITER)] == ["call 1", "call 2"]
    store.close()


def test_a_first_store_is_brought_on_once(first_store: Path, root_key: SecretValue) -> None:
    Store.open(first_store, root_key).close()
    store = Store.open(first_store, root_key)
    with store.transaction() as tx:
        assert len(tx.trail.heads()) == 1
    store.close()


def test_a_cut_off_end_of_a_first_store_is_still_missed(first_store: Path, root_key: SecretValue) -> None:
    with closing(sqlite3.connect(first_store)) as connection, connection:
        connection.execute("DELETE FROM trail WHERE seq = 2")
    store = Store.open(first_store, root_key)
    with store.transaction() as tx:
        assert tx.trail.first_bad() == ChainFault(writer=FIRST_WRITER, seq=0)
        with pytest.raises(IntegrityFailure):
            tx.trail.heads()
    store.close()


def test_another_root_key_leaves_a_first_store_as_it_is(first_store: Path) -> None:
    with pytest.raises(Sealed, match="root key"):
        Store.open(first_store, SecretValue(generate_key()))
    with closing(sqlite3.connect(first_store)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    assert "trail_chains" not in tables


@pytest.fixture
def second_store(tmp_path: Path, root_key: SecretValue) -> Path:
    """A store of the second revision with one secret, its data key wrapped as the first stores did."""
    bench = file_bench(tmp_path, root_key)
    arn = bench.call("CreateSecret", Name="old", SecretString="kept")["ARN"]
    (version,) = bench.stages("old")
    barrier, store_id = bench.store.barrier, bench.store.store_id
    bench.store.close()
    material, data_key, key_id = generate_key(), generate_key(), str(uuid.uuid4())
    where = Place(store_id=store_id, account_id=ACCOUNT, region=REGION, key_id=key_id)
    value = replace(where, arn=arn, version_id=version)
    wrapped = tag(barrier.seal(Purpose.KEY_WRAPPING, material, where.associated_data(Part.KMS_KEY)))
    with closing(sqlite3.connect(tmp_path / "store.db")) as connection, connection:
        for table in ("keys", "key_materials", "key_aliases", "key_grants", "data_keys", *AFTER_THE_THIRD):
            connection.execute(f"DROP TABLE {table}")
        connection.execute(NOT_YET)
        connection.execute(next(each for each in _first_tables() if each.startswith("CREATE TABLE keys ")))
        row = (key_id, ACCOUNT, REGION, "alias/aws/secretsmanager", wrapped, 1_000_000)
        connection.execute("INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?)", row)
        connection.execute(
            "UPDATE versions SET key_id = ?, wrapped_key = ?, payload = ?",
            (
                key_id,
                tag(seal(material, data_key, value.associated_data(Part.DATA_KEY))),
                tag(seal(data_key, b"skept", value.associated_data(Part.VALUE))),
            ),
        )
        (state,) = connection.execute("SELECT state FROM secrets").fetchone()
        content = json.loads(state)
        del content["kms_key"], content["versions"][0]["further_keys"]
        content["versions"][0]["key_id"] = key_id
        document = canonical_json(content)
        mac = barrier.mac(Purpose.STATE, document)
        connection.execute("UPDATE secrets SET state = ?, mac = ?", (document.decode(), mac))
        connection.execute("UPDATE alembic_version SET version_num = '0002'")
    return tmp_path / "store.db"


def test_keys_in_postgresql_are_brought_on_too(postgres_database: str, root_key: SecretValue) -> None:
    bench = Bench(store=Store.create(postgres_database, root_key))
    barrier, store_id = bench.store.barrier, bench.store.store_id
    bench.store.close()
    key_id = str(uuid.uuid4())
    where = Place(store_id=store_id, account_id=ACCOUNT, region=REGION, key_id=key_id)
    wrapped = tag(barrier.seal(Purpose.KEY_WRAPPING, generate_key(), where.associated_data(Part.KMS_KEY)))
    engine = connect(postgres_database)
    with engine.begin() as connection:
        gone = (*AFTER_THE_THIRD, "data_keys", "key_grants", "key_aliases", "key_materials", "keys")
        connection.exec_driver_sql(f"DROP TABLE {', '.join(gone)}")
        connection.exec_driver_sql(NOT_YET)
        before = next(each for each in _first_tables() if each.startswith("CREATE TABLE keys "))
        for here, there in (("TEXT", 'TEXT COLLATE "C"'), ("INTEGER", "BIGINT"), ("BLOB", "BYTEA"), (" STRICT", "")):
            before = before.replace(here, there)
        connection.exec_driver_sql(before)
        row = (key_id, ACCOUNT, REGION, "alias/aws/secretsmanager", wrapped, 1_000_000)
        connection.exec_driver_sql("INSERT INTO keys VALUES (%s, %s, %s, %s, %s, %s)", row)
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0002'")
    bench = Bench(store=Store.open(postgres_database, root_key))
    bench.call("CreateSecret", Name="new", SecretString="value")
    assert bench.value("new") == "value"
    assert list(Verification(bench.store, Keyring(bench.store)).faults()) == []
    with engine.begin() as connection:
        changes = compare_metadata(MigrationContext.configure(connection), metadata)
        assert {change[0][0] for change in changes} <= {"modify_comment"}
        assert connection.exec_driver_sql("SELECT key_id FROM keys").scalars().all() == [key_id]
    engine.dispose()
    bench.store.close()


def test_a_secret_of_before_keys_had_documents_opens_and_is_written_on(
    second_store: Path, root_key: SecretValue
) -> None:
    bench = Bench(store=Store.open(second_store, root_key))
    assert bench.value("old") == "kept"
    bench.call("PutSecretValue", SecretId="old", SecretString="new")
    assert bench.value("old") == "new"
    assert bench.value("old", VersionStage="AWSPREVIOUS") == "kept"
    assert list(Verification(bench.store, Keyring(bench.store)).faults()) == []
    bench.store.close()


def test_a_key_of_before_keys_had_documents_is_managed_by_aws(second_store: Path, root_key: SecretValue) -> None:
    store = Store.open(second_store, root_key)
    with store.transaction() as tx:
        key = tx.keys.find_alias(ACCOUNT, REGION, "alias/aws/secretsmanager")
    assert key is not None
    assert (key.manager, len(key.materials), key.newest.bound) == (KeyManager.AWS, 1, False)
    assert key.created == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    store.close()


def _before_replication(place: Path, bench: Bench) -> None:
    """Take from a store what revisions 0004 and later gave it, and close it."""
    bench.store.close()
    with closing(sqlite3.connect(place)) as connection, connection:
        for table in AFTER_THE_THIRD:
            connection.execute(f"DROP TABLE {table}")
        connection.execute(NOT_YET)
        connection.execute("UPDATE alembic_version SET version_num = '0003'")


def test_a_secret_of_before_replication_is_replicated_once_its_store_was_brought_on(
    tmp_path: Path, root_key: SecretValue
) -> None:
    bench = file_bench(tmp_path, root_key)
    bench.call("CreateSecret", Name="old", SecretString="kept")
    _before_replication(tmp_path / "store.db", bench)
    bench = Bench(store=Store.open(tmp_path / "store.db", root_key))
    assert "PrimaryRegion" not in bench.call("DescribeSecret", SecretId="old")
    regions = [{"Region": "eu-west-1"}]
    answer = bench.call("ReplicateSecretToRegions", SecretId="old", AddReplicaRegions=regions)
    assert [each["Status"] for each in answer["ReplicationStatus"]] == ["InProgress"]
    assert bench.value("old") == "kept"
    assert list(Verification(bench.store, Keyring(bench.store)).faults()) == []
    bench.store.close()


def test_replication_in_postgresql_is_brought_on_too(postgres_database: str, root_key: SecretValue) -> None:
    Store.create(postgres_database, root_key).close()
    engine = connect(postgres_database)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TABLE {', '.join(AFTER_THE_THIRD)}")
        connection.exec_driver_sql(NOT_YET)
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0003'")
    Store.open(postgres_database, root_key).close()
    with engine.begin() as connection:
        changes = compare_metadata(MigrationContext.configure(connection), metadata)
        assert {change[0][0] for change in changes} <= {"modify_comment"}
    engine.dispose()


def test_migrations_from_the_first_revision_make_the_tables_of_today(tmp_path: Path) -> None:
    engine = connect(str(tmp_path / "new.db"))
    with engine.begin() as connection:
        for statement in _first_tables():
            connection.exec_driver_sql(statement)
        migrations.upgrade(connection, migrations.FIRST)
        assert migrations.revision_of(connection) == migrations.HEAD
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_the_newest_revision_is_the_one_that_the_scripts_lead_to() -> None:
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert scripts.get_heads() == [migrations.HEAD]
