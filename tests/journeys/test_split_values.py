"""A value that a program puts together of several literals: no part of it is shown, and it is moved as a whole."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest

from tests.journeys.test_fix import command
from tests.testing.credentials import made_up_credential
from tests.testing.gitrepo import git, make_repository

FORMATS = ("text", "json", "jsonl", "sarif", "html", "markdown", "csv", "junit", "github", "gitlab")
LEFT, RIGHT, WHOLE, ENCODED = (made_up_credential(16) for _ in range(4))
WRITTEN = base64.b64encode(ENCODED.encode()).decode()
SPLIT = f"""import base64

import psycopg2

USER = "report"
API_TOKEN = "{LEFT}" + "{RIGHT}"
API_SECRET = base64.b64decode("{WRITTEN[:10]}" + "{WRITTEN[10:]}").decode()
one = psycopg2.connect(host="db.internal", user=USER, password="{LEFT}" "{RIGHT}")
two = psycopg2.connect("postgresql://" + USER + ":{WHOLE}@db.internal/shop")
"""
PARTS = (LEFT, RIGHT, WHOLE, WRITTEN[:10], WRITTEN[10:])


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "shop", {"settings.py": SPLIT, "requirements.txt": "requests\n"})


@pytest.mark.parametrize("form", FORMATS)
def test_no_report_shows_a_part(shop: Path, form: str) -> None:
    shown = command(shop, "scan", "--format", form, "--min-confidence", "low").stdout
    assert "settings.py" in shown
    assert [part for part in PARTS if part in shown] == []


def test_what_is_no_part_of_the_credential_is_shown(shop: Path) -> None:
    shown = command(shop, "scan").stdout
    assert '"postgresql://" + USER + ":' in shown


def test_the_diff_of_a_fix_shows_no_part(shop: Path, tmp_path: Path) -> None:
    shown = command(shop, "fix", "--dry-run", STRONGROOM_HOME=str(tmp_path / "home")).stdout
    assert "-one = psycopg2.connect(" in shown
    assert [part for part in PARTS if part in shown] == []


def test_a_value_of_several_literals_is_moved_as_one(shop: Path, tmp_path: Path) -> None:
    home = str(tmp_path / "home")
    done = command(shop, "fix", "--branch", "fixed", STRONGROOM_HOME=home)
    assert done.returncode == 0, done.stderr
    fixed = git(shop, "show", "fixed:settings.py")
    assert [part for part in (LEFT, RIGHT, WHOLE) if part in fixed] == []
    secret = re.search(r'^API_TOKEN = secret\("([^"]+)"', fixed, re.MULTILINE)
    assert secret is not None, fixed
    held = command(shop, "vault", "get", secret[1], STRONGROOM_HOME=home).stdout
    assert LEFT + RIGHT in held


def test_a_value_of_several_literals_is_measured_once(shop: Path) -> None:
    report = json.loads(command(shop, "scan", "--format", "json").stdout)
    measured = [[one["kind"] for one in finding["evidence"]].count("entropy") for finding in report["findings"]]
    assert max(measured) == 1
