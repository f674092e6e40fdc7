"""Laws that every rule of a provider keeps: what an engine may rely on, and what a reader may expect."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
import rstr
import yaml

from scanner.rulebook.loader import build_rulebook, rules_folder
from scanner.rulebook.model import Rule, compiled
from scanner.rulecheck import expand
from tests.unit.scanner.conftest import Found
from tests.unit.scanner.making import token

SAMPLES = 20
TOO_COMMON = {"key", "token", "api", "secret", "auth", "bot", "app", "pass", "password", "http", "https"}
LONG_REPEAT = re.compile(r"\{\d{3,}(?:,\d+)?\}")
"""A hundred and more of a kind: `rstr` draws at most a hundred."""
WIDEST_LEAD = 200
REPEAT = re.compile(r"\{(?:\d+,)?(\d+)\}")
LEAST = re.compile(r"\{(\d+)(?:,\d+)?\}")
RE2_LIMIT = 1000
UNBOUNDED = re.compile(r"[*+]|\{\d+,\}")
ESCAPE_OR_CLASS = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]")


def _provider_rules() -> list[Rule]:
    """Read the rules while tests are collected, when the cache is still the user's own: past it."""
    files = sorted(Path(rules_folder()).glob("*.yaml"))
    return list(build_rulebook([(str(file), yaml.safe_load(file.read_text())) for file in files]).rules)


RULES = _provider_rules()


def test_the_commonest_providers_are_known() -> None:
    assert len(RULES) >= 850


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_keyword_stands_in_every_match(rule: Rule) -> None:
    drawn = rstr.Rstr(random.Random(rule.id))
    pattern = LONG_REPEAT.sub("{100}", rule.pattern)
    texts = [drawn.xeger(pattern).lower() for _ in range(SAMPLES)]
    assert [text for text in texts if not any(keyword in text for keyword in rule.keywords)] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_keyword_is_no_word_of_every_program(rule: Rule) -> None:
    assert TOO_COMMON.isdisjoint(rule.keywords)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_match_is_bounded_and_little_may_stand_before_its_value(rule: Rule) -> None:
    plain = ESCAPE_OR_CLASS.sub("x", rule.pattern)
    assert UNBOUNDED.search(plain) is None
    assert max(map(int, REPEAT.findall(plain[: plain.index("(?P<value>")])), default=0) <= WIDEST_LEAD
    assert max(map(int, LEAST.findall(plain)), default=0) <= RE2_LIMIT


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_says_what_it_must_not_find_and_where_to_read_on(rule: Rule) -> None:
    assert rule.counter_examples
    assert all(reference.startswith("https://") for reference in rule.references)
    assert rule.references


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.preview_prefix], ids=lambda rule: rule.id)
def test_a_public_prefix_is_how_a_value_begins(rule: Rule) -> None:
    texts = [expand(template, f"{rule.id}/{number}") for number, template in enumerate(rule.examples, start=1)]
    matches = [match for text in texts for match in compiled(rule.pattern).finditer(text.encode())]
    assert any(match["value"].startswith(rule.preview_prefix.encode()) for match in matches)


@pytest.mark.parametrize(
    "binding",
    ['CLOCKIFY_KEY ?= "{}"', 'CLOCKIFY_KEY ::= "{}"', '$clockifyKey .= "{}";', "our clockify key {}"],
)
def test_a_value_is_bound_to_a_provider_as_makefiles_php_and_people_write_it(binding: str, found: Found) -> None:
    value = token("binding", "[A-Za-z][0-9][A-Za-z0-9]{46}")
    assert [one.rule_id for one in found("notes.txt", binding.format(value) + "\n")] == ["clockify-api-key"]
