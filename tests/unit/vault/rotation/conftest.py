"""A whole vault in memory, and rotations of one secret in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from vault.bootstrap import Vault, open_in_memory
from vault.initialise import NewStore
from vault.rotation.attempt import Outcome
from vault.rotation.functions import function_arn

ACCOUNT, REGION = "123456789012", "us-east-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """One secret with a rotation function."""

    vault: Vault
    arn: str
    strategy: str

    @property
    def client(self) -> Any:
        """A client of the vault's owner."""
        return self.vault.client("secretsmanager")

    def start(self) -> str:
        """Ask for a rotation; return the version that it is to make."""
        function = function_arn(self.strategy, REGION, ACCOUNT)
        return str(self.client.rotate_secret(SecretId=self.arn, RotationLambdaARN=function)["VersionId"])

    def work(self) -> Outcome:
        """Have the worker try the one rotation that is due."""
        (outcome,) = self.vault.worker.run_due()
        return outcome

    def rotate(self) -> Outcome:
        """Rotate once."""
        self.start()
        return self.work()

    def value(self, stage: str = "AWSCURRENT") -> str:
        """Return the value at a label."""
        return str(self.client.get_secret_value(SecretId=self.arn, VersionStage=stage)["SecretString"])

    def field(self, name: str, stage: str = "AWSCURRENT") -> Any:
        """Return one field of the value at a label."""
        return json.loads(self.value(stage))[name]

    def version(self, stage: str) -> str | None:
        """Return the version at a label."""
        stages = self.client.describe_secret(SecretId=self.arn)["VersionIdsToStages"]
        return next((version for version, labels in stages.items() if stage in labels), None)


@pytest.fixture
def vault() -> Iterator[Vault]:
    made, _ = open_in_memory(NewStore(account_id=ACCOUNT, regions=(REGION,)))
    yield made
    made.close()


def store(vault: Vault, strategy: str, name: str = "app/secret", **content: Any) -> Rotated:
    """Store a secret that `strategy` is to rotate."""
    arn = vault.client("secretsmanager").create_secret(Name=name, **content)["ARN"]
    return Rotated(vault=vault, arn=arn, strategy=strategy)


def events(vault: Vault) -> list[tuple[str, str]]:
    """Return the names of what the service recorded by itself, each with its reason."""
    with vault.store.transaction() as tx:
        rows = [row.event for head in tx.trail.heads() for row in tx.trail.read(head.writer)]
    told = [row for row in rows if "serviceEventDetails" in row]
    return [(row["eventName"], row["serviceEventDetails"].get("reason", "")) for row in told]
