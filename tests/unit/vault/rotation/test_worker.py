"""The worker: one attempt each, with credentials for one secret, and a line in the trail for each end."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.vault.rotation.conftest import ACCOUNT, REGION, store
from vault.bootstrap import Vault
from vault.rotation import worker
from vault.rotation.functions import ROTATORS, function_arn, is_known_function, rotator_of
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
    rounds = threading.Event()
    monkeypatch.setattr(worker, "POLL_SECONDS", 0.01)
    # What a round does last.
    monkeypatch.setattr(vault.worker, "purge", rounds.set)
    secret = store(vault, "generated", SecretString="old")
    token = secret.start()
    with vault.worker.running():
        assert rounds.wait(20)
    assert secret.version("AWSCURRENT") == token


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
