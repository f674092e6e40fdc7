"""No planted value on the way either: in a process's arguments or environment, in git's objects, in refusals."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.testing.credentials import made_up_credential
from tests.testing.gitrepo import git, make_repository
from tests.testing.leaks import every_byte_below, leaks
from tests.testing.server import Server, plain_environment, running_server

AUDITED = str(Path(__file__).parents[1] / "testing" / "audited.py")
SETTINGS = """SIGNING_KEY = "{}"
DATABASE_URL = "postgresql://shop:{}@db.internal:5432/shop"
API = {{"endpoint": "https://api.internal", "api_key": "{}"}}
"""


@dataclass(frozen=True, kw_only=True)
class Watched:
    """A repository with planted values, and a log of every program that our commands started."""

    top: Path
    home: Path
    log: Path
    values: list[bytes]

    def strongroom(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-I", AUDITED, str(self.log), *arguments],
            cwd=self.top, env=plain_environment(STRONGROOM_HOME=str(self.home), **variables), capture_output=True,
            check=False,
        )  # fmt: skip

    def rotated(self, name: str) -> bytes:
        """Rotate a secret, and return its new value."""
        assert self.strongroom("rotate", "now", name, "--strategy", "generated-single").returncode == 0
        return self.strongroom("vault", "get", name).stdout


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    values = [made_up_credential() for _ in range(3)]
    files = {"settings.py": SETTINGS.format(*values), "requirements.txt": "requests\n"}
    top = make_repository(tmp_path / "shop", files)
    planted = [value.encode() for value in values]
    return Watched(top=top, home=tmp_path / "home", log=tmp_path / "started", values=planted)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("vault") / "data") as running:
        yield running


def test_no_process_is_given_a_value_in_its_arguments_or_environment(watched: Watched) -> None:
    assert watched.strongroom("scan").returncode == 1
    assert watched.strongroom("fix", "--branch", "fixed").returncode == 0
    git(watched.top, "checkout", "--quiet", "fixed")
    new = watched.rotated("shop/signing_key")
    assert watched.strongroom("run", "--", sys.executable, "-c", "").returncode == 0
    started = watched.log.read_bytes()
    assert b"hash-object" in started
    assert b"AWS_SESSION_TOKEN" in started
    assert leaks([*watched.values, new], started) == []


def test_the_vault_holds_a_rotated_value_only_sealed(watched: Watched) -> None:
    assert watched.strongroom("fix").returncode == 0
    new = watched.rotated("shop/signing_key")
    assert leaks([*watched.values, new], every_byte_below(watched.home)) == []


def test_no_object_that_the_fix_adds_to_the_repository_holds_a_value(watched: Watched) -> None:
    before = _objects(watched.top)
    assert watched.strongroom("fix", "--branch", "fixed").returncode == 0
    added = _objects(watched.top) - before
    assert len(added) > len(git(watched.top, "rev-list", "--objects", "main..fixed").split("\n")) / 2
    contents = [_content(watched.top, name) for name in sorted(added)]
    assert leaks(watched.values, b"\n".join(contents)) == []


def test_a_store_that_refuses_is_named_without_a_value_and_the_code_stays(watched: Watched, server: Server) -> None:
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]}
    made = server.client("sts").get_federation_token(Name="tests", Policy=json.dumps(policy))["Credentials"]
    session = {
        "AWS_ACCESS_KEY_ID": made["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"],
        "AWS_SESSION_TOKEN": made["SessionToken"],
        "AWS_DEFAULT_REGION": server.region,
    }
    refused = watched.strongroom("fix", "--vault", server.url, **session)
    assert refused.returncode == 5
    assert b"AccessDeniedException" in refused.stderr
    assert leaks(watched.values, refused.stdout + refused.stderr) == []
    assert git(watched.top, "branch", "--format=%(refname:short)") == "main\n"


@pytest.mark.parametrize("file", ["store.db", "root.key", "operator.json"])
def test_a_vault_with_an_unreadable_file_says_so_without_a_value(watched: Watched, file: str) -> None:
    assert watched.strongroom("fix", "--branch", "first").returncode == 0
    (watched.home / file).unlink()
    (watched.home / file).mkdir(mode=0o700)
    for arguments in (("fix", "--branch", "second"), ("vault", "get", "shop/signing_key"), ("rotate", "status")):
        failed = watched.strongroom(*arguments)
        assert failed.returncode == 4, failed.stderr
        assert leaks(watched.values, failed.stdout + failed.stderr) == []
    assert "second" not in git(watched.top, "branch")


def _objects(top: Path) -> set[str]:
    return set(git(top, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)").split())


def _content(top: Path, name: str) -> bytes:
    shown = subprocess.run(["git", "cat-file", "-p", name], cwd=top, capture_output=True, check=True)
    return shown.stdout
