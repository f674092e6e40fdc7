"""The rotation of a value whose only reader is the application."""

from __future__ import annotations

import json

import pytest

from tests.unit.vault.rotation.conftest import store
from vault.bootstrap import Vault
from vault.rotation.rotators.passwords import EXCLUDED_CHARACTERS


def test_a_plain_value_is_replaced_and_the_old_one_is_previous(vault: Vault) -> None:
    secret = store(vault, "generated-single", SecretString="old")
    assert secret.rotate().error == ""
    assert secret.value() != "old"
    assert secret.value("AWSPREVIOUS") == "old"


@pytest.mark.parametrize("length", [1, 32, 33, 500])
def test_the_new_value_is_never_shorter_than_the_old(vault: Vault, length: int) -> None:
    secret = store(vault, "generated-single", SecretString="x" * length)
    secret.rotate()
    assert len(secret.value()) == max(32, length)


def test_the_new_value_has_no_character_that_hurts(vault: Vault) -> None:
    secret = store(vault, "generated-single", SecretString="x" * 4096)
    secret.rotate()
    assert set(secret.value()).isdisjoint(EXCLUDED_CHARACTERS)


def test_of_an_object_only_the_password_changes(vault: Vault) -> None:
    before = {"username": "shop", "password": "old", "port": 5432, "tags": ["a"]}
    secret = store(vault, "generated-single", SecretString=json.dumps(before))
    secret.rotate()
    after = json.loads(secret.value())
    assert after.pop("password") not in ("", "old")
    assert after == {"username": "shop", "port": 5432, "tags": ["a"]}


def test_an_object_without_a_password_is_a_plain_value(vault: Vault) -> None:
    secret = store(vault, "generated-single", SecretString='{"user": "shop"}')
    secret.rotate()
    assert len(secret.value()) == 32


def test_a_binary_value_is_refused_and_stays(vault: Vault) -> None:
    secret = store(vault, "generated-single", SecretBinary=b"\x00\x01")
    assert secret.rotate().error == f"createSecret: {secret.arn} is binary; this function rotates text"
    assert secret.client.get_secret_value(SecretId=secret.arn)["SecretBinary"] == b"\x00\x01"


def test_a_second_rotation_follows_the_first(vault: Vault) -> None:
    secret = store(vault, "generated-single", SecretString="old")
    secret.rotate()
    first = secret.value()
    secret.rotate()
    assert secret.value("AWSPREVIOUS") == first != secret.value()
