"""What the store recorded, and whether it was tampered with, from a shell."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.testing.server import vault_command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A vault with one secret that was read once."""
    place = tmp_path / "vault"
    assert vault_command(place, "init").returncode == 0
    assert vault_command(place, "create", "app/db", given="a value").returncode == 0
    assert vault_command(place, "get", "app/db").stdout == "a value"
    return place


def test_what_was_done_to_a_secret_is_listed_newest_first(folder: Path) -> None:
    lines = vault_command(folder, "trail", "list", "--secret", "app/db").stdout.splitlines()
    assert [line.split("  ")[1] for line in lines] == ["GetSecretValue", "CreateSecret"]
    events = json.loads(vault_command(folder, "trail", "list", "--event", "CreateSecret", "--format", "json").stdout)
    assert [event["requestParameters"]["name"] for event in events] == ["app/db"]


def test_an_untouched_vault_verifies(folder: Path) -> None:
    checked = vault_command(folder, "verify")
    assert (checked.returncode, checked.stdout) == (0, "")
    assert "1 secrets, 1 versions, 4 recorded events: all as the store left them" in checked.stderr


def test_a_vault_that_was_tampered_with_is_named_with_exit_status_1(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "store.db")) as connection, connection:
        connection.execute("UPDATE versions SET payload = zeroblob(40)")
    checked = vault_command(folder, "verify")
    assert checked.returncode == 1
    assert checked.stdout.startswith("tampered: version ")
    assert "app/db" in checked.stdout


def test_a_digest_kept_elsewhere_shows_a_trail_that_was_cut(folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    before = tmp_path / "before.db"
    with closing(sqlite3.connect(folder / "store.db")) as source, closing(sqlite3.connect(before)) as copy:
        source.backup(copy)
    assert vault_command(folder, "get", "app/db").returncode == 0
    (kept / "today.json").write_text(vault_command(folder, "trail", "digest").stdout)
    assert vault_command(folder, "verify", "--digests", str(kept)).returncode == 0
    for name in ("store.db", "store.db-wal", "store.db-shm"):
        (folder / name).unlink(missing_ok=True)
    before.rename(folder / "store.db")
    checked = vault_command(folder, "verify", "--digests", str(kept))
    assert (checked.returncode, "today.json" in checked.stdout) == (1, True)
    assert vault_command(folder, "verify").returncode == 0
