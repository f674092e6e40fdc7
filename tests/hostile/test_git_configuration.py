"""Nothing that a repository says to git is done: its settings, hooks, attributes and environments are never seen."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.hostile.conftest import FOUND, KEY
from tests.hostile.scanning import Scanned, all_modes, fingerprint
from tests.unit.scanner.making import Repository

PAYLOADS: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "payloads.yaml").read_text())
Run = Callable[..., Scanned]


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """Return a folder outside of the repository with files that would be a find, or a mark, if they were followed."""
    folder = tmp_path / "outside"
    (folder / "hooks").mkdir(parents=True)
    program = folder / "run"
    program.write_text(f"#!/bin/sh\necho ran >> {folder}/mark\ncat\n")
    program.chmod(0o755)
    (folder / "excludes").write_text("*.conf\n")
    (folder / "attributes").write_text("* diff=evil filter=evil\n")
    (folder / "included").write_text(f"[core]\n\tfsmonitor = {program}\n\tpager = {program}\n")
    (folder / "elsewhere.conf").write_text(f"token={KEY}\n")
    for hook in PAYLOADS["hooks"]:
        (folder / "hooks" / hook).symlink_to(program)
    return folder


@pytest.fixture
def hostile(repository: Repository, outside: Path) -> Repository:
    """Return the repository with every payload in it at once."""
    git = repository.top / ".git"
    for setting, value in PAYLOADS["settings"]:
        name = setting.format(run=outside / "run", out=outside)
        repository.git(
            "config", "--file", str(git / "config.evil"), name, value.format(run=outside / "run", out=outside)
        )
    (git / "config").write_text((git / "config").read_text() + (git / "config.evil").read_text())
    (git / "config.worktree").write_text((git / "config.evil").read_text())
    (git / "config.evil").unlink()
    for hook in PAYLOADS["hooks"]:
        (git / "hooks" / hook).unlink(missing_ok=True)
        (git / "hooks" / hook).symlink_to(outside / "run")
    (git / "info").mkdir(exist_ok=True)
    (git / "info" / "attributes").write_text("\n".join(PAYLOADS["attributes"]) + "\n")
    repository.write(
        ".gitmodules", f'[submodule "evil"]\n\tpath = evil\n\turl = ext::{outside / "run"}\n\tupdate = !touch x\n'
    )
    return repository


@pytest.mark.parametrize("mode", all_modes())
def test_no_setting_hook_or_attribute_is_followed_and_nothing_is_written(
    hostile: Repository, outside: Path, run: Run, mode: str
) -> None:
    before = fingerprint(hostile.top)
    scanned = run(hostile.top, mode)
    assert not (outside / "mark").exists()
    assert not list(outside.glob("trace*"))
    assert fingerprint(hostile.top) == before
    assert scanned.found >= FOUND[mode]


@pytest.mark.parametrize("mode", all_modes())
@pytest.mark.parametrize("number", range(len(PAYLOADS["settings"])), ids=[name for name, _ in PAYLOADS["settings"]])
def test_each_setting_alone_changes_nothing(
    repository: Repository, outside: Path, in_process: Callable[[Path, str], set[str]], number: int, mode: str
) -> None:
    setting, value = PAYLOADS["settings"][number]
    config = repository.top / ".git" / "config"
    values = {"run": outside / "run", "out": outside}
    repository.git("config", "--file", str(config), setting.format(**values), value.format(**values))
    assert in_process(repository.top, mode) == FOUND[mode]
    assert not (outside / "mark").exists()


def test_git_variables_of_the_environment_are_not_handed_on(
    repository: Repository, outside: Path, in_process: Callable[[Path, str], set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = str(outside / "run")
    for name in ("GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_EDITOR", "GIT_PROXY_COMMAND"):
        monkeypatch.setenv(name, run)
    monkeypatch.setenv("GIT_DIR", str(outside))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.fsmonitor")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", run)
    monkeypatch.setenv("GIT_TRACE", str(outside / "trace"))
    monkeypatch.setenv("GIT_EXEC_PATH", str(outside))
    assert in_process(repository.top, "tree") == FOUND["tree"]
    assert not (outside / "mark").exists()
    assert not (outside / "trace").exists()


def test_replaced_and_grafted_commits_are_read_as_they_were_written(repository: Repository, run: Run) -> None:
    first, second = repository.git("rev-list", "--reverse", "HEAD").split()
    repository.git("replace", second, first)
    (repository.top / ".git" / "info" / "grafts").write_text(f"{second}\n")
    assert run(repository.top, "history").found == FOUND["history"]


def test_a_program_called_git_in_the_repository_is_not_run(
    repository: Repository, outside: Path, in_process: Callable[[Path, str], set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = repository.write("git", f"#!/bin/sh\necho ran >> {outside}/mark\n")
    program.chmod(0o755)
    monkeypatch.chdir(repository.top)
    monkeypatch.setenv("PATH", f".:{os.environ['PATH']}")
    assert in_process(repository.top, "tree") == FOUND["tree"]
    assert not (outside / "mark").exists()
