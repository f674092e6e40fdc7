"""The alarms that are built in count what their examples say, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from vault.alarms.builtin import built_in
from vault.domain.filter_pattern import FilterPattern


def _examples(kind: str) -> Iterator[Any]:
    for each in built_in().values():
        for number, event in enumerate(getattr(each, kind)):
            yield pytest.param(each.pattern, event, id=f"{each.name}-{number}")


@pytest.mark.parametrize(("pattern", "event"), list(_examples("counts")))
def test_an_event_of_its_kind_counts(pattern: str, event: dict[str, Any]) -> None:
    assert FilterPattern.parse(pattern).matches(json.dumps(event))


@pytest.mark.parametrize(("pattern", "event"), list(_examples("ignores")))
def test_another_event_does_not_count(pattern: str, event: dict[str, Any]) -> None:
    assert not FilterPattern.parse(pattern).matches(json.dumps(event))


def test_each_has_examples_and_fits_what_a_filter_takes() -> None:
    for each in built_in().values():
        assert each.counts
        assert each.ignores
        assert len(each.pattern) <= 1024
        assert len(each.about) <= 1024
