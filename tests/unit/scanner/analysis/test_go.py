"""Go programs: literals that reach what takes a credential, and literals that do not."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.unit.scanner.analysis.followed import outcome

PROGRAMS = yaml.safe_load(Path(__file__).with_name("go.yaml").read_text(encoding="utf-8"))


def _program(text: str) -> str:
    return f"-- shop/main.go --\npackage shop\n{text}"


@pytest.mark.parametrize("name", PROGRAMS["found"])
def test_finds_every_credential_and_nothing_else_in(name: str) -> None:
    assert outcome(name, _program(PROGRAMS["found"][name])) == (set(), set())


@pytest.mark.parametrize("name", PROGRAMS["several"])
def test_follows_into_other_files(name: str) -> None:
    assert outcome(name, PROGRAMS["several"][name].lstrip()) == (set(), set())


@pytest.mark.parametrize("name", PROGRAMS["quiet"])
def test_finds_nothing_in(name: str) -> None:
    assert outcome(name, _program(PROGRAMS["quiet"][name])) == (set(), set())
