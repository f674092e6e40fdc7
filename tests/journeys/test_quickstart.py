"""The quickstart walks the whole way by itself."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.testing.server import command_line, plain_environment


def quickstart(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    cache = folder.with_name(f"{folder.name}-cache")
    return subprocess.run(
        command_line("quickstart", *arguments), cwd=folder, capture_output=True, text=True, check=False,
        env=plain_environment(HOME=str(folder), XDG_CACHE_HOME=str(cache)),
    )  # fmt: skip


def test_it_shows_each_step_with_its_outcome(tmp_path: Path) -> None:
    done = quickstart(folder=tmp_path)
    assert done.returncode == 0, done.stderr
    steps = [
        "$ strongroom scan",
        "6 credentials found",
        "$ strongroom fix",
        "commit ",
        "the planted password -> 200",
        "$ strongroom rotate now",
        "the planted password -> 401",
        "the new password -> 200",
        "no credentials found",
    ]
    places = [done.stdout.find(step) for step in steps]
    assert -1 not in places
    assert places == sorted(places)


def test_it_leaves_no_repository_and_no_vault_behind(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    assert quickstart(folder=home).returncode == 0
    assert list(home.rglob("*")) == []


def test_kept_it_leaves_a_fixed_repository_and_a_vault(tmp_path: Path) -> None:
    done = quickstart("--keep", "demo", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "demo" / "shop" / "app_secrets.py").exists()
    assert (tmp_path / "demo" / "vault" / "store.db").exists()
    again = quickstart("--keep", "demo", folder=tmp_path)
    assert again.returncode == 2
    assert "is not empty" in again.stderr
