"""Two regions served by two processes that talk to each other: replicate, lose one, catch up, promote."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from tests.testing.ports import free_port
from tests.testing.regions import EAST, WEST, settled, statuses, until
from tests.testing.server import Server, make_vault, serving, vault_command
from tests.testing.wire import refusal
from vault.rotation.functions import function_arn

IN_SYNC = ("InSync", "Replication succeeded")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A region's data directory, its administrator, its port, and the other region's."""

    folder: Path
    administrator: dict[str, str]
    port: int
    peer: str

    @contextmanager
    def up(self) -> Iterator[Any]:
        """Serve the region; yields its server and process."""
        with serving(self.folder, self.administrator, ("--peer", self.peer), port=self.port) as served:
            yield served


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Site]:
    """The east, and the west that joined it; nobody serves them yet."""
    folder = tmp_path_factory.mktemp("sites")
    ports = {EAST: free_port(), WEST: free_port()}
    east = make_vault(folder / "east", "--region", EAST)
    invitation = folder / "invitation.json"
    assert vault_command(folder / "east", "region", "invite", str(invitation)).returncode == 0
    west = make_vault(
        folder / "west", "--region", WEST, "--join", str(invitation),
        STRONGROOM_ROOT_ACCESS_KEY_ID=east["access_key_id"],
        STRONGROOM_ROOT_SECRET_ACCESS_KEY=east["secret_access_key"],
    )  # fmt: skip
    assert west["account_id"] == east["account_id"]

    def site(region: str, other: str, administrator: dict[str, str]) -> Site:
        peer = f"{other}=http://127.0.0.1:{ports[other]}"
        name = "east" if region == EAST else "west"
        return Site(folder=folder / name, administrator=administrator, port=ports[region], peer=peer)

    return {EAST: site(EAST, WEST, east), WEST: site(WEST, EAST, west)}


@pytest.fixture(scope="module")
def east(sites: dict[str, Site]) -> Iterator[Server]:
    """The server of the east, up all the time."""
    with sites[EAST].up() as (server, _):
        yield server


@pytest.fixture(scope="module")
def enabled(sites: dict[str, Site], east: Server) -> dict[str, Site]:
    """Both sites, the west enabled by the east."""
    account = east.client("account")
    with sites[WEST].up():
        account.enable_region(RegionName=WEST)
        until(lambda: _opt_status(account), lambda status: status == "ENABLED")
    return sites


def _opt_status(account: Any) -> str:
    return str(account.get_region_opt_status(RegionName=WEST)["RegionOptStatus"])


def test_a_region_that_joined_refuses_until_it_is_enabled(sites: dict[str, Site], east: Server) -> None:
    account = east.client("account")
    with sites[WEST].up() as (west, _):
        if _opt_status(account) == "DISABLED":
            assert refusal(west.client().list_secrets)[1] == "Credential should be scoped to a valid region."
        account.enable_region(RegionName=WEST)
        until(lambda: _opt_status(account), lambda status: status == "ENABLED")
        assert west.client().list_secrets()["SecretList"] == []


def test_regions_are_enabled_in_the_home_region_only(enabled: dict[str, Site]) -> None:
    with enabled[WEST].up() as (west, _):
        error = refusal(west.client("account").disable_region, RegionName=EAST)
        assert error == ("ValidationException", f"Regions are enabled and disabled in {EAST}.")


def test_secrets_and_their_changes_reach_the_other_process(enabled: dict[str, Site], east: Server, name: str) -> None:
    hosts = json.dumps({"hosts": {EAST: "db.east.example", WEST: "db.west.example"}})
    client = east.client()
    with enabled[WEST].up() as (west, _):
        client.create_secret(Name=name, SecretString=hosts, AddReplicaRegions=[{"Region": WEST}])
        assert settled(client, name) == {WEST: IN_SYNC}
        read = json.loads(west.client().get_secret_value(SecretId=name)["SecretString"])
        assert read["hosts"][WEST] == "db.west.example"
        function = function_arn("generated-single", EAST, "123456789012")
        token = client.rotate_secret(SecretId=name, RotationLambdaARN=function)
        until(
            lambda: west.client().describe_secret(SecretId=name)["VersionIdsToStages"],
            lambda stages: "AWSCURRENT" in stages.get(token["VersionId"], []),
        )
        values = {each.client().get_secret_value(SecretId=name)["SecretString"] for each in (east, west)}
        assert len(values) == 1


def test_the_largest_secret_that_there_can_be_reaches_the_other_process(
    enabled: dict[str, Site], east: Server, name: str
) -> None:
    client = east.client()
    tags = [{"Key": f"{number:03}" + "k" * 120, "Value": "ü" * 256} for number in range(50)]
    client.create_secret(Name=name, SecretString="0" * 65_536, Tags=tags, Description="d" * 2048)
    for number in range(1, 19):
        client.put_secret_value(
            SecretId=name, SecretString=str(number % 10) * 65_536, VersionStages=[f"label {number}"]
        )
    with enabled[WEST].up() as (west, _):
        client.replicate_secret_to_regions(SecretId=name, AddReplicaRegions=[{"Region": WEST}])
        assert settled(client, name) == {WEST: IN_SYNC}
        for number in range(1, 19):
            got = west.client().get_secret_value(SecretId=name, VersionStage=f"label {number}")
            assert got["SecretString"] == str(number % 10) * 65_536
        assert west.client().get_secret_value(SecretId=name)["SecretString"] == "0" * 65_536
        assert len(west.client().describe_secret(SecretId=name)["Tags"]) == 50


def test_a_region_that_was_killed_catches_up_and_the_other_answers_meanwhile(
    enabled: dict[str, Site], east: Server, name: str
) -> None:
    client = east.client()
    with ExitStack() as stack:
        west, process = stack.enter_context(enabled[WEST].up())
        client.create_secret(Name=name, SecretString="0", AddReplicaRegions=[{"Region": WEST}])
        assert settled(client, name) == {WEST: IN_SYNC}
        process.kill()
        process.wait()
        with pytest.raises(EndpointConnectionError):
            west.client().list_secrets()
        for number in range(1, 4):
            client.put_secret_value(SecretId=name, SecretString=str(number))
        assert client.get_secret_value(SecretId=name)["SecretString"] == "3"
        until(
            lambda: statuses(client, name),
            lambda found: (
                found == {WEST: ("InProgress", f"Region {WEST} does not answer. Replication goes on when it does.")}
            ),
        )
    with enabled[WEST].up() as (west, _):
        assert settled(client, name) == {WEST: IN_SYNC}
        assert west.client().get_secret_value(SecretId=name)["SecretString"] == "3"


def test_a_region_that_hangs_delays_nobody_and_takes_what_comes_late_in_order(
    enabled: dict[str, Site], east: Server, name: str
) -> None:
    client = east.client()
    with enabled[WEST].up() as (west, process):
        client.create_secret(Name=name, SecretString="0", AddReplicaRegions=[{"Region": WEST}])
        assert settled(client, name) == {WEST: IN_SYNC}
        process.send_signal(signal.SIGSTOP)
        try:
            for number in range(1, 4):
                client.put_secret_value(SecretId=name, SecretString=str(number))
            until(lambda: statuses(client, name)[WEST][1], lambda message: "does not answer" in message)
            client.put_secret_value(SecretId=name, SecretString="4")
            assert client.get_secret_value(SecretId=name)["SecretString"] == "4"
        finally:
            process.send_signal(signal.SIGCONT)
        assert settled(client, name) == {WEST: IN_SYNC}
        assert west.client().get_secret_value(SecretId=name)["SecretString"] == "4"


def test_a_replica_is_promoted_while_its_primary_is_away(enabled: dict[str, Site], name: str) -> None:
    """The primary of this test is in the west, so that the east, which is up all the time, is promoted."""
    with ExitStack() as stack:
        west, process = stack.enter_context(enabled[WEST].up())
        # Its own administrator is the same user; the east is reached through the peer that the west was given.
        west.client().create_secret(Name=name, SecretString="west's", AddReplicaRegions=[{"Region": EAST}])
        assert settled(west.client(), name) == {EAST: IN_SYNC}
        east = _server_of(enabled[EAST])
        process.kill()
        process.wait()
        east.client().stop_replication_to_replica(SecretId=name)
        east.client().put_secret_value(SecretId=name, SecretString="east's own")
        assert east.client().get_secret_value(SecretId=name)["SecretString"] == "east's own"
    with enabled[WEST].up() as (west, _):
        until(lambda: statuses(west.client(), name), lambda found: found == {})
        assert west.client().get_secret_value(SecretId=name)["SecretString"] == "west's"


def test_the_credential_between_them_is_renewed_while_both_serve(
    enabled: dict[str, Site], east: Server, name: str, tmp_path: Path
) -> None:
    renewed = tmp_path / "renewed.json"
    here, there = enabled[EAST].folder, enabled[WEST].folder
    with enabled[WEST].up():
        alone = vault_command(here, "region", "renew")
        assert alone.returncode == 2
        assert f"{WEST} is elsewhere" in alone.stderr
        assert vault_command(here, "region", "renew", str(renewed)).returncode == 0
        assert renewed.stat().st_mode & 0o077 == 0
        assert vault_command(there, "region", "renew", "--take", str(renewed)).returncode == 0
        for folder in (here, there):
            assert "dropped" in vault_command(folder, "region", "renew", "--finish").stderr
        east.client().create_secret(Name=name, SecretString="v", AddReplicaRegions=[{"Region": WEST}])
        assert settled(east.client(), name) == {WEST: IN_SYNC}


def test_a_key_of_both_regions_opens_in_either_while_the_other_is_away(enabled: dict[str, Site], east: Server) -> None:
    kms = east.client("kms")
    key_id = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key_id, Plaintext=b"p")["CiphertextBlob"]
    with enabled[WEST].up() as (west, process):
        kms.replicate_key(KeyId=key_id, ReplicaRegion=WEST)
        there = west.client("kms")
        listed = there.list_keys
        until(lambda: [each["KeyId"] for each in listed()["Keys"]], lambda found: key_id in found)
        assert there.decrypt(CiphertextBlob=blob)["Plaintext"] == b"p"
        back = there.encrypt(KeyId=key_id, Plaintext=b"west's")["CiphertextBlob"]
        process.kill()
        process.wait()
    assert kms.decrypt(CiphertextBlob=back)["Plaintext"] == b"west's"


def _server_of(site: Site) -> Server:
    return Server(
        url=f"http://127.0.0.1:{site.port}",
        data_dir=site.folder,
        access_key_id=site.administrator["access_key_id"],
        secret_access_key=site.administrator["secret_access_key"],
        region=site.administrator["region"],
    )


def test_both_stores_are_as_they_were_left(enabled: dict[str, Site]) -> None:
    for site in enabled.values():
        checked = vault_command(site.folder, "verify")
        assert checked.returncode == 0, checked.stdout


def test_no_value_is_in_the_invitation_or_beside_it(enabled: dict[str, Site]) -> None:
    invitation = enabled[EAST].folder.parent / "invitation.json"
    assert invitation.stat().st_mode & 0o077 == 0
    assert set(json.loads(invitation.read_bytes())) == {"account_id", "home", "access_key_id", "secret_access_key"}
