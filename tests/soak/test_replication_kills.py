"""Two regions as two processes, killed in turn while secrets change: replicas end in sync and hold no wrong value."""

from __future__ import annotations

import hashlib
import os
import random
import threading
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.testing.ports import free_port
from tests.testing.regions import EAST, WEST, settled, until
from tests.testing.server import make_vault, serving, vault_command

SEEDS = range(int(os.environ.get("STRONGROOM_SOAK", "2")))
SECRETS = 6
MOST_WRITES = 40
KILLS = 3


@dataclass(kw_only=True)
class Writing:
    """Writers that go on over kills; each value tells which version it belongs to."""

    stop: threading.Event = field(default_factory=threading.Event)
    written: int = 0
    wrong: list[str] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def write(self, client: Any, seed: int) -> None:
        """Change secrets until told to stop, whether or not somebody answers."""
        drawn = random.Random(seed)
        while not self.stop.is_set():
            token = str(uuid.UUID(int=drawn.getrandbits(128), version=4))
            stages = drawn.choice([["AWSCURRENT"], ["AWSCURRENT"], ["AWSPENDING"], ["mine"]])
            with suppress(BotoCoreError, ClientError):
                client.put_secret_value(
                    SecretId=f"s{drawn.randrange(SECRETS)}",
                    ClientRequestToken=token,
                    SecretString=value_of(token),
                    VersionStages=stages,
                )
                with self._changed:
                    self.written += 1
                    self._changed.notify_all()
            self.stop.wait(0.02)

    def read(self, client: Any, seed: int) -> None:
        """Note every value that is not the one of its version."""
        drawn = random.Random(seed)
        while not self.stop.is_set():
            with suppress(BotoCoreError, ClientError):
                got = client.get_secret_value(SecretId=f"s{drawn.randrange(SECRETS)}")
                if got["SecretString"] not in ("first", value_of(got["VersionId"])):
                    self.wrong.append(got["VersionId"])
            self.stop.wait(0.02)

    def wait_for(self, number: int) -> None:
        """Return once `number` writes more are acknowledged."""
        with self._changed:
            wanted = self.written + number
            assert self._changed.wait_for(lambda: self.written >= wanted, 60), "the writers stand still"


def value_of(token: str) -> str:
    """Return the value that is put under a request token."""
    return hashlib.sha256(token.encode()).hexdigest()[:12]


@pytest.fixture
def places(tmp_path: Path) -> Iterator[dict[str, tuple[Path, dict[str, str], int, str]]]:
    """For each region: folder, administrator, port, and the other one's address."""
    ports = {EAST: free_port(), WEST: free_port()}
    east = make_vault(tmp_path / EAST, "--region", EAST)
    invitation = tmp_path / "invitation.json"
    assert vault_command(tmp_path / EAST, "region", "invite", str(invitation)).returncode == 0
    keys = {
        "STRONGROOM_ROOT_ACCESS_KEY_ID": east["access_key_id"],
        "STRONGROOM_ROOT_SECRET_ACCESS_KEY": east["secret_access_key"],
    }
    west = make_vault(tmp_path / WEST, "--region", WEST, "--join", str(invitation), **keys)
    yield {
        EAST: (tmp_path / EAST, east, ports[EAST], f"{WEST}=http://127.0.0.1:{ports[WEST]}"),
        WEST: (tmp_path / WEST, west, ports[WEST], f"{EAST}=http://127.0.0.1:{ports[EAST]}"),
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_replicas_end_in_sync_whenever_a_region_is_killed(places: dict[str, Any], seed: int) -> None:
    chance = random.Random(seed)
    writing = Writing()
    with ExitStack() as stack:
        running = {region: _up(stack, place) for region, place in places.items()}
        east, west = (running[region][0].client() for region in (EAST, WEST))
        _prepare(running[EAST][0].client("account"), east)
        threads = [
            threading.Thread(target=work, args=(client, seed * 10 + number))
            for number, (work, client) in enumerate(
                ((writing.write, east), (writing.write, east), (writing.read, west))
            )
        ]
        for thread in threads:
            thread.start()
        for _ in range(KILLS):
            writing.wait_for(chance.randint(1, MOST_WRITES))
            region = chance.choice((EAST, WEST))
            _, process = running[region]
            process.kill()
            process.wait()
            running[region] = _up(stack, places[region])
        writing.wait_for(1)
        writing.stop.set()
        for thread in threads:
            thread.join()
        for number in range(SECRETS):
            _check(east, west, f"s{number}")
    assert writing.wrong == []
    for folder, *_ in places.values():
        assert vault_command(folder, "verify").returncode == 0


def _up(stack: ExitStack, place: tuple[Path, dict[str, str], int, str]) -> Any:
    folder, administrator, port, peer = place
    return stack.enter_context(serving(folder, administrator, ("--peer", peer), port=port))


def _prepare(account: Any, east: Any) -> None:
    account.enable_region(RegionName=WEST)
    until(lambda: account.get_region_opt_status(RegionName=WEST)["RegionOptStatus"], lambda status: status == "ENABLED")
    for number in range(SECRETS):
        east.create_secret(Name=f"s{number}", SecretString="first", AddReplicaRegions=[{"Region": WEST}])


def _check(east: Any, west: Any, name: str) -> None:
    assert settled(east, name)[WEST] == ("InSync", "Replication succeeded")
    here, there = (client.describe_secret(SecretId=name)["VersionIdsToStages"] for client in (east, west))
    assert there == here
    for version in here:
        values = {each.get_secret_value(SecretId=name, VersionId=version)["SecretString"] for each in (east, west)}
        assert len(values) == 1
