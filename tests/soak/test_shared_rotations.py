"""Two servers on one PostgreSQL share the rotations; one is killed: none is lost, none is done twice."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.testing.server import make_vault, serving
from vault.bootstrap import open_vault
from vault.config import DataDir
from vault.domain.rotation_job import LEASE
from vault.rotation.functions import function_arn

SEEDS = range(int(os.environ.get("STRONGROOM_SOAK", "1")))
SECRETS = 60
PATIENCE = LEASE.total_seconds() + 120


@pytest.mark.parametrize("seed", SEEDS)
def test_a_killed_server_s_rotations_are_finished_by_the_other_once(
    tmp_path: Path, postgres_database: str, seed: int
) -> None:
    variables = {"STRONGROOM_STORE": postgres_database, "PGPASSFILE": os.environ["PGPASSFILE"]}
    administrator = make_vault(tmp_path / "vault", **variables)
    with (
        serving(tmp_path / "vault", administrator, **variables) as (first, process),
        serving(tmp_path / "vault", administrator, **variables) as (second, _),
    ):
        client = second.client()
        function = function_arn("generated-single", first.region, administrator["account_id"])
        for number in range(SECRETS):
            client.create_secret(Name=f"app/{number}", SecretString="first")
        for number in range(SECRETS):
            client.rotate_secret(SecretId=f"app/{number}", RotationLambdaARN=function)
        _until(client, random.Random(seed).randint(1, SECRETS // 2))
        process.kill()
        _until(client, SECRETS)
        for number in range(SECRETS):
            stages = client.describe_secret(SecretId=f"app/{number}")["VersionIdsToStages"]
            labels = sorted(label for held in stages.values() for label in held if label != "AWSPENDING")
            assert labels == ["AWSCURRENT", "AWSPREVIOUS"]
            assert len(client.list_secret_version_ids(SecretId=f"app/{number}")["Versions"]) == 2
    assert _succeeded(DataDir(path=tmp_path / "vault", store=postgres_database)) == {1: SECRETS}


def _until(client: Any, number: int) -> None:
    """Return once so many secrets have rotated."""
    deadline = time.monotonic() + PATIENCE
    rotated = 0
    while rotated < number:
        assert time.monotonic() < deadline, f"{rotated} of {number} have rotated"
        pages = client.get_paginator("list_secrets").paginate()
        rotated = sum("LastRotatedDate" in entry for page in pages for entry in page["SecretList"])


def _succeeded(place: DataDir) -> dict[int, int]:
    """Return how many secrets have rotated how often, by the trail."""
    vault = open_vault(place)
    with vault.store.transaction() as tx:
        events = [row.event for head in tx.trail.heads() for row in tx.trail.read(head.writer, limit=head.seq)]
    vault.close()
    ended = (each for each in events if each["eventName"] == "RotationSucceeded")
    return dict(Counter(Counter(each["serviceEventDetails"]["secretId"] for each in ended).values()))
