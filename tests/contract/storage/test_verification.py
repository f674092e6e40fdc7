"""A check of the store names every row that somebody changed, and none that nobody did."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from strongroom.kernel.secretvalue import SecretValue
from tests.contract.storage.conftest import Sql
from tests.testing.vault_bench import Bench
from vault.domain.fault import Fault
from vault.services.digests import DigestFolder
from vault.services.keyring import Keyring
from vault.services.verification import Verification
from vault.storage.store import Store


@pytest.fixture
def filled(bench: Bench) -> Bench:
    """A bench with two secrets, one of two versions, and six recorded events: three of them are its uses of KMS."""
    bench.call("CreateSecret", Name="one", SecretString="1-old")
    bench.call("PutSecretValue", SecretId="one", SecretString="1-new")
    bench.call("CreateSecret", Name="two", SecretBinary=b"2")
    _record(bench, 3)
    return bench


def _record(bench: Bench, number: int) -> None:
    for _ in range(number):
        with bench.store.transaction() as tx:
            tx.trail.append({"eventName": "call"}, bench.now)


def _faults(bench: Bench) -> list[Fault]:
    return list(Verification(bench.store, Keyring(bench.store)).faults())


def test_an_untouched_store_has_no_fault(filled: Bench) -> None:
    verification = Verification(filled.store, Keyring(filled.store))
    assert list(verification.faults()) == []
    counts = verification.counts
    assert (counts.secrets, counts.versions, counts.events) == (2, 3, 6)


@pytest.mark.parametrize(
    ("statement", "row"),
    [
        ("UPDATE secrets SET state = replace(state, 'us-east-1', 'eu-west-1') WHERE name = 'one'", "secret arn"),
        ("UPDATE secrets SET name = 'uno' WHERE name = 'one'", "secret arn"),
        ("UPDATE secrets SET created = created + 1 WHERE name = 'two'", "secret arn"),
        (
            "UPDATE versions SET payload = CAST(substr(payload, 1, 20) || x'00' AS BLOB)",
            "version",
        ),
        ("UPDATE versions SET wrapped_key = zeroblob(61)", "version"),
        ("UPDATE versions SET digest = zeroblob(32)", "version"),
        ("DELETE FROM versions WHERE arn LIKE '%:two-%'", "version"),
        ("UPDATE key_materials SET wrapped = zeroblob(61)", "KMS key"),
        ("DELETE FROM key_materials", "KMS key"),
        ("UPDATE keys SET mac = zeroblob(32)", "KMS key"),
        ("DELETE FROM key_aliases", "KMS key"),
        ("UPDATE trail SET event = '{}' WHERE seq = 2", "trail of"),
        ("DELETE FROM trail WHERE seq = 3", "trail of"),
        ("UPDATE trail_chains SET head = zeroblob(32)", "trail of"),
        ("DELETE FROM meta WHERE name = 'trail_writers'", "trail"),
    ],
)
def test_what_was_changed_is_named(filled: Bench, sql: Sql, statement: str, row: str) -> None:
    sql(statement)
    faults = _faults(filled)
    assert faults
    assert all(fault.row.startswith(row) or fault.row.startswith("version") for fault in faults)


def test_payloads_that_changed_places_are_both_named(filled: Bench, sql: Sql) -> None:
    (one, first), (two, second) = sql("SELECT version_id, payload FROM versions ORDER BY version_id LIMIT 2")
    sql("UPDATE versions SET payload = ? WHERE version_id = ?", second, one)
    sql("UPDATE versions SET payload = ? WHERE version_id = ?", first, two)
    assert {fault.row.split(" ")[1] for fault in _faults(filled)} == {one, two}


def test_a_version_that_nobody_put_is_named(filled: Bench, sql: Sql) -> None:
    sql(
        "INSERT INTO versions SELECT arn, 'smuggled', key_id, wrapped_key, payload, digest, created FROM versions "
        "WHERE arn LIKE '%:two-%'"
    )
    (fault,) = _faults(filled)
    assert fault.row.startswith("version smuggled of ")


def test_no_fault_holds_a_value(filled: Bench, sql: Sql) -> None:
    sql("UPDATE versions SET digest = zeroblob(32)")
    assert not any(value in repr(_faults(filled)) for value in ("1-old", "1-new"))


@pytest.fixture
def kept(tmp_path: Path) -> DigestFolder:
    return DigestFolder(tmp_path / "digests")


def test_digests_of_a_trail_that_went_on_fit_it(filled: Bench, kept: DigestFolder) -> None:
    for _ in range(3):
        kept.keep(filled.store, filled.now)
        filled.now += timedelta(hours=1)
        _record(filled, 2)
    assert list(kept.faults(filled.store)) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_digest_shows_that_the_database_was_put_back(
    filled: Bench, kept: DigestFolder, tmp_path: Path, root_key: SecretValue
) -> None:
    with closing(sqlite3.connect(tmp_path / "store.db")) as source, closing(sqlite3.connect(tmp_path / "old")) as copy:
        source.backup(copy)
    _record(filled, 1)
    kept.keep(filled.store, filled.now)
    filled.store.close()
    shutil.copy(tmp_path / "old", tmp_path / "store.db")
    restored = Store.open(tmp_path / "store.db", root_key)
    assert list(Verification(restored, Keyring(restored)).faults()) == []
    (fault,) = kept.faults(restored)
    assert "does not hold row 7 as it was then" in fault.problem
    restored.close()


def test_a_digest_that_was_edited_or_taken_out_is_named(filled: Bench, kept: DigestFolder) -> None:
    places = []
    for _ in range(3):
        places.append(kept.keep(filled.store, filled.now))
        filled.now += timedelta(hours=1)
    content = json.loads(places[2].read_bytes())
    places[2].write_text(json.dumps({**content, "previous": ""}))
    assert [(fault.row, fault.problem) for fault in kept.faults(filled.store)] == [
        (places[2].name, "it was not signed by this store, or changed since")
    ]
    places[2].write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")
    places[1].unlink()
    (fault,) = kept.faults(filled.store)
    assert (fault.row, fault.problem) == (places[2].name, "the digest before it is missing or was changed")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema_version": 2}', "not json"])
def test_another_file_is_no_digest(filled: Bench, kept: DigestFolder, text: str) -> None:
    place = kept.keep(filled.store, filled.now)
    place.write_text(text)
    assert [fault.row for fault in kept.faults(filled.store)] == [place.name]


def test_a_checkpoint_leaves_everything_as_it_is(filled: Bench) -> None:
    filled.store.checkpoint()
    assert _faults(filled) == []
    assert filled.value("one") == "1-new"
