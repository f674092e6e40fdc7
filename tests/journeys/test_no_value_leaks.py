"""Planted values go through every flow, and every byte that comes out or stays behind is searched for them."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.testing.credentials import made_up_credential
from tests.testing.gitrepo import git, make_repository
from tests.testing.leaks import every_byte_below, leaks, spellings
from tests.testing.server import command_line, plain_environment

SETTINGS = '''"""Settings of every shape."""

import os

SIGNING_KEY = "@0@"
DATABASE_URL = "postgresql://shop:@1@@db.internal:5432/shop"
API = {"endpoint": "https://api.internal", "api_key": "@2@"}
TOKEN = os.environ.get("SHOP_TOKEN", "@3@")


class Mail:
    PASSWORD = "@4@"


def connect(driver):
    return driver.connect(host="db.internal", user="report", password="@5@")


def login(user, password):
    return user == "admin" and password == "@6@"
'''
FORMATS = ("text", "json", "jsonl")


@dataclass(kw_only=True)
class Journey:
    """A repository with planted values, a vault, and everything any command has printed."""

    repository: Path
    home: Path
    values: Sequence[bytes]
    printed: list[bytes] = field(default_factory=list)

    def strongroom(self, *arguments: str, **variables: str) -> int:
        done = subprocess.run(
            command_line(*arguments),
            cwd=self.repository,
            env=plain_environment(STRONGROOM_HOME=str(self.home), **variables),
            capture_output=True,
            check=False,
        )
        self.printed += [done.stdout, done.stderr]
        return done.returncode

    def leaked(self) -> list[int]:
        return leaks(self.values, b"\n".join(self.printed))


@pytest.fixture
def journey(tmp_path: Path) -> Journey:
    values = [made_up_credential(20) for _ in range(7)]
    text = SETTINGS
    for number, value in enumerate(values):
        text = text.replace(f"@{number}@", value)
    repository = make_repository(tmp_path / "shop", {"settings.py": text, "requirements.txt": "requests\n"})
    return Journey(repository=repository, home=tmp_path / "home", values=[value.encode() for value in values])


def test_the_search_itself_finds_every_spelling() -> None:
    value = b"p4ss/word+canary"
    for spelling in spellings(value):
        assert leaks([value], b"before " + spelling + b" after") == [0]


def test_no_report_shows_a_value(journey: Journey, tmp_path: Path) -> None:
    for form in FORMATS:
        assert journey.strongroom("scan", "-f", form, "--explain") == 1
        assert journey.strongroom("scan", "-f", form, "-o", str(tmp_path / "report")) == 1
        journey.printed.append((tmp_path / "report").read_bytes())
    assert journey.leaked() == []


def test_values_are_shown_only_when_asked_for(journey: Journey) -> None:
    journey.strongroom("scan", "-f", "json", "--show-secrets")
    assert journey.leaked() == list(range(7))


def test_a_fix_leaves_no_value_in_its_output_the_vault_or_the_branch(journey: Journey) -> None:
    assert journey.strongroom("fix", "--dry-run") == 0
    assert not journey.home.exists()
    assert journey.strongroom("fix", "--branch", "fixed") == 0
    assert journey.strongroom("rotate", "now", "shop/settings_password", "--strategy", "generated-single") == 0
    assert journey.strongroom("vault", "list") == 0
    assert journey.strongroom("vault", "describe", "shop/db/shop") == 0
    assert journey.leaked() == []
    assert leaks(journey.values, every_byte_below(journey.home)) == []
    assert leaks(journey.values, _fixed_tree(journey.repository)) == []


def test_failures_show_no_value(journey: Journey, tmp_path: Path) -> None:
    assert journey.strongroom("fix", "--branch", "fixed") == 0
    assert journey.strongroom("fix", "--branch", "main") == 1
    (journey.home / "root.key").write_bytes(b"strongroom-root-key-1 " + b"A" * 43 + b"=\n")
    assert journey.strongroom("vault", "get", "shop/db/shop") == 4
    assert journey.strongroom("fix", "--branch", "other") == 4
    assert journey.strongroom("fix", "--vault", "http://127.0.0.1:1", AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="y",
                              AWS_DEFAULT_REGION="us-east-1") == 4  # fmt: skip
    (journey.home / "operator.json").chmod(0o644)
    assert journey.strongroom("vault", "list") == 4
    assert journey.leaked() == []


def test_the_files_of_a_vault_are_private(journey: Journey) -> None:
    journey.strongroom("vault", "init")
    assert journey.home.stat().st_mode & 0o077 == 0
    assert [path.name for path in journey.home.iterdir() if path.stat().st_mode & 0o077] == []


def _fixed_tree(repository: Path) -> bytes:
    archive = subprocess.run(["git", "archive", "fixed"], cwd=repository, check=True, capture_output=True).stdout
    return archive + git(repository, "log", "--format=%B%an%ae", "main..fixed").encode()
