"""Two servers on one PostgreSQL, killed under eight writers, and the database too: nothing acknowledged is lost."""

from __future__ import annotations

import os
import random
import threading
from pathlib import Path

import pytest

from tests.soak.test_store_kills import MOST_WRITES, SECRETS, WRITERS, Acknowledged, check, write
from tests.testing.postgres import PostgresServer
from tests.testing.server import make_vault, serving
from vault.config import DataDir

SEEDS = range(int(os.environ.get("STRONGROOM_SOAK", "3")))


@pytest.mark.parametrize("seed", SEEDS)
def test_an_acknowledged_write_survives_a_kill_of_either_server(
    tmp_path: Path, postgres: PostgresServer, postgres_database: str, seed: int
) -> None:
    variables = {"STRONGROOM_STORE": postgres_database, "PGPASSFILE": os.environ["PGPASSFILE"]}
    drawn = random.Random(seed)
    administrator = make_vault(tmp_path / "vault", **variables)
    told = Acknowledged()
    with (
        serving(tmp_path / "vault", administrator, **variables) as (first, process),
        serving(tmp_path / "vault", administrator, **variables) as (second, other),
    ):
        clients = [first.client(), second.client()]
        for number in range(SECRETS):
            clients[number % 2].create_secret(Name=f"soak/{number}", SecretString="first")
        writers = [
            threading.Thread(target=write, args=(clients[number % 2], seed * WRITERS + number, told))
            for number in range(WRITERS)
        ]
        for writer in writers:
            writer.start()
        told.wait_for(drawn.randint(1, MOST_WRITES))
        if seed % 4 == 3:
            with postgres.stopped():
                process.kill()
        process.kill()
        told.wait_for(drawn.randint(1, MOST_WRITES))
        other.kill()
        for writer in writers:
            writer.join()
    check(DataDir(path=tmp_path / "vault", store=postgres_database), told)
