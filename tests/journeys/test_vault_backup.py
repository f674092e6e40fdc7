"""Backing a vault up and restoring it, from a shell, while a server writes and when somebody pulls the plug."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.testing.commands import FED, run_command
from tests.testing.cut import calls_of, cut_off
from tests.testing.server import Server, make_vault, plain_environment, serving, vault_command

_KILLS = 8
_ENOUGH = 40
"""Secrets that are acknowledged before a backup begins."""
_PATIENCE_SECONDS = 60


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A vault with one secret."""
    place = tmp_path / "vault"
    make_vault(place)
    assert vault_command(place, "create", "app/db", given="a value").returncode == 0
    return place


def _with_root_key(folder: Path, place: Path) -> Path:
    place.mkdir(mode=0o700)
    shutil.copy2(folder / "root.key", place / "root.key")
    return place


def test_a_backup_goes_to_another_machine(folder: Path, tmp_path: Path) -> None:
    made = vault_command(folder, "backup", str(tmp_path / "b"))
    assert (made.returncode, made.stdout) == (0, "")
    assert "1 secrets, 1 versions, 2 recorded events, read back and verified" in made.stderr
    other = _with_root_key(folder, tmp_path / "other")
    restored = vault_command(other, "restore-backup", str(tmp_path / "b"))
    assert restored.returncode == 0, restored.stderr
    assert vault_command(other, "get", "app/db").stdout == "a value"


def test_refusals_have_the_documented_exit_statuses(folder: Path, tmp_path: Path) -> None:
    backup = tmp_path / "b"
    assert vault_command(tmp_path / "none", "backup", str(backup)).returncode == 4
    assert vault_command(folder, "backup", str(backup)).returncode == 0
    assert vault_command(folder, "backup", str(backup)).returncode == 2
    without = vault_command(tmp_path / "empty", "restore-backup", str(backup))
    assert (without.returncode, "root.key cannot be read" in without.stderr) == (4, True)
    assert vault_command(folder, "create", "app/since", given="a value").returncode == 0
    older = vault_command(folder, "restore-backup", str(backup))
    assert (older.returncode, "hint: --allow-older" in older.stderr) == (1, True)
    backup.write_bytes(backup.read_bytes()[:-1])
    torn = vault_command(folder, "restore-backup", str(backup), "--allow-older")
    assert (torn.returncode, "is damaged" in torn.stderr) == (1, True)
    assert vault_command(folder, "get", "app/since").stdout == "a value"


def test_a_backup_brings_what_the_passphrase_opens(tmp_path: Path) -> None:
    passphrase, place, backup = secrets.token_hex(12), tmp_path / "vault", tmp_path / "b"

    def run(folder: Path, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        words = ("vault", *arguments, "--data-dir", str(folder), "--root-key", f"passphrase-fd:{FED}")
        done = run_command(*words, environment=plain_environment(), given=given, fed=passphrase)
        assert done.returncode == 0, done.stderr
        return done

    run(place, "init")
    run(place, "create", "app/db", given="a value")
    run(place, "backup", str(backup))
    run(tmp_path / "other", "restore-backup", str(backup))
    assert run(tmp_path / "other", "get", "app/db").stdout == "a value"


def test_a_root_key_that_was_named_is_named_no_more_afterwards(folder: Path, tmp_path: Path) -> None:
    stick = tmp_path / "stick.key"
    assert vault_command(folder, "backup", str(tmp_path / "b")).returncode == 0
    (folder / "root.key").rename(stick)
    other = tmp_path / "other"
    restored = vault_command(other, "restore-backup", str(tmp_path / "b"), "--root-key", f"file:{stick}")
    assert restored.returncode == 0, restored.stderr
    assert vault_command(other, "get", "app/db").stdout == "a value"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A vault in a folder, its store in a file there or in PostgreSQL."""

    folder: Path
    variables: dict[str, str]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of `strongroom vault` on it."""
        words = ("vault", *arguments, "--data-dir", str(self.folder))
        return run_command(*words, environment=plain_environment(**self.variables))

    @contextmanager
    def served(self) -> Iterator[Server]:
        """Make the vault and serve it while the block runs."""
        administrator = make_vault(self.folder, **self.variables)
        with serving(self.folder, administrator, **self.variables) as (server, _):
            yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Kept:
    """Where a vault is to be, on each database."""
    in_file = request.param == "sqlite"
    variables = {} if in_file else {"STRONGROOM_STORE": request.getfixturevalue("postgres_database")}
    return Kept(folder=tmp_path / "vault", variables=variables)


def test_while_a_server_writes_a_backup_holds_all_that_was_acknowledged_before_it(kept: Kept, tmp_path: Path) -> None:
    with kept.served() as server, ThreadPoolExecutor(4) as pool:
        stop, enough, acknowledged = threading.Event(), threading.Event(), list[str]()

        def write(writer: int) -> None:
            client = server.client()
            for number in range(10_000):
                if stop.is_set():
                    return
                name = f"load/{writer}/{number}"
                client.create_secret(Name=name, SecretString="v")
                acknowledged.append(name)
                if len(acknowledged) >= _ENOUGH:
                    enough.set()

        writing = [pool.submit(write, writer) for writer in range(4)]
        assert enough.wait(_PATIENCE_SECONDS)
        before = set(acknowledged)
        made = kept.run("backup", str(tmp_path / "b"))
        during = len(acknowledged)
        stop.set()
        for each in writing:
            each.result()
    assert made.returncode == 0, made.stderr
    assert during > len(before)
    other = _with_root_key(kept.folder, tmp_path / "other")
    assert vault_command(other, "restore-backup", str(tmp_path / "b")).returncode == 0
    listed = {line.split("  ")[0] for line in vault_command(other, "list").stdout.splitlines()}
    assert before <= listed
    assert vault_command(other, "verify").returncode == 0


def test_a_server_goes_on_with_what_was_restored_under_it(kept: Kept, tmp_path: Path) -> None:
    backup = str(tmp_path / "b")
    with kept.served() as server, ThreadPoolExecutor(4) as pool:
        server.client().create_secret(Name="app/db", SecretString="a value")
        assert kept.run("backup", backup).returncode == 0
        server.client().put_secret_value(SecretId="app/db", SecretString="newer")
        stop = threading.Event()
        reading = [pool.submit(_read_until, server, stop) for _ in range(4)]
        restored = kept.run("restore-backup", backup, "--allow-older")
        stop.set()
        assert restored.returncode == 0, restored.stderr
        assert set().union(*(each.result() for each in reading)) <= {"newer", "a value"}
        assert server.client().get_secret_value(SecretId="app/db")["SecretString"] == "a value"
        server.client().create_secret(Name="after", SecretString="v")
    shutil.rmtree(kept.folder / "digests")
    assert kept.run("verify").returncode == 0


def _read_until(server: Server, stop: threading.Event) -> set[str]:
    client, seen = server.client(), set[str]()
    while not stop.is_set():
        seen.add(client.get_secret_value(SecretId="app/db")["SecretString"])
    return seen


@pytest.mark.parametrize("begin", ["make_private_dir", "_standing"], ids=["on trial", "once it puts things in place"])
def test_a_restore_that_is_killed_anywhere_is_completed_by_the_next(folder: Path, tmp_path: Path, begin: str) -> None:
    backup = tmp_path / "b"
    assert vault_command(folder, "backup", str(backup)).returncode == 0

    def restoring(place: Path) -> tuple[str, ...]:
        return begin, "vault", "restore-backup", str(backup), "--data-dir", str(place)

    whole = calls_of(*restoring(_with_root_key(folder, tmp_path / "counted")))
    for number in range(_KILLS):
        place = _with_root_key(folder, tmp_path / f"killed-{number}")
        cut_off(1 + whole * number // _KILLS, *restoring(place))
        got = vault_command(place, "get", "app/db")
        if got.returncode != 0:
            again = vault_command(place, "restore-backup", str(backup))
            assert again.returncode == 0, again.stderr
            assert list(place.glob(".restoring-*")) == []
        assert vault_command(place, "get", "app/db").stdout == "a value"
        assert vault_command(place, "verify").returncode == 0
