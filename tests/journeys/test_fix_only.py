"""A fix that is limited to a file or to findings that are named: their values move everywhere, nothing else does."""

from __future__ import annotations

import json
import re
import shlex
import sys
from pathlib import Path

import pytest

from tests.testing.credentials import made_up_credential
from tests.testing.fix_faults import FixProcess
from tests.testing.gitrepo import git, make_repository
from tests.testing.shop import Shop

ONE, TWO, THREE = (made_up_credential() for _ in range(3))


@pytest.fixture
def shop(tmp_path: Path, process: FixProcess) -> Shop:
    files = {
        "settings.py": f'API_KEY = "{ONE}"\nDB_PASSWORD = "{TWO}"\n',
        "worker.py": f'API_KEY = "{ONE}"\n',
        "mail.py": f'MAIL_PASSWORD = "{THREE}"\n',
        "requirements.txt": "requests\n",
    }
    return Shop(top=make_repository(tmp_path / "shop", files), home=tmp_path / "home", value=ONE, process=process)


def left(shop: Shop, branch: str) -> dict[str, set[str]]:
    """Return which of the values each file of a branch still holds."""
    names = {ONE: "one", TWO: "two", THREE: "three"}
    texts = {file: git(shop.top, "show", f"{branch}:{file}") for file in ("settings.py", "worker.py", "mail.py")}
    return {file: {name for value, name in names.items() if value in text} for file, text in texts.items()}


def ids(shop: Shop) -> dict[str, str]:
    found = json.loads(shop.strongroom("scan", "-f", "json").stdout)["findings"]
    return {f"{one['path']}:{one['start_line']}": one["fingerprint"][:12] for one in found}


def test_the_values_of_a_named_file_move_wherever_they_stand(shop: Shop) -> None:
    done = shop.strongroom("fix", "worker.py", "--branch", "fixed")
    assert done.returncode == 0, done.stderr
    assert left(shop, "fixed") == {"settings.py": {"two"}, "worker.py": set(), "mail.py": {"three"}}
    assert "not in HEAD" not in done.stderr


def test_a_finding_that_is_named_moves_and_its_neighbour_stays(shop: Shop) -> None:
    named = ids(shop)
    done = shop.strongroom("fix", "--only", named["settings.py:2"], "--only", named["mail.py:1"], "--branch", "fixed")
    assert done.returncode == 0, done.stderr
    assert left(shop, "fixed") == {"settings.py": {"one"}, "worker.py": {"one"}, "mail.py": set()}


def test_a_limited_fix_that_was_killed_is_resumed_with_its_limit(shop: Shop) -> None:
    killer, marker = shop.top.parent / "killer.py", shop.top.parent / "killed"
    killer.write_text(
        "import os, pathlib, signal, sys\nmarker = pathlib.Path(sys.argv[1])\n"
        "if not marker.exists():\n    marker.touch()\n    os.kill(os.getppid(), signal.SIGKILL)\n"
    )
    command = f"{sys.executable} {killer} {marker}"
    assert shop.strongroom("fix", "mail.py", "--branch", "fixed", "--test-command", command).returncode == -9
    done = shop.strongroom("fix", "resume")
    assert done.returncode == 0, done.stderr
    assert left(shop, "fixed") == {"settings.py": {"one", "two"}, "worker.py": {"one"}, "mail.py": set()}


def test_the_command_that_a_report_names_for_a_finding_does_it(shop: Shop) -> None:
    (command,) = set(re.findall(r"fix: (strongroom fix mail\.py)", shop.strongroom("scan").stdout))
    assert shop.strongroom(*shlex.split(command)[1:], "--branch", "fixed").returncode == 0
    assert left(shop, "fixed")["mail.py"] == set()


@pytest.mark.parametrize("words", [["--only", "0" * 12], ["--only", "abc"], ["../elsewhere.py"]])
def test_what_names_no_finding_of_the_repository_is_a_usage_error(words: list[str], shop: Shop) -> None:
    (shop.top.parent / "elsewhere.py").write_text("x = 1\n")
    before = shop.branches()
    done = shop.strongroom("fix", *words)
    assert done.returncode == 2, done.stderr
    assert shop.branches() == before


def test_a_file_without_values_leaves_nothing_to_do(shop: Shop) -> None:
    done = shop.strongroom("fix", "requirements.txt")
    assert (done.returncode, done.stderr.strip()) == (0, "nothing to fix")
