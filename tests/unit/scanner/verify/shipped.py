"""The rules that say how to ask, read while tests are collected."""

from __future__ import annotations

from pathlib import Path

import yaml

from scanner.rulebook.loader import build_rulebook, rule_files, rules_folder
from scanner.rulebook.model import Rule, RuleBook
from scanner.rulebook.verifier import Verifier


def _book() -> RuleBook:
    """Read the rules while tests are collected, when the cache is still the user's own: past it."""
    return build_rulebook([(file, yaml.safe_load(Path(file).read_text())) for file in rule_files(rules_folder())])


BOOK = _book()
ASKING = [rule for rule in BOOK.rules if rule.verifier is not None]
BY_HTTP = [rule for rule in ASKING if rule.verifier is not None and not rule.verifier.use]


def verifier_of(rule: Rule) -> Verifier:
    assert rule.verifier is not None
    return rule.verifier
