"""The automaton and the keywords answer alike: whatever a rule or shape can match, both have a hit for it."""

from __future__ import annotations

import random
import re
from datetime import date
from functools import cache

import pytest
import rstr
from hypothesis import given
from hypothesis import strategies as st

from scanner.config import Analysis, ScanConfig
from scanner.examine import Examiner, whole
from scanner.model import Blob, Confidence, Finding
from scanner.prefilter.build import built
from scanner.prefilter.choose import Engine, of_document
from scanner.rulebook.loader import load_rulebook
from scanner.rulebook.model import compiled
from scanner.rulecheck import expand
from scanner.settings import Settings
from scanner.sift import Tally
from scanner.suspects import suspects

BOOK = load_rulebook()
EXAMPLES = [(rule.id, number) for rule in BOOK.rules for number in range(len(rule.examples))]
_LONG = re.compile(r"(\[[^\]]*\])\{(\d{3,}),?\d*\}")
_PATHS = ("example.conf", "example.js", "settings.yml")


def _in_parts(found: re.Match[str]) -> str:
    """The drawer repeats nothing more than a hundred times."""
    return f"{found[1]}{{50}}" * (int(found[2]) // 50) + f"{found[1]}{{{int(found[2]) % 50}}}"


@cache
def both() -> tuple[Engine, Engine]:
    document = built(BOOK, [])
    fast = of_document(document)
    portable = of_document({**document, "automata": None})
    assert fast.fast
    assert not portable.fast
    return fast, portable


@pytest.fixture
def engines() -> tuple[Engine, Engine]:
    return both()


def findings(engine: Engine, path: str, data: bytes) -> list[Finding]:
    config = ScanConfig(analysis=Analysis.OFF, min_confidence=Confidence.MEDIUM)
    examiner = Examiner(BOOK, config, b"key", date.min, engine)
    return examiner.examine(whole(Blob(path=path, data=data), engine))[0]


def seen(engine: Engine, path: str, data: bytes) -> list[tuple[str, int, int, str]]:
    return [(one.rule_id, one.span.start, one.span.end, one.fingerprint) for one in findings(engine, path, data)]


@pytest.mark.parametrize(("rule_id", "number"), EXAMPLES)
def test_every_example_of_every_rule_is_found_alike(engines: tuple[Engine, Engine], rule_id: str, number: int) -> None:
    rule = BOOK.by_id[rule_id]
    text = expand(rule.examples[number], f"{rule_id}/{number + 1}").encode()
    paths = (rule.paths[0].replace("*", "example"),) if rule.paths else _PATHS
    answers = [[seen(engine, path, text) for path in paths] for engine in engines]
    assert answers[0] == answers[1]
    assert any(one[0] == rule_id for found in answers[0] for one in found)


@pytest.mark.parametrize("rule_id", [rule.id for rule in BOOK.pattern_rules])
def test_both_have_a_hit_for_whatever_a_rule_matches(engines: tuple[Engine, Engine], rule_id: str) -> None:
    rule = BOOK.by_id[rule_id]
    drawn = rstr.Rstr(random.Random(rule_id))
    pattern = _LONG.sub(_in_parts, rule.pattern.replace("\\b", ""))
    for _ in range(20):
        text = drawn.xeger(pattern).encode()
        match = compiled(rule.pattern).search(text)
        if match is None:
            continue
        for engine in engines:
            numbers = [
                number for number, target in enumerate(engine.document["targets"]) if target[0] == f"rule:{rule_id}"
            ]
            places = [hit for hit in engine.sieve.hits(text) if hit[0] in numbers]
            assert places, text


@given(st.lists(st.sampled_from(EXAMPLES), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_texts_sifted_together_are_found_as_texts_sifted_alone(
    chosen: list[tuple[str, int]], drawn: random.Random
) -> None:
    texts = [expand(BOOK.by_id[rule].examples[n], f"{rule}/{n + 1}").encode() for rule, n in chosen]
    blobs = [
        Blob(path=f"{number}.conf", data=drawn.choice([b"", b"\n", b"# one\n"]) + text)
        for number, text in enumerate(texts)
    ]
    for engine in both():
        config = ScanConfig(analysis=Analysis.OFF)
        examiner = Examiner(BOOK, config, b"key", date.min, engine)
        together = suspects(blobs, engine, Settings(analysis="off"), Tally())
        answers = {suspect.blob.path: examiner.examine(suspect)[0] for suspect in together}
        for blob in blobs:
            alone = findings(engine, blob.path, blob.data)
            found = answers.get(blob.path, [])
            assert [(one.rule_id, one.span) for one in found] == [(one.rule_id, one.span) for one in alone]
