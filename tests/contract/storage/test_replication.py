"""Replication on every database: each region in one of its own, tasks leased once, and nothing of it edited unseen."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.testing.regions import EAST, WEST, statuses
from vault.bootstrap import Vault, open_vault
from vault.config import DataDir
from vault.domain.reply import Reply
from vault.initialise import NewStore, initialise
from vault.replication.shipper import Shipper
from vault.services.shipping import Shipment

ACCOUNT = "123456789012"
IN_SYNC = ("InSync", "Replication succeeded")


@pytest.fixture
def place(tmp_path: Path, database: str) -> DataDir:
    """A data directory of two regions."""
    store = database if database.startswith("postgresql:") else ""
    made = DataDir(path=tmp_path / "vault", store=store)
    initialise(made, NewStore(account_id=ACCOUNT, regions=(EAST, WEST)), datetime.now(UTC))
    return made


@pytest.fixture
def vault(place: DataDir) -> Iterator[Vault]:
    """The open vault, with the secret `s` of value `one` in sync in the west."""
    opened = open_vault(place)
    opened.client("secretsmanager").create_secret(Name="s", SecretString="one", AddReplicaRegions=[{"Region": WEST}])
    opened.replicate()
    yield opened
    opened.close()


def _value(vault: Vault, region: str) -> str:
    return str(vault.client("secretsmanager", region=region).get_secret_value(SecretId="s")["SecretString"])


def _tables(vault: Vault, region: str, statement: str) -> list[Any]:
    with vault.regions[region].store._engine.begin() as connection:
        return list(connection.exec_driver_sql(statement))


def test_each_region_has_a_database_of_its_own(vault: Vault) -> None:
    for region in (EAST, WEST):
        rows = _tables(vault, region, "SELECT arn FROM secrets")
        assert [row.arn.split(":")[3] for row in rows] == [region]
    assert vault.regions[EAST].store.store_id != vault.regions[WEST].store.store_id


def test_a_replica_opens_in_its_own_database_only(vault: Vault) -> None:
    (there,) = _tables(vault, WEST, "SELECT payload, wrapped_key FROM versions")
    (here,) = _tables(vault, EAST, "SELECT payload, wrapped_key FROM versions")
    assert bytes(there.payload) != bytes(here.payload)
    assert b"one" not in bytes(there.payload) + bytes(there.wrapped_key)
    assert _value(vault, WEST) == "one"


def test_what_is_to_be_shipped_survives_the_process(place: DataDir, vault: Vault) -> None:
    vault.client("secretsmanager").put_secret_value(SecretId="s", SecretString="two")
    vault.close()
    with closing(open_vault(place)) as again:
        assert _value(again, WEST) == "one"
        again.replicate()
        assert _value(again, WEST) == "two"
        assert statuses(again.client("secretsmanager"), "s") == {WEST: IN_SYNC}


def test_a_change_that_is_undone_ships_nothing(vault: Vault) -> None:
    store = vault.regions[EAST].store
    with pytest.raises(RuntimeError), store.transaction() as tx:
        (arn,) = tx.secrets.arns(after="", limit=1)
        secret = tx.secrets.find_arn(arn)
        assert secret is not None
        tx.secrets.save(secret)
        raise RuntimeError
    with store.transaction() as tx:
        assert tx.replication.due(datetime.now(UTC)) == []


def test_two_workers_on_one_store_ship_each_change_once(place: DataDir, vault: Vault) -> None:
    client = vault.client("secretsmanager")
    for number in range(12):
        client.create_secret(Name=f"n{number}", SecretString="v", AddReplicaRegions=[{"Region": WEST}])
    sent: list[str] = []
    with closing(open_vault(place, writer="another server")) as other:
        workers = [_counted(vault, sent), _counted(other, sent)]
        threads = [threading.Thread(target=worker.run_due) for worker in workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        vault.replicate()
    assert len(sent) == len(set(sent)) == 12
    assert all(statuses(client, f"n{number}") == {WEST: IN_SYNC} for number in range(12))


def _counted(vault: Vault, sent: list[str]) -> Shipper:
    shipper = vault.regions[EAST].shipper
    send = shipper._send

    def counted(shipment: Shipment) -> Reply:
        sent.append(shipment.task.arn)
        return send(shipment)

    shipper._send = counted
    return shipper


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE replication SET state = replace(state, 'InSync', 'Failed')",
        "UPDATE replication SET due = 7",
        "UPDATE replication SET region = 'eu-central-1'",
        "DELETE FROM replication",
    ],
)
def test_an_edited_task_is_named_by_verification(vault: Vault, change: str) -> None:
    with vault.regions[EAST].store._engine.begin() as connection:
        connection.exec_driver_sql(change)
    faults = list(vault.regions[EAST].verification(lambda _: None).faults())
    assert len(faults) >= 1
    assert all(fault.row.startswith("replication of arn:") for fault in faults)


def test_an_edited_task_is_never_acted_on_and_stops_no_other(vault: Vault) -> None:
    client = vault.client("secretsmanager")
    client.put_secret_value(SecretId="s", SecretString="two")
    with vault.regions[EAST].store._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE replication SET due = 7")
    client.create_secret(Name="other", SecretString="v", AddReplicaRegions=[{"Region": WEST}])
    vault.replicate()
    assert _value(vault, WEST) == "one"
    assert statuses(client, "other") == {WEST: IN_SYNC}
    with pytest.raises(ClientError, match="InternalServiceError"):
        client.describe_secret(SecretId="s")


def test_a_secret_that_was_edited_stops_no_other(vault: Vault) -> None:
    client = vault.client("secretsmanager")
    client.put_secret_value(SecretId="s", SecretString="two")
    client.create_secret(Name="other", SecretString="v", AddReplicaRegions=[{"Region": WEST}])
    with vault.regions[EAST].store._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE secrets SET created = created + 1 WHERE name = 's'")
    vault.replicate()
    assert _value(vault, WEST) == "one"
    assert statuses(client, "other") == {WEST: IN_SYNC}


def test_an_untouched_deployment_has_no_fault(vault: Vault) -> None:
    assert [list(each.verification(lambda _: None).faults()) for each in vault.regions.values()] == [[], []]


def test_a_store_of_before_regions_had_databases_replicates_within_itself(tmp_path: Path) -> None:
    place = DataDir(path=tmp_path / "vault")
    initialise(place, NewStore(account_id=ACCOUNT, regions=(EAST,)), datetime.now(UTC))
    _as_it_was_before(place)
    with closing(open_vault(place)) as vault:
        assert vault.served == {EAST, WEST}
        vault.client("secretsmanager").create_secret(Name="s", SecretString="v")
        assert vault.client("secretsmanager", region=WEST).list_secrets()["SecretList"] == []
        wanted = [{"Region": WEST}]
        vault.client("secretsmanager").replicate_secret_to_regions(SecretId="s", AddReplicaRegions=wanted)
        vault.replicate()
        assert statuses(vault.client("secretsmanager"), "s") == {WEST: IN_SYNC}
        replica = vault.client("secretsmanager", region=WEST).get_secret_value(SecretId="s")
        assert (replica["ARN"].split(":")[3], replica["SecretString"]) == (WEST, "v")
        assert list(vault.regions[EAST].verification(lambda _: None).faults()) == []


def _as_it_was_before(place: DataDir) -> None:
    """Make of a data directory what the versions before made of two regions: one database with both."""
    profile = json.loads(place.operator.read_bytes())
    del profile["regions"], profile["home"]
    place.operator.write_text(json.dumps(profile))
    with closing(sqlite3.connect(place.file)) as connection, connection:
        connection.execute("INSERT INTO regions VALUES (?, ?)", (ACCOUNT, WEST))
        connection.execute("DELETE FROM identities WHERE user_arn LIKE '%strongroom-replication'")
