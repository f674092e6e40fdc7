"""The jobs in `deploy/forge` do what `docs/ci.md` says of them, run as the machine of a forge would run them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.testing.forge_listing import Lister, listing_gitlab
from tests.testing.git_http import serving_git
from tests.testing.gitrepo import git, make_repository
from tests.testing.jobs import Runner
from tests.unit.scanner.making import password

OLD, NEW, LATER = (password(f"of a job, {number}") for number in range(3))
FRESH = f'db_password = "{NEW}"\n'


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    top = make_repository(tmp_path / "origin", {"app.py": f'db_password = "{OLD}"\n', "other.py": "x = 1\n"})
    git(top, "checkout", "--quiet", "-b", "topic")
    return top


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    (tmp_path / "work").mkdir()
    return Runner(folder=tmp_path / "work", home=tmp_path / "home")


def change(origin: Path, text: str) -> None:
    (origin / "other.py").write_text(text)
    git(origin, "commit", "--quiet", "--all", "--message=a change")


def check_out(origin: Path, runner: Runner) -> None:
    git(runner.folder, "clone", "--quiet", "--branch", "topic", origin.as_uri(), ".")


@pytest.mark.parametrize(("text", "places", "status"), [(FRESH, ["other.py"], 1), ("x = 2\n", [], 0)])
def test_the_job_of_a_pull_request_shows_what_it_adds(
    text: str, places: list[str], status: int, origin: Path, runner: Runner
) -> None:
    change(origin, text)
    check_out(origin, runner)
    summary = runner.home / "summary.md"
    done = runner.github("github-pull-request.yml", GITHUB_BASE_REF="main", GITHUB_STEP_SUMMARY=str(summary))
    assert done.returncode == status, done.stderr
    (run,) = json.loads((runner.folder / "findings.sarif").read_text())["runs"]
    uris = [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in run["results"]]
    assert uris == places
    assert [place in summary.read_text() for place in ("app.py", "other.py")] == [False, bool(places)]
    assert ("::error file=other.py" in done.stdout) is bool(places)
    assert NEW not in done.stdout + summary.read_text()


@pytest.mark.parametrize(("text", "places", "status"), [(FRESH, ["other.py"], 1), ("x = 2\n", [], 0)])
def test_the_job_of_a_merge_request_shows_what_it_adds(
    text: str, places: list[str], status: int, origin: Path, runner: Runner
) -> None:
    change(origin, text)
    check_out(origin, runner)
    done = runner.gitlab("gitlab-merge-request.yml", CI_MERGE_REQUEST_TARGET_BRANCH_NAME="main")
    assert done.returncode == status, done.stderr
    report = json.loads((runner.folder / "gl-secret-detection-report.json").read_text())
    assert [one["location"]["file"] for one in report["vulnerabilities"]] == places
    assert ("other.py" in (runner.folder / "strongroom.md").read_text()) is bool(places)


def test_a_job_that_fetched_one_commit_alone_says_what_to_set(origin: Path, runner: Runner) -> None:
    change(origin, FRESH)
    git(runner.folder, "clone", "--quiet", "--depth=1", "--branch", "topic", origin.as_uri(), ".")
    done = runner.github("github-pull-request.yml", GITHUB_BASE_REF="main", GITHUB_STEP_SUMMARY="/dev/null")
    assert done.returncode == 2
    assert "fetch-depth: 0" in done.stderr


@pytest.fixture
def group(tmp_path: Path, origin: Path) -> Iterator[dict[str, str]]:
    """A group of GitLab's with one private project, and what its jobs are told."""
    token = secrets.token_hex(20)
    folder = tmp_path / "served"
    folder.mkdir()
    git(folder, "clone", "--quiet", "--mirror", str(origin), "shop.git")
    lister = Lister(token=token)
    with serving_git(folder, token) as served, listing_gitlab(lister):
        lister.add("groups", "acme", "shop", http_url_to_repo=f"{served.place}/shop.git")
        (tmp_path / "key").write_text(secrets.token_hex(32))
        yield {
            "CI_API_V4_URL": lister.api,
            "CI_PROJECT_ROOT_NAMESPACE": "acme",
            "GITLAB_TOKEN": token,
            "STRONGROOM_AUDIT_KEY": str(tmp_path / "key"),
        }


def test_the_audit_of_every_night_reports_and_fails_for_what_is_new_since_the_night_before(
    group: dict[str, str], origin: Path, runner: Runner, tmp_path: Path
) -> None:
    first = runner.gitlab("gitlab-audit.yml", **group)
    assert first.returncode == 0, first.stderr
    found = json.loads((runner.folder / "audit.json").read_text())["findings"]
    assert [one["path"] for one in found] == ["app.py"]
    assert "audit.key" not in [file.name for file in runner.folder.rglob("*")]
    change(origin, f'db_password = "{LATER}"\n')
    git(tmp_path / "served" / "shop.git", "fetch", "--quiet", "--prune")
    second = runner.gitlab("gitlab-audit.yml", **group)
    assert second.returncode == 1, second.stderr
    assert "other.py" in second.stdout
    for name, word in {"audit.html": "other.py", "audit.md": "2 exposed credentials"}.items():
        assert word in (runner.folder / name).read_text()
    said = first.stdout + first.stderr + second.stdout + second.stderr
    assert group["GITLAB_TOKEN"] not in said + (runner.folder / "audit.json").read_text()
