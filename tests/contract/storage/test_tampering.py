"""Whoever edits the database gets an error, never another value."""

from __future__ import annotations

import pytest

from tests.contract.storage.conftest import Sql
from tests.testing.vault_bench import ACCOUNT, FUNCTION, REGION, Bench
from vault.domain.errors import DecryptionFailed, IntegrityFailure, VaultError
from vault.services.events import EventQuery

REFUSED = (DecryptionFailed, IntegrityFailure)


@pytest.fixture
def two(bench: Bench) -> Bench:
    """A bench with secrets `one` (two versions) and `two`."""
    bench.call("CreateSecret", Name="one", SecretString="1-old")
    bench.call("PutSecretValue", SecretId="one", SecretString="1-new")
    bench.call("CreateSecret", Name="two", SecretString="2")
    return bench


def _version(bench: Bench, stage: str) -> str:
    return next(each for each, held in bench.stages("one").items() if stage in held)


@pytest.mark.parametrize("column", ["payload", "wrapped_key", "digest"])
def test_a_flipped_byte_of_a_version_never_gives_another_value(two: Bench, sql: Sql, column: str) -> None:
    version = _version(two, "AWSCURRENT")
    (stored,) = sql(f"SELECT {column} FROM versions WHERE version_id = ?", version)[0]
    for position in range(len(stored)):
        damaged = bytearray(stored)
        damaged[position] ^= 0x41
        sql(f"UPDATE versions SET {column} = ? WHERE version_id = ?", bytes(damaged), version)
        if column == "digest":
            assert two.value("one") == "1-new"
        else:
            with pytest.raises(REFUSED):
                two.value("one")


def test_a_damaged_digest_never_takes_another_value_for_the_same(two: Bench, sql: Sql) -> None:
    version = _version(two, "AWSCURRENT")
    (other,) = sql("SELECT digest FROM versions WHERE version_id != ?", version)[0]
    sql("UPDATE versions SET digest = ? WHERE version_id = ?", other, version)
    for value in ("1-old", "1-new", "2"):
        with pytest.raises(VaultError):
            two.call("PutSecretValue", SecretId="one", SecretString=value, ClientRequestToken=version)


@pytest.mark.parametrize("columns", [("payload",), ("wrapped_key",), ("payload", "wrapped_key", "key_id", "digest")])
@pytest.mark.parametrize("source", ["AWSPREVIOUS", "two"])
def test_ciphertext_of_another_version_or_secret_does_not_open(
    two: Bench, sql: Sql, columns: tuple[str, ...], source: str
) -> None:
    target = _version(two, "AWSCURRENT")
    other = _version(two, source) if source == "AWSPREVIOUS" else next(iter(two.stages("two")))
    for column in columns:
        statement = f"UPDATE versions SET {column} = (SELECT {column} FROM versions WHERE version_id = ?)"
        sql(statement + " WHERE version_id = ?", other, target)
    with pytest.raises(REFUSED):
        two.value("one")


def test_a_whole_row_under_another_id_does_not_open(two: Bench, sql: Sql) -> None:
    current, previous = _version(two, "AWSCURRENT"), _version(two, "AWSPREVIOUS")
    sql("DELETE FROM versions WHERE version_id = ?", current)
    sql("UPDATE versions SET version_id = ? WHERE version_id = ?", current, previous)
    with pytest.raises(REFUSED):
        two.value("one")


def test_a_version_that_was_removed_is_missed(two: Bench, sql: Sql) -> None:
    sql("DELETE FROM versions WHERE version_id = ?", _version(two, "AWSCURRENT"))
    with pytest.raises(IntegrityFailure):
        two.value("one")


EDITS = (
    "UPDATE secrets SET state = replace(state, 'AWSPREVIOUS', 'AWSNEXT')",
    "UPDATE secrets SET state = replace(state, '\"generation\":', '\"generation\": ')",
    "UPDATE secrets SET mac = zeroblob(32)",
    "UPDATE secrets SET mac = x''",
    "UPDATE secrets SET created = created + 1",
    "UPDATE secrets SET purge_at = 1",
    "UPDATE secrets SET rotation_due = 1",
    "UPDATE secrets SET accessed = accessed + 1",
)


@pytest.mark.parametrize("statement", EDITS)
def test_an_edited_secret_is_refused(two: Bench, sql: Sql, statement: str) -> None:
    sql(statement)
    for operation in ("GetSecretValue", "DescribeSecret", "DeleteSecret"):
        with pytest.raises(IntegrityFailure):
            two.call(operation, SecretId="one")
    with pytest.raises(IntegrityFailure):
        two.call("ListSecrets")


def test_a_secret_under_another_name_is_refused(two: Bench, sql: Sql) -> None:
    sql("UPDATE secrets SET name = 'three' WHERE name = 'one'")
    sql("UPDATE secrets SET name = 'one' WHERE name = 'two'")
    with pytest.raises(IntegrityFailure):
        two.value("one")


def test_the_document_of_another_secret_is_refused(two: Bench, sql: Sql) -> None:
    state, mac = sql("SELECT state, mac FROM secrets WHERE name = 'two'")[0]
    sql("UPDATE secrets SET state = ?, mac = ? WHERE name = 'one'", state, mac)
    with pytest.raises(IntegrityFailure):
        two.value("one")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE key_materials SET wrapped = zeroblob(61)",
        "UPDATE key_materials SET wrapped = x''",
        "UPDATE key_materials SET material_id = 'other'",
        "DELETE FROM key_materials",
        "UPDATE keys SET state = replace(state, '\"AWS\"', '\"CUSTOMER\"')",
        "UPDATE keys SET mac = zeroblob(32)",
        "UPDATE keys SET purge_at = 1",
        "UPDATE keys SET account_id = '210987654321'",
        "UPDATE keys SET region = 'eu-west-1'",
        "DELETE FROM keys",
    ],
)
def test_a_damaged_kms_key_opens_nothing(two: Bench, sql: Sql, statement: str) -> None:
    sql(statement)
    with pytest.raises(REFUSED):
        two.value("one")


@pytest.mark.parametrize(
    "edit",
    [
        "token = 'other'",
        "state = 'failed'",
        "due = 1",
        "attempts = 9",
        "owner = 'me'",
        "more = NULL",
        "mac = zeroblob(32)",
    ],
)
def test_an_edited_rotation_job_is_refused(two: Bench, sql: Sql, edit: str) -> None:
    arn = two.call("RotateSecret", SecretId="one", RotationLambdaARN=FUNCTION)["ARN"]
    sql(f"UPDATE rotation_jobs SET {edit}")
    with two.services() as services, pytest.raises(IntegrityFailure):
        services.rotation_work.claim(arn, "worker", two.now)


_EVENT = {"eventName": "GetSecretValue", "recipientAccountId": ACCOUNT, "awsRegion": REGION, "userIdentity": {}}


@pytest.mark.parametrize(
    "edit",
    [
        "event = replace(event, 'GetSecretValue', 'ListSecrets')",
        "event = 'no json'",
        "time = time + 1",
        "time = 4611686018427387903",
        "seq = 9",
        "mac = zeroblob(32)",
        "writer = 'elsewhere'",
    ],
)
def test_an_edited_event_is_refused(bench: Bench, sql: Sql, edit: str) -> None:
    for _ in range(2):
        with bench.store.transaction() as tx:
            tx.trail.append(_EVENT, bench.now)
    with bench.services() as services:
        assert len(services.events.look_up(bench.context, EventQuery()).items) == 2
    sql(f"UPDATE trail SET {edit} WHERE seq = 2")
    with bench.services() as services, pytest.raises(IntegrityFailure):
        services.events.look_up(bench.context, EventQuery())


def test_an_event_of_another_account_is_refused(bench: Bench, sql: Sql) -> None:
    with bench.store.transaction() as tx:
        tx.trail.append({**_EVENT, "recipientAccountId": "210987654321"}, bench.now)
    sql("UPDATE trail SET account_id = ?", ACCOUNT)
    with bench.services() as services, pytest.raises(IntegrityFailure):
        services.events.look_up(bench.context, EventQuery())
