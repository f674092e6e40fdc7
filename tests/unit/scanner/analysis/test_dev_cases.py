"""Every case of `fixtures/analysis` that is looked at is understood: its credentials are found, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.testing.programs import CASES
from tests.unit.scanner.analysis.followed import outcome

_LANGUAGES = sorted(place.name for place in CASES.iterdir() if place.is_dir())


@pytest.mark.parametrize("language", _LANGUAGES)
def test_all_is_found_and_nothing_else(language: str) -> None:
    places = sorted((CASES / language / "dev").glob("*.txtar"))
    outcomes = {place.stem: outcome(place.stem, _text(place)) for place in places}
    assert outcomes
    assert {name: one for name, one in outcomes.items() if any(one)} == {}


def _text(place: Path) -> str:
    return place.read_text(encoding="utf-8")
