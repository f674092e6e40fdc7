"""A vault that cannot be opened is named, with the way out and the documented exit status, and never a traceback."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.testing.commands import run_command
from tests.testing.server import plain_environment


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return run_command(*arguments, environment=plain_environment())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A vault with one secret."""
    place = tmp_path / "vault"
    assert _run("vault", "init", "--data-dir", str(place)).returncode == 0
    return place


def _newer(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999'")


def _cut(database: Path) -> None:
    os.truncate(database, database.stat().st_size // 2)


def _folder(database: Path) -> None:
    database.unlink()
    database.mkdir()


def _nowhere(database: Path) -> None:
    database.unlink()
    database.symlink_to("nowhere")


@pytest.mark.parametrize("spoil", [_newer, _cut, _folder, _nowhere, Path.unlink], ids=lambda each: each.__name__)
@pytest.mark.parametrize("command", [("serve", "--listen", "127.0.0.1:0"), ("vault", "verify"), ("vault", "list")])
def test_a_database_that_is_none_is_named(
    folder: Path, spoil: Callable[[Path], None], command: tuple[str, ...]
) -> None:
    spoil(folder / "store.db")
    done = _run(*command, "--data-dir", str(folder))
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("error: ")
    assert str(folder / "store.db") in done.stderr or "malformed" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["root.key", "operator.json"])
def test_a_key_that_others_can_read_or_that_is_none_is_refused(folder: Path, name: str) -> None:
    (folder / name).chmod(0o644)
    done = _run("vault", "list", "--data-dir", str(folder))
    assert (done.returncode, "chmod 600" in done.stderr) == (4, True)
    (folder / name).chmod(0o600)
    (folder / name).write_bytes(b"nothing of ours")
    done = _run("vault", "list", "--data-dir", str(folder))
    assert (done.returncode, str(folder / name) in done.stderr) == (4, True)


@pytest.mark.parametrize("listen", ["nowhere", ":1", "127.0.0.1:65536", "127.0.0.1:\u00b2", "127.0.0.1:-1"])
def test_an_address_that_is_none_is_a_usage_error(folder: Path, listen: str) -> None:
    done = _run("serve", "--listen", listen, "--data-dir", str(folder))
    assert (done.returncode, "HOST:PORT" in done.stderr) == (2, True)


def test_digests_that_cannot_be_written_stop_serve_before_it_begins(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    place = tmp_path / "file" / "digests"
    done = _run("serve", "--listen", "127.0.0.1:0", "--data-dir", str(folder), "--digests", str(place))
    assert (done.returncode, str(place) in done.stderr) == (2, True)


def test_a_trail_whose_end_was_edited_sends_the_user_to_verify(folder: Path) -> None:
    assert _run("vault", "list", "--data-dir", str(folder)).returncode == 0
    with closing(sqlite3.connect(folder / "store.db")) as connection, connection:
        connection.execute("UPDATE trail_chains SET seq = -1")
    done = _run("vault", "trail", "digest", "--data-dir", str(folder))
    assert (done.returncode, "vault verify" in done.stderr) == (1, True)
    assert _run("vault", "list", "--data-dir", str(folder)).returncode == 1
    checked = _run("vault", "verify", "--data-dir", str(folder))
    assert (checked.returncode, checked.stdout.startswith("tampered: trail of ")) == (1, True)
