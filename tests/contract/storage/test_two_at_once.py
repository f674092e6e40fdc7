"""Servers that are started at the same moment on a store of an earlier version: one brings it on, all open it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contract.storage.test_upgrades import ROOT
from tests.testing.old_stores import old_database, old_file, root_key_of

_TOGETHER = 4
_OPEN = """
import sys
from strongroom.kernel.secretvalue import SecretValue
from alembic import command
import vault.storage.postgresql, psycopg
from vault.storage.store import Store

root_key = SecretValue(bytes.fromhex(sys.stdin.readline()))
print("there", flush=True)
sys.stdin.readline()
Store.open(sys.argv[1], root_key).close()
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_all_of_them_open_it(kind: str, tmp_path: Path, new_postgres_database: Callable[[], str]) -> None:
    database = old_file("0002", tmp_path / "old") if kind == "sqlite" else old_database("0002", new_postgres_database())
    opening = [
        subprocess.Popen([sys.executable, "-c", _OPEN, database], cwd=ROOT, stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(_TOGETHER)
    ]  # fmt: skip
    for each in opening:
        assert each.stdin is not None
        assert each.stdout is not None
        print(root_key_of("0002").reveal().hex(), file=each.stdin, flush=True)
        assert each.stdout.readline() == "there\n"
    for each in opening:
        assert each.stdin is not None
        each.stdin.write("now\n")
        each.stdin.flush()
    ended = [(each.communicate(timeout=60)[1], each.returncode) for each in opening]
    assert [status for _, status in ended] == [0] * _TOGETHER, ended
