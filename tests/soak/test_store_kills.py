"""A server that is killed under eight writers loses nothing it acknowledged, and leaves a store that verifies."""

from __future__ import annotations

import os
import random
import threading
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.testing.server import make_vault, serving
from vault.bootstrap import open_vault
from vault.config import DataDir

SEEDS = range(int(os.environ.get("STRONGROOM_SOAK", "3")))
WRITERS = 8
SECRETS = 40
MOST_WRITES = 400
"""Writes are acknowledged before the server is killed, a drawn number up to this."""
PATIENCE_SECONDS = 60
_REFUSALS = ("LimitExceededException", "ServiceUnavailableException")


@dataclass(kw_only=True)
class Acknowledged:
    """What the server said it had done: values by secret and version, and the numbers of recorded calls."""

    values: dict[tuple[str, str], str] = field(default_factory=dict)
    requests: set[str] = field(default_factory=set)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def add(self, place: tuple[str, str], value: str, request: str) -> None:
        """Take note of a write that was acknowledged."""
        with self._changed:
            self.values[place] = value
            self.requests.add(request)
            self._changed.notify_all()

    def wait_for(self, number: int) -> None:
        """Return once `number` writes more are acknowledged, while the writers go on. Fails where they are not."""
        with self._changed:
            wanted = len(self.values) + number
            assert self._changed.wait_for(lambda: len(self.values) >= wanted, PATIENCE_SECONDS), "writers stand still"


def write(client: Any, seed: int, told: Acknowledged) -> None:
    """Put values under drawn labels until the server is gone."""
    drawn = random.Random(seed)
    with suppress(BotoCoreError):
        while True:
            name = f"soak/{drawn.randrange(SECRETS)}"
            version, value = str(uuid.uuid4()), uuid.uuid4().hex
            stages = drawn.choice([["AWSCURRENT"], ["AWSPENDING"], ["custom"], ["AWSCURRENT", "other"]])
            try:
                answer = client.put_secret_value(
                    SecretId=name, ClientRequestToken=version, SecretString=value, VersionStages=stages
                )
            except ClientError as error:
                # The last room for versions of a day may be taken, or the database behind the server be gone.
                assert error.response["Error"]["Code"] in _REFUSALS or _is_cut_off(error)
                continue
            told.add((name, version), value, answer["ResponseMetadata"]["RequestId"])


def _is_cut_off(error: ClientError) -> bool:
    """Tell whether an answer came without its body: its server was killed between the two.

    botocore then knows no more than the status, and takes that for the code.
    """
    told = error.response
    return bool(told["Error"]["Code"] == str(told["ResponseMetadata"]["HTTPStatusCode"]))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "vault"


@pytest.mark.parametrize("seed", SEEDS)
def test_an_acknowledged_write_survives_a_kill(folder: Path, seed: int) -> None:
    administrator = make_vault(folder)
    told = Acknowledged()
    with serving(folder, administrator) as (server, process):
        client = server.client()
        for number in range(SECRETS):
            client.create_secret(Name=f"soak/{number}", SecretString="first")
        writers = [
            threading.Thread(target=write, args=(client, seed * WRITERS + number, told)) for number in range(WRITERS)
        ]
        for writer in writers:
            writer.start()
        told.wait_for(random.Random(seed).randint(1, MOST_WRITES))
        process.kill()
        for writer in writers:
            writer.join()
    check(DataDir(path=folder), told)


def check(place: DataDir, told: Acknowledged) -> None:
    vault = open_vault(place)
    client = vault.client("secretsmanager")
    assert [list(each.verification(lambda _: None).faults()) for each in vault.regions.values()] == [[]]
    for (name, version), value in told.values.items():
        with suppress(client.exceptions.ResourceNotFoundException):
            assert client.get_secret_value(SecretId=name, VersionId=version)["SecretString"] == value
            continue
        pytest.fail(f"version {version} of {name} was acknowledged and is not there")
    for number in range(SECRETS):
        stages = client.describe_secret(SecretId=f"soak/{number}")["VersionIdsToStages"].values()
        held = [stage for labels in stages for stage in labels]
        assert held.count("AWSCURRENT") == 1
        assert len(held) == len(set(held))
    assert told.requests <= set(_recorded(vault))
    vault.close()


def _recorded(vault: Any) -> Iterator[str]:
    with vault.store.transaction() as tx:
        for head in tx.trail.heads():
            yield from (row.event["requestID"] for row in tx.trail.read(head.writer, limit=head.seq))
