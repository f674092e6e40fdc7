"""The hooks as pre-commit runs them: installed from this repository, and refusing a commit and a push."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.testing.gitrepo import ENVIRONMENT, git, make_repository
from tests.unit.scanner.making import token

ROOT = Path(__file__).parents[2]
LEAK = f'token = "{token("pre-commit", "ghp_[A-Za-z0-9]{36}")}"\n'
_NOT_OURS = shutil.ignore_patterns(".git", ".venv", ".cache", ".*_cache", ".hypothesis", "__pycache__", "engine.bin")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This checkout as a repository whose only commit holds it as it stands."""
    copy = tmp_path_factory.mktemp("published") / "strongroom"
    shutil.copytree(ROOT, copy, ignore=_NOT_OURS)
    git(copy, "init", "--quiet", "--initial-branch=main")
    git(copy, "add", ".")
    git(copy, "commit", "--quiet", "--message=first")
    return copy


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "project", {"a.txt": "one\n"})


def run(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command with pre-commit and strongroom on the path, and nothing of the user's but what pip has fetched."""
    environment = {
        **os.environ,
        **ENVIRONMENT,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PIP_CACHE_DIR": os.environ.get("PIP_CACHE_DIR", str(Path.home() / ".cache" / "pip")),
        "PRE_COMMIT_HOME": str(project.parent / "pre-commit"),
        "XDG_CACHE_HOME": str(project.parent / "cache"),
    }
    return subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, check=False, timeout=600
    )


def outcomes(said: str) -> dict[str, str]:
    """Return what pre-commit says of each hook: the hook's name, and Passed, Failed or Skipped."""
    return dict(re.findall(r"^(strongroom \([^)]*\))\.+(?:\([^)]*\))?(Passed|Failed|Skipped)$", said, re.MULTILINE))


def install_hooks(project: Path, published: Path) -> None:
    """Have git run the hooks of `published` with the strongroom that is being tested."""
    manifest = yaml.safe_load((published / ".pre-commit-hooks.yaml").read_text())
    hooks = [{"id": hook["id"], "language": "system"} for hook in manifest]
    where = {"repo": str(published), "rev": git(published, "rev-parse", "HEAD").strip(), "hooks": hooks}
    (project / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [where]}))
    git(project, "add", ".")
    git(project, "commit", "--quiet", "--message=hooks")
    done = run(project, "pre-commit", "install", "--hook-type", "pre-commit", "--hook-type", "pre-push")
    assert done.returncode == 0, done.stderr


def test_trying_this_repository_out_installs_its_hooks_and_they_refuse_a_credential(
    project: Path, published: Path
) -> None:
    (project / "leak.py").write_text(LEAK)
    git(project, "add", "leak.py")
    done = run(project, "pre-commit", "try-repo", str(published), "--verbose")
    assert done.returncode == 1, done.stdout + done.stderr
    assert outcomes(done.stdout) == {
        "strongroom (staged changes)": "Failed",
        "strongroom (named files)": "Failed",
        "strongroom (staged changes, installed command)": "Failed",
    }
    assert done.stdout.count("error[github-personal-access-token]") == 3
    assert done.stdout.count("- exit code: 1\n") == 3


def test_a_commit_of_a_credential_is_refused_and_a_clean_one_is_made(project: Path, published: Path) -> None:
    install_hooks(project, published)
    (project / "leak.py").write_text(LEAK)
    git(project, "add", "leak.py")
    refused = run(project, "git", "commit", "--message=leak")
    assert refused.returncode == 1
    assert set(outcomes(refused.stderr).values()) == {"Failed"}
    (project / "leak.py").write_text("clean = True\n")
    git(project, "add", "leak.py")
    made = run(project, "git", "commit", "--message=clean")
    assert made.returncode == 0, made.stderr
    assert list(outcomes(made.stderr).values()) == ["Passed"] * 3


def test_a_push_of_a_credential_is_refused_and_what_the_other_side_has_is_not_looked_at_again(
    project: Path, published: Path
) -> None:
    other = project.parent / "other.git"
    git(project, "init", "--quiet", "--bare", str(other))
    git(project, "remote", "add", "origin", str(other))
    (project / "old.py").write_text(LEAK)
    install_hooks(project, published)
    refused = run(project, "git", "push", "origin", "main")
    assert refused.returncode == 1
    assert outcomes(refused.stdout)["strongroom (pushed commits)"] == "Failed"
    git(project, "push", "--quiet", "--no-verify", "origin", "main")
    (project / "new.py").write_text("clean = True\n")
    git(project, "add", "new.py")
    git(project, "commit", "--quiet", "--no-verify", "--message=new")
    taken = run(project, "git", "push", "origin", "main")
    assert taken.returncode == 0, taken.stderr
    assert outcomes(taken.stdout)["strongroom (pushed commits)"] == "Passed"
