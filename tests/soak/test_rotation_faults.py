"""A rotation cut off at any call leaves a working password, and the next attempt completes it."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from strongroom.kernel.secretvalue import SecretValue
from tests.testing.postgres import PostgresServer
from vault.bootstrap import Vault, open_in_memory
from vault.initialise import NewStore
from vault.rotation.functions import function_arn

SEEDS = range(int(os.environ.get("STRONGROOM_SOAK", "6")))
ACCOUNT, REGION = "123456789012", "us-east-1"
CALLS_OF_A_ROTATION = 16


class CutOff(Exception):
    """The fault: as if the process had died at that call."""


class CutClient:
    """A client whose n-th call fails, before or after it took effect."""

    def __init__(self, client: Any, at: int, *, after: bool) -> None:
        self._client = client
        self._left = at
        self._after = after

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)

        def call(**arguments: Any) -> Any:
            self._left -= 1
            if self._left == 0 and not self._after:
                raise CutOff
            answer = method(**arguments)
            if self._left == 0:
                raise CutOff
            return answer

        return call


@pytest.fixture
def vault() -> Iterator[Vault]:
    made, _ = open_in_memory(NewStore(account_id=ACCOUNT, regions=(REGION,)))
    yield made
    made.close()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_rotation_cut_off_anywhere_completes_when_tried_again(
    seed: int, vault: Vault, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    user = f"soak{seed}_{os.getpid()}"
    first = SecretValue(f"first-{chance.getrandbits(64):x}")
    postgres.create_role(user, first.reveal_text(), user)
    client = vault.client("secretsmanager")
    connection = {"engine": "postgres", "host": postgres.host, "port": postgres.port, "username": user, "dbname": user}
    arn = client.create_secret(Name=user, SecretString=json.dumps({**connection, "password": first.reveal_text()}))[
        "ARN"
    ]
    scoped = vault.worker._scoped_client
    at, after = chance.randint(1, CALLS_OF_A_ROTATION), chance.random() < 0.5
    monkeypatch.setattr(
        vault.worker, "_scoped_client", lambda region, policy: CutClient(scoped(region, policy), at, after=after)
    )

    client.rotate_secret(SecretId=arn, RotationLambdaARN=function_arn("postgres-single", REGION, ACCOUNT))
    (cut,) = vault.worker.run_due()

    working = [stage for stage in ("AWSCURRENT", "AWSPENDING") if _works(client, arn, stage, postgres)]
    assert working, f"no stored password works after {cut.error}"

    monkeypatch.undo()
    if cut.error:
        token = _tried_again(client, arn, cut.token)
        (again,) = vault.worker.run_due()
        assert again.error == ""
        assert again.token == token
    assert _works(client, arn, "AWSCURRENT", postgres)
    assert not postgres.accepts(user, first.reveal_text(), user)


def _tried_again(client: Any, arn: str, token: str) -> str:
    """Ask for a rotation; return the token it goes on with: the old one, unless its label had moved already."""
    if "AWSCURRENT" in client.describe_secret(SecretId=arn)["VersionIdsToStages"][token]:
        return str(client.rotate_secret(SecretId=arn)["VersionId"])
    with pytest.raises(ClientError, match="reattempted"):
        client.rotate_secret(SecretId=arn)
    return token


def _works(client: Any, arn: str, stage: str, postgres: PostgresServer) -> bool:
    try:
        stored = json.loads(client.get_secret_value(SecretId=arn, VersionStage=stage)["SecretString"])
    except client.exceptions.ResourceNotFoundException:
        return False
    return postgres.accepts(stored["username"], stored["password"], stored["dbname"])
