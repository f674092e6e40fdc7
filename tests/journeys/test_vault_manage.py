"""Describing, tagging and sharing a secret from a shell, and what is said where that cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.testing.server import vault_command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A vault with the secret `app/db`."""
    place = tmp_path / "vault"
    assert vault_command(place, "init").returncode == 0
    assert vault_command(place, "create", "app/db", given="a value").returncode == 0
    return place


def _policy(principal: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": "secretsmanager:GetSecretValue",
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_description_is_changed(folder: Path) -> None:
    assert vault_command(folder, "update", "app/db", "--description", "Orders").returncode == 0
    assert json.loads(vault_command(folder, "describe", "app/db").stdout)["Description"] == "Orders"


def test_an_update_of_nothing_is_refused_with_the_way_out(folder: Path) -> None:
    refused = vault_command(folder, "update", "app/db")
    assert refused.returncode == 2
    assert "vault put" in refused.stderr


def test_tags_are_set_taken_off_and_shown(folder: Path) -> None:
    assert vault_command(folder, "tag", "app/db", "team=payments", "draft=").stdout == "team=payments\ndraft=\n"
    assert vault_command(folder, "tag", "app/db", "--remove", "draft").stdout == "team=payments\n"
    assert vault_command(folder, "tag", "app/db").stdout == "team=payments\n"


@pytest.mark.parametrize("tag", ["team", "=payments"])
def test_a_tag_without_key_or_value_is_refused_by_name(folder: Path, tag: str) -> None:
    refused = vault_command(folder, "tag", "app/db", tag)
    assert (refused.returncode, f"the tag {tag} is not KEY=VALUE" in refused.stderr) == (2, True)


def test_a_policy_is_put_shown_and_taken_off(folder: Path) -> None:
    document = _policy("arn:aws:iam::123456789012:user/reader")
    assert vault_command(folder, "policy", "put", "app/db", "-", given=document).returncode == 0
    assert json.loads(vault_command(folder, "policy", "get", "app/db").stdout) == json.loads(document)
    assert vault_command(folder, "policy", "delete", "app/db").returncode == 0
    assert vault_command(folder, "policy", "get", "app/db").stdout == ""


def test_a_public_policy_is_refused_unless_asked_for(folder: Path) -> None:
    refused = vault_command(folder, "policy", "put", "app/db", "-", given=_policy("*"))
    assert refused.returncode == 1
    assert "PublicPolicyException" in refused.stderr
    assert vault_command(folder, "policy", "put", "app/db", "-", "--allow-public", given=_policy("*")).returncode == 0


def test_a_policy_that_is_wrong_is_named_with_exit_status_1(folder: Path) -> None:
    checked = vault_command(folder, "policy", "check", "-", given='{"Version": "2012-10-17", "Statement": [{}]}')
    assert checked.returncode == 1
    assert checked.stdout
    whole = vault_command(folder, "policy", "check", "-", given=_policy("123456789012"))
    assert (whole.returncode, whole.stdout, whole.stderr) == (0, "", "nothing is wrong with it\n")


def test_an_empty_file_is_no_policy(folder: Path) -> None:
    refused = vault_command(folder, "policy", "check", "-")
    assert (refused.returncode, "is empty" in refused.stderr) == (2, True)
