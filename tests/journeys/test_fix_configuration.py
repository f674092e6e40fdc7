"""Configuration, from the scan to a program that runs with the values: by the commands, on a real repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.testing.credentials import made_up_credential
from tests.testing.gitrepo import git, make_repository
from tests.testing.server import command_line, plain_environment

BRANCH = "fixed"


@pytest.fixture(scope="module")
def values() -> tuple[str, str]:
    return made_up_credential(), made_up_credential()


@pytest.fixture(scope="module")
def fixed(tmp_path_factory: pytest.TempPathFactory, values: tuple[str, str]) -> Path:
    """A repository whose `.env` and compose file were fixed, with the branch checked out."""
    folder = tmp_path_factory.mktemp("configured")
    files = {
        ".env": f"DEBUG=1\nexport API_TOKEN='{values[0]}'\nDATABASE_URL=postgresql://shop:{values[1]}@db/orders\n",
        "docker-compose.yml": f"services:\n  web:\n    environment:\n      API_TOKEN: {values[0]}\n",
    }
    top = make_repository(folder / "shop", files)
    done = command(top, "fix", "--branch", BRANCH)
    assert done.returncode == 0, done.stderr
    git(top, "checkout", "-q", BRANCH)
    return top


def command(top: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = plain_environment(STRONGROOM_HOME=str(top.parent / "home"))
    return subprocess.run(
        command_line(*arguments), cwd=top, env=environment, capture_output=True, text=True, check=False
    )


def environment_of(top: Path, file: str) -> dict[str, str]:
    """Return the environment of a program that `run` starts with an environment file."""
    done = command(top, "run", "--env-file", file, "--", "env")
    assert done.returncode == 0, done.stderr
    return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)


def test_a_program_gets_what_its_env_file_held(fixed: Path, values: tuple[str, str]) -> None:
    found = environment_of(fixed, ".env")

    assert found["API_TOKEN"] == values[0]
    assert found["DATABASE_URL"] == f"postgresql://shop:{values[1]}@db/orders"
    assert found["DEBUG"] == "1"


def test_compose_gets_what_it_puts_into_its_services(fixed: Path, values: tuple[str, str]) -> None:
    assert environment_of(fixed, ".strongroom/run.env")["SHOP_API_TOKEN"] == values[0]
    assert "${SHOP_API_TOKEN:?" in (fixed / "docker-compose.yml").read_text()


def test_the_fixed_branch_holds_no_value_and_a_scan_finds_nothing(fixed: Path, values: tuple[str, str]) -> None:
    for path in ("docker-compose.yml", ".env", ".env.example", ".strongroom/run.env", ".strongroom/secrets.json"):
        text = (fixed / path).read_text()
        assert not any(value in text for value in values)
    assert command(fixed, "scan", ".").returncode == 0


def test_a_second_fix_has_nothing_to_do(fixed: Path) -> None:
    done = command(fixed, "fix")

    assert (done.returncode, done.stderr.strip().splitlines()[-1]) == (0, "nothing to fix")


def test_what_a_dry_run_shows_holds_no_value(fixed: Path, values: tuple[str, str]) -> None:
    git(fixed, "checkout", "-q", "main")
    done = command(fixed, "fix", "--dry-run")
    git(fixed, "checkout", "-q", BRANCH)

    assert "docker-compose.yml" in done.stdout
    assert not any(value in done.stdout + done.stderr for value in values)
