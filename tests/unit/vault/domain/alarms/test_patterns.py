"""Filter patterns match what AWS's own forms say, in time that grows with the text alone."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from vault.domain.errors import InvalidParameter
from vault.domain.filter_pattern import FilterPattern
from vault.domain.filter_regex import FilterRegex
from vault.domain.metric_filters import Transformation
from vault.storage.documents import document

CASES: Mapping[str, Any] = yaml.safe_load((Path(__file__).parent / "patterns.yaml").read_text())
MESSAGE = json.dumps(CASES["event"])
CANONICAL = document(CASES["event"]).decode()


@pytest.mark.parametrize("pattern", CASES["conditions"]["match"])
def test_a_condition_that_holds_matches(pattern: str) -> None:
    assert FilterPattern.parse(pattern).matches(MESSAGE)


@pytest.mark.parametrize("pattern", CASES["conditions"]["match"])
def test_what_matches_is_never_passed_over_unparsed(pattern: str) -> None:
    assert FilterPattern.parse(pattern).may_match(CANONICAL)


@pytest.mark.parametrize("pattern", CASES["conditions"]["differ"])
def test_a_condition_that_does_not_hold_does_not_match(pattern: str) -> None:
    assert not FilterPattern.parse(pattern).matches(MESSAGE)


@pytest.mark.parametrize("pattern", [*CASES["conditions"]["invalid"], *CASES["terms"]["invalid"]])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidParameter, match="Invalid metric filter pattern"):
        FilterPattern.parse(pattern)


@pytest.mark.parametrize(("pattern", "text"), CASES["terms"]["match"])
def test_terms_that_are_there_match(pattern: str, text: str) -> None:
    assert FilterPattern.parse(pattern).matches(text)


@pytest.mark.parametrize(("pattern", "text"), CASES["terms"]["differ"])
def test_terms_that_are_not_there_do_not_match(pattern: str, text: str) -> None:
    assert not FilterPattern.parse(pattern).matches(text)


@pytest.mark.parametrize(("expression", "text"), CASES["expressions"]["match"])
def test_an_expression_is_found(expression: str, text: str) -> None:
    assert FilterRegex.parse(expression).found_in(text)


@pytest.mark.parametrize(("expression", "text"), CASES["expressions"]["differ"])
def test_an_expression_that_is_not_there_is_not_found(expression: str, text: str) -> None:
    assert not FilterRegex.parse(expression).found_in(text)


_ATOMS = st.sampled_from(["a", "b", "[ab]", "[^a]", ".", r"\d", r"\w"])
_REPEATS = st.sampled_from(["", "*", "+", "?", "{2}", "{0,2}", "{1,}"])
_ROW = st.lists(st.tuples(_ATOMS, _REPEATS), min_size=1, max_size=4).map(
    lambda parts: "".join(atom + repeat for atom, repeat in parts)
)
_ENDS = st.tuples(st.sampled_from(["", "^"]), _ROW, st.sampled_from(["", "$"])).map("".join)
_EXPRESSIONS = st.lists(_ENDS, min_size=1, max_size=3).map("|".join)


@given(expression=_EXPRESSIONS, text=st.text("ab1 ", max_size=12))
def test_an_expression_finds_what_pythons_own_finds(expression: str, text: str) -> None:
    assert FilterRegex.parse(expression).found_in(text) == (re.search(expression, text) is not None)


def test_an_expression_that_others_never_finish_is_quick() -> None:
    hostile = FilterRegex.parse("a*" * 30 + "b")
    begun = time.process_time()
    assert not hostile.found_in("a" * 2048)
    assert time.process_time() - begun < 2.0


def test_an_expression_that_repeats_too_much_is_refused() -> None:
    with pytest.raises(InvalidParameter, match="repeats too much"):
        FilterRegex.parse("a{999}b{999}")


def test_parentheses_go_only_so_deep() -> None:
    with pytest.raises(InvalidParameter, match="nested too deeply"):
        FilterPattern.parse("{" + "(" * 300 + "$.a EXISTS" + ")" * 300 + "}")


@pytest.mark.parametrize("message", ["", "no JSON", "[" * 100_000, '"text"', "12"])
def test_what_is_no_json_object_matches_no_condition(message: str) -> None:
    assert not FilterPattern.parse('{ $.a = "b" }').matches(message)


_SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-5, 5) | st.text('aé"1', max_size=3)
_NAMES = st.sampled_from(["a", "b"])
_CONDITIONS = st.recursive(
    st.tuples(
        _NAMES, st.sampled_from(["= a", "!= a", '= "1"', "= 1", "> 0", "IS NULL", "IS TRUE", "EXISTS", "NOT EXISTS"])
    ).map(lambda part: f"$.{part[0]} {part[1]}"),
    lambda inner: st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(
        lambda parts: f"({parts[0]}) {parts[1]} ({parts[2]})"
    ),
    max_leaves=5,
)


@given(condition=_CONDITIONS, event=st.dictionaries(_NAMES, _SCALARS))
def test_hints_pass_over_no_event_that_matches(condition: str, event: dict[str, Any]) -> None:
    pattern = FilterPattern.parse(f"{{ {condition} }}")
    stored = document(event).decode()
    assert pattern.may_match(stored) or not pattern.matches(stored)


@pytest.mark.parametrize("value", ["", "one", "$", "$.", "$.a b"])
def test_a_metric_value_is_a_number_or_a_selector(value: str) -> None:
    with pytest.raises(InvalidParameter):
        Transformation(name="m", namespace="n", value=value)


@pytest.mark.parametrize(
    ("value", "event", "counted"),
    [("1", {}, 1.0), ("2.5", {}, 2.5), ("$.size", {"size": 7}, 7.0), ("$.size", {"size": "7"}, 7.0)],
)
def test_an_event_counts_as_what_the_transformation_says(value: str, event: dict[str, Any], counted: float) -> None:
    made = Transformation(name="m", namespace="n", value=value, dimensions=())
    assert made.observed(event) == (made.metric, counted)


@pytest.mark.parametrize("event", [{}, {"size": "big"}, {"size": True}, {"size": None}, {"size": float("nan")}])
def test_an_event_without_a_number_counts_as_nothing(event: dict[str, Any]) -> None:
    assert Transformation(name="m", namespace="n", value="$.size").observed(event) is None


def test_dimensions_are_taken_from_the_event() -> None:
    made = Transformation(name="m", namespace="n", value="1", dimensions=(("Who", "$.user.name"),))
    found = made.observed({"user": {"name": "alice"}})
    assert found is not None
    assert found[0].dimensions == (("Who", "alice"),)
    assert made.observed({"user": {}}) is None
