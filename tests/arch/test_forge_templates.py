"""The templates of jobs are what the forges take, and use commands and options that there are."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

from strongroom.cli.main import command as strongroom

FOLDER = Path(__file__).parents[2] / "deploy" / "forge"
TEMPLATES = sorted(file.name for file in FOLDER.glob("*.yml"))
SCHEDULED = ("github-actions.yml", "gitlab-ci.yml")
DOCS = FOLDER.parents[1] / "docs"


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_is_what_the_forge_takes(name: str) -> None:
    schema = {"github": "vendor.github-workflows", "gitlab": "vendor.gitlab-ci"}[name.partition("-")[0]]
    checker = str(Path(sys.executable).with_name("check-jsonschema"))
    done = subprocess.run(
        [checker, "--builtin-schema", schema, str(FOLDER / name)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def commands(name: str) -> Iterator[list[str]]:
    """Yield the words of each of our commands in a template, without what the shell does with it."""
    for line in scripts(yaml.safe_load((FOLDER / name).read_text())):
        for found in re.findall(r"\bstrongroom ((?:scan|fix|audit)\b[^\n]*)", line):
            yield shlex.split(re.split(r"\s(?:>>|\|\|)\s", found)[0])


def scripts(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "run":
                yield value
            elif key == "script":
                yield from value
            else:
                yield from scripts(value)
    elif isinstance(part, list):
        for each in part:
            yield from scripts(each)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_uses_commands_and_options_that_there_are(name: str) -> None:
    used = list(commands(name))
    assert used
    for words in used:
        with click.Context(strongroom, info_name="strongroom") as context:
            found = strongroom.get_command(context, words[0])
            assert found is not None
            # Reads the words as the command line would, and runs nothing.
            found.make_context(words[0], words[1:], context)


@pytest.mark.parametrize("name", SCHEDULED)
def test_a_template_does_not_put_values_into_a_store_that_goes_with_the_job(name: str) -> None:
    assert "fix --pr" in (FOLDER / name).read_text()
    assert "--vault aws" in (FOLDER / name).read_text()


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_is_explained(name: str) -> None:
    documents = "".join((DOCS / file).read_text() for file in ("ci.md", "pull-requests.md"))
    assert f"deploy/forge/{name}" in documents
    first = (FOLDER / name).read_text().splitlines()[0]
    assert first.startswith("# ")
    assert re.search(r"docs/(ci|pull-requests)\.md", first)


@pytest.mark.parametrize("name", [name for name in TEMPLATES if "audit" in name])
def test_the_key_of_an_audit_is_not_kept_with_its_database(name: str) -> None:
    for words in commands(name):
        key, database = words[words.index("--key-file") + 1], words[words.index("--db") + 1]
        assert key in ("$KEY_FILE", "$STRONGROOM_AUDIT_KEY")
        assert database == "$DATABASE"
    text = (FOLDER / name).read_text()
    assert "KEY_FILE: audit.key" in text or "KEY_FILE" not in text
    assert "DATABASE: audit/audit.db" in text
