"""A scanned project that has its own `scanner/`, `vault/` or `strongroom`-like modules is never imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.testing.gitrepo import make_repository
from tests.testing.server import plain_environment

BOOBY_TRAP = "import pathlib\npathlib.Path(__file__).with_name('imported').write_text('')\n"
CONSOLE_SCRIPT = str(Path(sys.executable).with_name("strongroom"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {f"{name}/__init__.py": BOOBY_TRAP for name in ("scanner", "vault", "remediation")}
    return make_repository(tmp_path / "project", {**files, "click.py": BOOBY_TRAP, "app.py": "x = 1\n"})


def imported(project: Path) -> list[Path]:
    return list(project.rglob("imported"))


@pytest.mark.parametrize("path", [".", "absolute"])
def test_the_console_script_refuses_and_names_the_clash(project: Path, path: str) -> None:
    environment = plain_environment(PYTHONPATH=str(project) if path == "absolute" else ".")
    done = subprocess.run(
        [CONSOLE_SCRIPT, "scan", "."], cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "'scanner' would be imported from" in done.stderr
    assert "hint:" in done.stderr
    assert done.stdout == ""
    assert imported(project) == []


@pytest.mark.parametrize("arguments", [["--staged"], ["app.py"]])
def test_the_hook_runs_isolated_from_the_project(project: Path, arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-m", "strongroom.hook", *arguments],
        cwd=project, env=plain_environment(PYTHONPATH="."), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert imported(project) == []


def test_a_module_of_the_project_does_not_stand_in_for_a_library(tmp_path: Path) -> None:
    project = make_repository(tmp_path / "project", {"click.py": BOOBY_TRAP, "app.py": "x = 1\n"})
    done = subprocess.run(
        [CONSOLE_SCRIPT, "scan", "."],
        cwd=project, env=plain_environment(PYTHONPATH="."), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert imported(project) == []
