"""The templates for jobs on a schedule are what the forges take, and use options that there are."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from strongroom.cli.fix import command as fix_command
from strongroom.cli.scan import command as scan_command

FOLDER = Path(__file__).parents[2] / "deploy" / "forge"
TEMPLATES = {"github-actions.yml": "vendor.github-workflows", "gitlab-ci.yml": "vendor.gitlab-ci"}
COMMANDS = {"fix": fix_command, "scan": scan_command}


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_is_what_the_forge_takes(name: str) -> None:
    checker = str(Path(sys.executable).with_name("check-jsonschema"))
    done = subprocess.run(
        [checker, "--builtin-schema", TEMPLATES[name], str(FOLDER / name)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_uses_options_that_there_are(name: str) -> None:
    used = re.findall(r"strongroom (fix|scan) (.+)", (FOLDER / name).read_text())
    assert {command for command, _ in used} == {"fix", "scan"}
    for command, words in used:
        known = {option for each in COMMANDS[command].params for option in each.opts}
        assert {word for word in words.split() if word.startswith("--")} <= known


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_does_not_put_values_into_a_store_that_goes_with_the_job(name: str) -> None:
    assert yaml.safe_load((FOLDER / name).read_text())
    assert "fix --pr" in (FOLDER / name).read_text()
    assert "--vault aws" in (FOLDER / name).read_text()
