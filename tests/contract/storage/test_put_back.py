"""A secret whose rows are put back to an older state, or taken out, does not fit the trail."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.storage.conftest import Sql
from tests.testing.vault_bench import Bench, again, token
from vault.api.operations.secretsmanager import OPERATIONS
from vault.domain.fault import Fault
from vault.services import Services
from vault.services.keyring import Keyring
from vault.services.verification import Verification


def _recorded(bench: Bench, operation: str, **request: Any) -> None:
    """Run an operation in one transaction with an event, as a server does."""
    if operation != "DeleteSecret":
        request["ClientRequestToken"] = token()

    def run() -> None:
        with bench.services() as services:
            OPERATIONS[operation].run(services, bench.context, request)
            _add_event(services, bench)

    again(run)


def _add_event(services: Services, bench: Bench) -> None:
    event = {"eventName": "call", "recipientAccountId": bench.account_id, "awsRegion": bench.region}
    services.tx.trail.append(event, bench.now)


def _faults(bench: Bench) -> list[Fault]:
    return list(Verification(bench.store, Keyring(bench.store)).faults())


@pytest.fixture
def filled(bench: Bench) -> Bench:
    """A bench with two secrets whose changes are recorded."""
    _recorded(bench, "CreateSecret", Name="one", SecretString="1-old")
    _recorded(bench, "CreateSecret", Name="two", SecretString="2")
    return bench


def test_changes_through_the_store_fit_the_trail(filled: Bench) -> None:
    _recorded(filled, "PutSecretValue", SecretId="one", SecretString="1-new")
    _recorded(filled, "DeleteSecret", SecretId="two", ForceDeleteWithoutRecovery=True)
    _recorded(filled, "CreateSecret", Name="two", SecretString="2 again")
    assert _faults(filled) == []


def test_a_secret_that_was_put_back_is_named(filled: Bench, sql: Sql) -> None:
    ((state, mac, changed),) = sql("SELECT state, mac, changed FROM secrets WHERE name = 'one'")
    _recorded(filled, "PutSecretValue", SecretId="one", SecretString="1-new")
    sql("UPDATE secrets SET state = ?, mac = ?, changed = ? WHERE name = 'one'", state, mac, changed)
    sql("DELETE FROM versions WHERE arn LIKE '%:one-%' AND created = (SELECT max(created) FROM versions)")
    problems = {fault.problem for fault in _faults(filled) if fault.row.startswith("secret ")}
    assert problems == {"it was put back to an older state outside the store"}


def test_a_secret_that_was_taken_out_is_named(filled: Bench, sql: Sql) -> None:
    sql("DELETE FROM versions WHERE arn LIKE '%:two-%'")
    sql("DELETE FROM secrets WHERE name = 'two'")
    (fault,) = _faults(filled)
    assert (":secret:two-" in fault.row, fault.problem) == (True, "it is gone, and nothing removed it")


def test_a_change_that_was_undone_is_not_recorded(filled: Bench) -> None:
    with filled.services() as services:
        with pytest.raises(KeyError), services.tx.savepoint():
            services.secrets.delete(filled.context, "one", force=True)
            raise KeyError
        _add_event(services, filled)
    assert _faults(filled) == []
