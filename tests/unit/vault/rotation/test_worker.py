"""The worker: one attempt each, with credentials for one secret, and a line in the trail for each end."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError

from strongroom.kernel.clock import utc_now
from tests.unit.vault.rotation.conftest import ACCOUNT, REGION, Rotated, events, store
from vault.bootstrap import Vault
from vault.domain.rotation_job import REMINDER
from vault.rotation import worker
from vault.rotation.attempt import BROKEN_OFF, GIVEN_UP
from vault.rotation.functions import ROTATORS, function_arn, is_known_function, rotator_of
from vault.rotation.rotators.base import RotationFailed, Step, WaitsForPerson
from vault.rotation.rotators.generated import GeneratedRotator


def test_nothing_is_done_where_nothing_is_due(vault: Vault) -> None:
    store(vault, "generated", SecretString="old")
    assert vault.worker.run_due() == []


def test_each_due_rotation_is_tried_once_a_round(vault: Vault) -> None:
    secrets = [store(vault, "generated", f"app/{number}", SecretString="old") for number in range(3)]
    tokens = {secret.arn: secret.start() for secret in secrets}
    assert {outcome.arn: outcome.token for outcome in vault.worker.run_due()} == tokens
    assert vault.worker.run_due() == []


def test_one_that_fails_does_not_hold_up_the_others(vault: Vault) -> None:
    binary = store(vault, "generated", "app/a", SecretBinary=b"\x00")
    text = store(vault, "generated", "app/b", SecretString="old")
    binary.start()
    text.start()
    assert {outcome.arn: bool(outcome.error) for outcome in vault.worker.run_due()} == {
        binary.arn: True,
        text.arn: False,
    }


def test_a_function_can_touch_its_own_secret_only(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    other = store(vault, "generated", "app/other", SecretString="not yours")
    secret = store(vault, "generated", SecretString="old")
    refusals: list[Any] = []

    def try_the_other(function: GeneratedRotator) -> None:
        for call in ("get_secret_value", "describe_secret", "delete_secret"):
            with pytest.raises(ClientError) as refused:
                getattr(function._client, call)(SecretId=other.arn)
            refusals.append(refused.value.response["Error"]["Code"])

    monkeypatch.setattr(GeneratedRotator, "set_secret", try_the_other)
    assert secret.rotate().error == ""
    assert refusals == ["AccessDeniedException"] * 3


def test_an_error_of_a_driver_is_named_and_not_quoted(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(function: GeneratedRotator) -> None:
        raise ValueError(function.pending().reveal_text())

    monkeypatch.setattr(GeneratedRotator, "set_secret", fail)
    secret = store(vault, "generated", SecretString="old")
    assert secret.rotate().error == "setSecret: ValueError"


def test_an_attempt_that_fails_leaves_the_current_value(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = store(vault, "generated", SecretString="old")
    with monkeypatch.context() as broken:
        broken.setattr(GeneratedRotator, "test_secret", lambda _: 1 / 0)
        assert secret.rotate().error == "testSecret: ZeroDivisionError"
    assert secret.value() == "old"


def test_a_running_worker_finds_what_is_due_by_itself(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    concluded = threading.Event()
    monkeypatch.setattr(worker, "POLL_SECONDS", 0.01)
    vault.worker.concluded = lambda _: concluded.set()
    secret = store(vault, "generated", SecretString="old")
    token = secret.start()
    with vault.worker.running():
        assert concluded.wait(20)
    assert secret.version("AWSCURRENT") == token


def test_an_attempt_under_way_when_the_server_stops_is_left_to_the_next(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, stopping = threading.Event(), vault.worker._stop

    def linger(_: GeneratedRotator) -> None:
        entered.set()
        # The step ends when the server is already stopping.
        assert stopping.wait(20)

    monkeypatch.setattr(worker, "POLL_SECONDS", 0.01)
    secret = store(vault, "generated", SecretString="old")
    token = secret.start()
    with monkeypatch.context() as slow:
        slow.setattr(GeneratedRotator, "set_secret", linger)
        with vault.worker.running():
            assert entered.wait(20)
    assert secret.value() == "old"
    outcome = secret.work()
    assert (outcome.token, outcome.error) == (token, "")
    assert secret.version("AWSCURRENT") == token


def test_a_step_that_fails_because_its_server_ends_is_no_failed_attempt(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    def be_ended(_: GeneratedRotator) -> None:
        vault.worker.wind_down()
        raise RotationFailed("its process was ended")

    counted: list[bool] = []
    secret = store(vault, "generated", SecretString="old")
    vault.worker.concluded = counted.append
    with monkeypatch.context() as ending:
        ending.setattr(GeneratedRotator, "set_secret", be_ended)
        assert secret.rotate().error == BROKEN_OFF
    assert ("RotationAttemptFailed" in dict(events(vault)), counted) == (False, [])
    vault.worker._stop.clear()
    assert (secret.work().error, counted) == ("", [True])


def test_a_test_that_fails_because_its_server_ends_is_done_again(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    def be_ended(_: GeneratedRotator) -> None:
        vault.worker.wind_down()
        raise RotationFailed("its process was ended")

    secret = store(vault, "generated", SecretString="old")
    function = function_arn("generated", REGION, ACCOUNT)
    secret.client.rotate_secret(SecretId=secret.arn, RotationLambdaARN=function, RotateImmediately=False)
    with monkeypatch.context() as ending:
        ending.setattr(GeneratedRotator, "test_secret", be_ended)
        assert secret.work().error == BROKEN_OFF
    assert "TestRotationFailed" not in dict(events(vault))
    vault.worker._stop.clear()
    monkeypatch.setattr(GeneratedRotator, "test_secret", lambda _: None)
    assert secret.work().error == ""
    assert events(vault)[-1][0] == "TestRotationSucceeded"


def test_a_rotation_that_is_cancelled_meanwhile_goes_no_further(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = store(vault, "generated", SecretString="old")
    monkeypatch.setattr(
        GeneratedRotator, "set_secret", lambda _: secret.client.cancel_rotate_secret(SecretId=secret.arn)
    )
    assert secret.rotate().error == GIVEN_UP
    assert secret.value() == "old"


def test_a_job_that_was_edited_is_left_out_and_the_others_go_on(vault: Vault) -> None:
    edited, sound = (store(vault, "generated", f"app/{name}", SecretString="old") for name in ("a", "b"))
    edited.start()
    token = sound.start()
    with vault.store._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE rotation_jobs SET attempts = 3 WHERE arn = ?", (edited.arn,))
    (outcome,) = vault.worker.run_due()
    assert (outcome.arn, outcome.token, outcome.error) == (sound.arn, token, "")
    assert vault.worker.run_due() == []


def test_a_rotation_that_is_not_immediate_is_tested_with_the_current_value(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = store(vault, "generated", SecretString="old")
    tested: list[str] = []
    monkeypatch.setattr(GeneratedRotator, "test_secret", lambda self: tested.append(self.pending().reveal_text()))
    secret.client.rotate_secret(
        SecretId=secret.arn,
        RotationLambdaARN=function_arn("generated", REGION, ACCOUNT),
        RotateImmediately=False,
    )
    assert secret.work().error == ""
    assert tested == ["old"]
    assert secret.value() == "old"
    assert len(secret.client.describe_secret(SecretId=secret.arn)["VersionIdsToStages"]) == 1


def test_each_step_is_told_as_it_begins(vault: Vault) -> None:
    told: list[Step] = []
    vault.worker.stepped = lambda _, step: told.append(step)
    store(vault, "generated", SecretString="old").rotate()
    assert told == list(Step)


@pytest.mark.parametrize("name", sorted(ROTATORS))
def test_a_built_in_function_is_found_by_its_arn(name: str) -> None:
    assert rotator_of(function_arn(name, REGION, ACCOUNT)) is ROTATORS[name]


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "generated",
        function_arn("generated", REGION, ACCOUNT) + "2",
        f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:generated",
        f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:strongroom-",
    ],
)
def test_any_other_arn_names_no_function(arn: str) -> None:
    assert not is_known_function(arn)


@pytest.fixture
def by_hand(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> Rotated:
    """A secret that only a person can rotate, and who was reminded of it."""

    def wait(_: object) -> None:
        raise WaitsForPerson("ask the bank for a new key")

    monkeypatch.setattr(GeneratedRotator, "create_secret", wait)
    secret = store(vault, "generated", SecretString="old")
    assert secret.rotate().error == ""
    return secret


def test_a_person_is_reminded_of_what_only_a_person_can_do(vault: Vault, by_hand: Rotated) -> None:
    assert events(vault)[-1] == ("RotationReminder", "ask the bank for a new key")
    assert vault.worker.run_due() == []


def test_a_value_that_the_person_puts_is_the_rotation(vault: Vault, by_hand: Rotated) -> None:
    by_hand.client.put_secret_value(SecretId=by_hand.arn, SecretString="from the bank")
    assert events(vault)[-1][0] == "RotationSucceeded"
    described = by_hand.client.describe_secret(SecretId=by_hand.arn)
    assert "LastRotatedDate" in described
    assert not any("AWSPENDING" in labels for labels in described["VersionIdsToStages"].values())


def test_a_person_who_does_nothing_lets_the_rotation_fail(
    vault: Vault, by_hand: Rotated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault.worker, "_clock", lambda: utc_now() + REMINDER)
    assert by_hand.work().error == "createSecret: ask the bank for a new key"
    assert events(vault)[-1] == ("RotationFailed", "ask the bank for a new key")
    assert by_hand.value() == "old"


def test_a_pending_value_that_the_person_puts_is_taken_over(vault: Vault) -> None:
    secret = store(vault, "manual-single", SecretString="old")
    token = secret.start()
    assert secret.work().error == ""
    secret.client.put_secret_value(
        SecretId=secret.arn, ClientRequestToken=token, SecretString="from the bank", VersionStages=["AWSPENDING"]
    )
    assert secret.work().error == ""
    assert secret.value() == "from the bank"
