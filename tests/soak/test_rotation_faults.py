"""A rotation that is broken off anywhere leaves a password that works, and the next attempt completes it."""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from strongroom.kernel.clock import utc_now
from tests.contract.rotators.conftest import redis_server, server
from tests.contract.rotators.servers import Server
from tests.testing.rotation_faults import RotationProcess, rotation_process, wire_to
from vault.bootstrap import Vault, open_vault
from vault.config import DataDir
from vault.domain.rotation_job import LEASE
from vault.initialise import NewStore, initialise
from vault.rotation.functions import function_arn

__all__ = ["redis_server", "server"]

SEEDS = range(int(os.environ.get("STRONGROOM_SOAK", "3")))
ACCOUNT, REGION = "123456789012", "us-east-1"
FAULTS = ("killed", "full", "wire")
MOST_ROOM = 120_000
"""Bytes on the disk for what a rotation writes: it needs somewhat more."""
AFTERWARDS = LEASE + timedelta(minutes=20)
"""By then the lease of a killed attempt has run out, and the pause after a failed one is over."""
TRIES = 3
_MEASURED: dict[str, tuple[int, int]] = {}
"""How many calls and messages a rotation by each strategy takes."""


@pytest.fixture(scope="session")
def rotating() -> Iterator[RotationProcess]:
    """The process whose children rotate."""
    with rotation_process() as made:
        yield made


class Rotated:
    """A secret in a vault in a folder, for a credential that is reached over a wire."""

    def __init__(self, folder: Path, kind: Server, stack: ExitStack) -> None:
        self.folder = folder
        self._kind = kind
        with self.vault() as vault:
            made = kind.first(vault)
            self.wire = stack.enter_context(wire_to("127.0.0.1", int(made["port"])))
            client = vault.client("secretsmanager")
            # The superuser's secret must lead to the same place.
            master = client.get_secret_value(SecretId=made["masterarn"])["SecretString"]
            client.put_secret_value(SecretId=made["masterarn"], SecretString=self._behind_the_wire(json.loads(master)))
            value = self._behind_the_wire(made)
            self.arn = client.create_secret(Name="app/secret", SecretString=value)["ARN"]

    def vault(self) -> closing[Vault]:
        """Open the vault, at a time at which nothing holds the rotation any more."""
        vault = open_vault(DataDir(path=self.folder))
        vault.worker._clock = lambda: utc_now() + AFTERWARDS
        return closing(vault)

    def begin(self) -> None:
        """Ask for a rotation."""
        with self.vault() as vault:
            function = function_arn(self._kind.strategy, REGION, ACCOUNT)
            vault.client("secretsmanager").rotate_secret(SecretId=self.arn, RotationLambdaARN=function)

    def stages(self) -> dict[str, list[str]]:
        """Return the labels of all versions."""
        with self.vault() as vault:
            found = vault.client("secretsmanager").describe_secret(SecretId=self.arn)["VersionIdsToStages"]
            return dict(found)

    def works(self, stage: str) -> bool:
        """Tell whether the service takes the value at a label."""
        with self.vault() as vault:
            client = vault.client("secretsmanager")
            try:
                value = client.get_secret_value(SecretId=self.arn, VersionStage=stage)["SecretString"]
            except client.exceptions.ResourceNotFoundException:
                return False
        return self._kind.accepted(value)

    def complete(self) -> list[str]:
        """Let the worker go on until it is done; return the errors of its attempts."""
        with self.vault() as vault:
            return [outcome.error for _ in range(TRIES) for outcome in vault.rotate(self.arn)]

    def _behind_the_wire(self, value: Mapping[str, Any]) -> str:
        return json.dumps({**value, "port": self.wire.port})


@pytest.fixture
def subject(tmp_path: Path, server: Server) -> Iterator[Rotated]:
    """A secret in a new vault."""
    initialise(DataDir(path=tmp_path / "vault"), NewStore(account_id=ACCOUNT, regions=(REGION,)), utc_now())
    with ExitStack() as stack:
        yield Rotated(tmp_path / "vault", server, stack)


def _lawful(stages: dict[str, list[str]]) -> bool:
    held = Counter(label for labels in stages.values() for label in labels)
    return held["AWSCURRENT"] == 1 and max(held.values()) == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_a_rotation_broken_off_anywhere_completes_when_tried_again(
    seed: int, server: Server, subject: Rotated, rotating: RotationProcess
) -> None:
    chance, wire = random.Random(f"{server.strategy} {seed}"), subject.wire
    if server.strategy not in _MEASURED:
        _MEASURED[server.strategy] = _measured(subject, rotating)
    calls, messages = _MEASURED[server.strategy]
    for _ in range(chance.randint(0, 1)):
        # With users that take turns the second rotation is another than the first.
        _whole(subject, rotating)
    before = subject.stages()
    subject.begin()
    fault = FAULTS[seed % len(FAULTS)]
    number = {"killed": calls, "full": MOST_ROOM, "wire": messages}[fault]
    wire.cut_after(chance.randint(1, number) if fault == "wire" else None)
    rotating.attempt(subject.folder, subject.arn, fault, chance.randint(1, number))
    wire.cut_after(None)

    assert _lawful(subject.stages())
    assert any(subject.works(stage) for stage in ("AWSCURRENT", "AWSPENDING")), "no stored password works"
    assert not server.previous_survives or subject.works("AWSCURRENT")

    errors = subject.complete()
    assert not [error for error in errors if error], errors
    after = subject.stages()
    assert _lawful(after)
    assert subject.works("AWSCURRENT")
    assert _current(after) != _current(before)


def _measured(subject: Rotated, rotating: RotationProcess) -> tuple[int, int]:
    """Return how many calls and messages a rotation takes."""
    subject.wire.cut_after(None)
    subject.begin()
    calls, error = rotating.attempt(subject.folder, subject.arn)
    assert error == ""
    return calls, subject.wire.passed


def _whole(subject: Rotated, rotating: RotationProcess) -> None:
    subject.begin()
    assert rotating.attempt(subject.folder, subject.arn)[1] == ""


def _current(stages: dict[str, list[str]]) -> str:
    return next(version for version, labels in stages.items() if "AWSCURRENT" in labels)
