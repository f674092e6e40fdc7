"""KMS keys from a shell: made, named, switched off, deleted, rotated, and used for a secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.testing.server import vault_command


def _done(folder: Path, *arguments: str, given: str = "") -> str:
    done = vault_command(folder, *arguments, given=given)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A vault with the key `alias/orders`."""
    place = tmp_path / "vault"
    _done(place, "init")
    assert _done(place, "key", "create", "--alias", "orders", "--description", "Orders").startswith("arn:aws:kms:")
    return place


def test_a_key_is_listed_and_described_by_its_alias(folder: Path) -> None:
    (line,) = _done(folder, "key", "list").splitlines()
    key_id, state, alias = line.split("  ")
    assert (state, alias) == ("Enabled", "alias/orders")
    (listed,) = json.loads(_done(folder, "key", "list", "--format", "json"))
    shown = json.loads(_done(folder, "key", "describe", "alias/orders"))
    assert shown == {**listed, "KeyRotationEnabled": False}
    assert (shown["KeyId"], shown["Description"]) == (key_id, "Orders")


def test_a_secret_under_a_key_is_unreadable_while_the_key_is_off(folder: Path) -> None:
    _done(folder, "create", "app/db", "--kms-key", "alias/orders", given="a value")
    _done(folder, "key", "disable", "alias/orders")
    refused = vault_command(folder, "get", "app/db")
    assert refused.returncode != 0
    assert "can't decrypt" in refused.stderr
    _done(folder, "key", "enable", "alias/orders")
    assert _done(folder, "get", "app/db") == "a value"


def test_a_key_is_deleted_and_taken_back_within_its_window(folder: Path) -> None:
    assert " is deleted on 2" in _done(folder, "key", "delete", "alias/orders", "--window", "7")
    assert "PendingDeletion" in _done(folder, "key", "list")
    assert "is kept, and disabled" in _done(folder, "key", "restore", "alias/orders")
    assert "Disabled" in _done(folder, "key", "list")


def test_a_key_rotates_now_or_by_itself(folder: Path) -> None:
    _done(folder, "create", "app/db", "--kms-key", "alias/orders", given="a value")
    _done(folder, "key", "rotate", "alias/orders")
    assert _done(folder, "get", "app/db") == "a value"
    _done(folder, "key", "rotate", "alias/orders", "--every", "180")
    assert json.loads(_done(folder, "key", "describe", "alias/orders"))["RotationPeriodInDays"] == 180
    _done(folder, "key", "rotate", "alias/orders", "--off")
    assert not json.loads(_done(folder, "key", "describe", "alias/orders"))["KeyRotationEnabled"]
    assert vault_command(folder, "key", "rotate", "alias/orders", "--off", "--every", "180").returncode == 2


def test_an_alias_is_moved_and_taken_off(folder: Path) -> None:
    other = _done(folder, "key", "create").strip()
    assert _done(folder, "key", "alias", "orders", other).startswith("alias/orders stands for ")
    assert json.loads(_done(folder, "key", "describe", "alias/orders"))["Arn"] == other
    _done(folder, "key", "alias", "stock", other)
    _done(folder, "key", "alias", "alias/orders", "--remove")
    assert json.loads(_done(folder, "key", "describe", other))["Aliases"] == ["alias/stock"]
    for wrong in (("stock",), ("stock", other, "--remove")):
        assert vault_command(folder, "key", "alias", *wrong).returncode == 2


def test_a_key_that_is_not_there_is_named(folder: Path) -> None:
    refused = vault_command(folder, "key", "describe", "alias/absent")
    assert refused.returncode != 0
    assert "alias/absent is not found" in refused.stderr


def test_a_key_of_another_kind_is_made_and_described(folder: Path) -> None:
    made = _done(folder, "key", "create", "--spec", "ECC_NIST_P256", "--usage", "SIGN_VERIFY").strip()
    shown = json.loads(_done(folder, "key", "describe", made))
    assert (shown["KeySpec"], shown["SigningAlgorithms"]) == ("ECC_NIST_P256", ["ECDSA_SHA_256"])
    assert "KeyRotationEnabled" not in shown


def test_a_key_of_several_regions_is_replicated_and_its_primary_moved(tmp_path: Path) -> None:
    place = tmp_path / "two"
    _done(place, "init", "--region", "us-east-1", "--region", "eu-west-1")
    made = _done(place, "key", "create", "--multi-region", "--alias", "both").strip()
    assert _done(place, "key", "replicate", "alias/both", "eu-west-1") == "us-east-1  eu-west-1\n"
    there = made.replace("us-east-1", "eu-west-1")
    assert json.loads(_done(place, "key", "describe", there, "--region", "eu-west-1"))["KeyState"] == "Enabled"
    assert _done(place, "key", "replicate", "alias/both", "eu-west-1", "--primary") == "eu-west-1  us-east-1\n"
    waits = _done(place, "key", "delete", there, "--region", "eu-west-1", "--window", "7")
    assert waits.endswith("is deleted 7 days after the last of its replicas\n")
