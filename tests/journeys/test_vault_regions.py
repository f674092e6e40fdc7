"""Regions and replicas from a shell: made, shown, cut off, promoted, and what is said where that cannot be."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.testing.commands import run_command
from tests.testing.credentials import made_up_credential
from tests.testing.leaks import every_byte_below, leaks
from tests.testing.server import command_line, plain_environment, vault_command

EAST, WEST = "us-east-1", "eu-west-1"
IN_SYNC = f"{WEST}  InSync  Replication succeeded\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A vault of two regions with the secret `app/db` in the first."""
    place = tmp_path / "vault"
    assert vault_command(place, "init", "--region", EAST, "--region", WEST).returncode == 0
    assert vault_command(place, "create", "app/db", given="a value").returncode == 0
    return place


def test_a_secret_is_replicated_and_read_in_the_other_region(folder: Path) -> None:
    assert vault_command(folder, "replicate", "app/db", WEST).stdout == IN_SYNC
    assert vault_command(folder, "get", "app/db", "--region", WEST).stdout == "a value"
    vault_command(folder, "put", "app/db", given="another")
    assert vault_command(folder, "get", "app/db", "--region", WEST).stdout == "another"
    assert vault_command(folder, "replicate", "app/db").stdout == IN_SYNC


def test_a_secret_is_created_with_a_replica(folder: Path) -> None:
    assert vault_command(folder, "create", "app/two", "--replica", WEST, given="v").returncode == 0
    assert vault_command(folder, "get", "app/two", "--region", WEST).stdout == "v"


def test_a_replica_that_failed_sets_the_exit_status(folder: Path) -> None:
    failed = vault_command(folder, "replicate", "app/db", "eu-north-1", WEST)
    assert failed.returncode == 1
    assert "eu-north-1  Failed  Replication failed: Region eu-north-1 is not enabled." in failed.stdout
    assert IN_SYNC in failed.stdout


def test_a_secret_of_that_name_is_overwritten_by_force_only(folder: Path) -> None:
    vault_command(folder, "create", "app/db", "--region", WEST, given="west's")
    assert "already exists in region" in vault_command(folder, "replicate", "app/db", WEST).stdout
    assert vault_command(folder, "get", "app/db", "--region", WEST).stdout == "west's"
    assert vault_command(folder, "replicate", "app/db", WEST, "--force").stdout == IN_SYNC


def test_a_replica_is_removed_and_another_promoted(folder: Path) -> None:
    vault_command(folder, "replicate", "app/db", WEST)
    promoted = vault_command(folder, "replicate", "app/db", "--promote", "--region", WEST)
    assert promoted.stdout.startswith(f"arn:aws:secretsmanager:{WEST}:")
    assert vault_command(folder, "replicate", "app/db").stdout == ""
    vault_command(folder, "create", "app/two", "--replica", WEST, given="v")
    assert vault_command(folder, "replicate", "app/two", "--remove", WEST).stdout == ""
    assert vault_command(folder, "get", "app/two", "--region", WEST).returncode != 0


def test_the_credential_between_regions_is_renewed(folder: Path) -> None:
    assert "dropped" in vault_command(folder, "region", "renew").stderr
    assert vault_command(folder, "replicate", "app/db", WEST).stdout == IN_SYNC
    assert "nothing is left" in vault_command(folder, "region", "renew", "--finish").stderr
    both = vault_command(folder, "region", "renew", "x.json", "--finish")
    assert (both.returncode, "exclude each other" in both.stderr) == (2, True)


def test_a_rotation_by_hand_reaches_the_replica(folder: Path) -> None:
    vault_command(folder, "replicate", "app/db", WEST)
    words = ("rotate", "now", "app/db", "--strategy", "generated", "--data-dir", str(folder))
    rotated = run_command(*words, environment=plain_environment())
    assert rotated.returncode == 0, rotated.stderr
    values = {vault_command(folder, "get", "app/db", "--region", each).stdout for each in (EAST, WEST)}
    assert len(values) == 1
    assert values != {"a value"}


def test_both_regions_open_after_the_root_key_was_moved(folder: Path, tmp_path: Path) -> None:
    vault_command(folder, "replicate", "app/db", WEST)
    (tmp_path / "keys").mkdir(mode=0o700)
    moved = vault_command(folder, "rekey", "--root-key", f"file:{tmp_path / 'keys' / 'root.key'}")
    assert moved.returncode == 0, moved.stderr
    assert [vault_command(folder, "get", "app/db", "--region", each).stdout for each in (EAST, WEST)] == ["a value"] * 2


def test_promotion_goes_alone(folder: Path) -> None:
    refused = vault_command(folder, "replicate", "app/db", WEST, "--promote")
    assert refused.returncode == 2
    assert "--promote goes alone" in refused.stderr


def test_regions_are_listed_disabled_and_enabled(folder: Path) -> None:
    assert vault_command(folder, "region", "list").stdout == f"{EAST}  ENABLED_BY_DEFAULT\n{WEST}  ENABLED\n"
    assert vault_command(folder, "region", "disable", WEST).stdout == f"{WEST}  DISABLED\n"
    assert vault_command(folder, "list", "--region", WEST).returncode != 0
    assert vault_command(folder, "region", "enable", WEST).stdout == f"{WEST}  ENABLED\n"
    listed = json.loads(vault_command(folder, "region", "list", "--format", "json").stdout)
    assert listed[1] == {"RegionName": WEST, "RegionOptStatus": "ENABLED"}


def test_a_region_is_made_later(folder: Path) -> None:
    unknown = vault_command(folder, "region", "enable", "ap-south-1")
    assert unknown.returncode != 0
    assert "ap-south-1 does not exist" in unknown.stderr
    made = vault_command(folder, "region", "enable", "ap-south-1", "--create")
    assert made.stdout == "ap-south-1  ENABLED\n"
    assert vault_command(folder, "replicate", "app/db", "ap-south-1").returncode == 0


def test_a_region_that_is_not_here_is_named_with_those_that_are(folder: Path) -> None:
    refused = vault_command(folder, "list", "--region", "ap-south-1")
    assert refused.returncode == 2
    assert "the vault does not hold ap-south-1" in refused.stderr
    assert f"{WEST}, {EAST}" in refused.stderr


@pytest.mark.parametrize(
    ("peer", "said"),
    [
        ("eu-central-1", "is not REGION=URL"),
        ("eu-central-1=http://vault.example.com:8470", "without TLS"),
        (f"{WEST}=https://vault.example.com", f"{WEST} is served here"),
    ],
)
def test_a_peer_that_cannot_be_is_refused_before_anything_is_served(folder: Path, peer: str, said: str) -> None:
    done = subprocess.run(
        command_line("serve", "--data-dir", str(folder), "--listen", "127.0.0.1:0", "--peer", peer),
        env=plain_environment(), capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert said in done.stderr


def test_a_vault_that_joins_takes_the_deployments_account(tmp_path: Path) -> None:
    vault_command(tmp_path / "east", "init", "--account-id", "210987654321")
    invitation = tmp_path / "invitation.json"
    said = vault_command(tmp_path / "east", "region", "invite", str(invitation))
    assert "it is a credential" in said.stderr
    assert said.stdout == ""
    joined = vault_command(tmp_path / "west", "init", "--region", WEST, "--join", str(invitation), "--format", "json")
    assert json.loads(joined.stdout)["account_id"] == "210987654321"
    refused = vault_command(tmp_path / "west", "list")
    assert "valid region" in refused.stderr


def test_what_is_no_invitation_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}")
    refused = vault_command(tmp_path / "west", "init", "--join", str(tmp_path / "x.json"))
    assert refused.returncode == 2
    assert "x.json is no invitation" in refused.stderr
    assert not (tmp_path / "west").exists()


def test_no_value_is_in_any_file_or_message_of_either_region(folder: Path) -> None:
    canary = made_up_credential(24)
    said = [
        vault_command(folder, "create", "canary", "--replica", WEST, given=canary),
        vault_command(folder, "replicate", "canary", WEST),
        vault_command(folder, "describe", "canary", "--region", WEST),
        vault_command(folder, "replicate", "canary", "--remove", WEST),
        vault_command(folder, "trail", "list", "--region", WEST, "--format", "json"),
        vault_command(folder, "verify"),
    ]
    assert [each.returncode for each in said] == [0] * len(said)
    shown = "".join(each.stdout + each.stderr for each in said).encode()
    assert leaks([canary.encode()], shown + every_byte_below(folder)) == []
