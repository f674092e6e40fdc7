"""Proves a rule book: every example is found whole, no counter-example is, and no pattern can be made to run away."""

from __future__ import annotations

import dataclasses
import random
import re
from collections.abc import Iterator
from datetime import date

from scanner.config import ScanConfig
from scanner.examine import Examiner, whole
from scanner.model import Blob, Finding
from scanner.prefilter.choose import prepared
from scanner.rulebook.model import Rule, RuleBook
from scanner.runaway import Trial, slow_patterns
from strongroom.kernel.record import Record, replace

_EXPANSION = re.compile(r"\{\{re:(.*?)\}\}(?!\})")
_NOT_PORTABLE = re.compile(r"\(\?(?:=|!|<=|<!|>|P=|\()|\\[1-9]|[*+?}]\+")
_TOO_SLOW = "the pattern takes too long on a repeated text"
_LEAST = re.compile(r"\{(\d+)(?:,\d*)?\}")
_MOST_DRAWN = 99
"""Greatest repetition that the library draws."""
_IMPORTED = 5_000
"""Length of the text that an imported rule is tried on: less than ours, many are slow by a factor and no worse."""
_TOGETHER = 16
"""Imported rules that are measured in one child: where one runs away, the others have waited for so many."""
_LONGEST_SAMPLE = 2_000
_PATHS = ("example.conf", "example.js", "settings.py")


class RuleProblem(Record):
    """What is wrong with a rule, in words, and where it was read."""

    rule_id: str
    origin: str
    message: str


def check_rulebook(book: RuleBook) -> list[RuleProblem]:
    """Return everything that is wrong with the rules of `book`; nothing where all of them hold."""
    bench = _Bench(book)
    slow = slow_patterns([trial(rule) for rule in book.pattern_rules])
    return [
        RuleProblem(rule_id=rule.id, origin=rule.origin, message=message)
        for rule in book.rules
        for message in (*_problems(rule, bench), *([_TOO_SLOW] if rule.id in slow else []))
    ]


def without_runaways(book: RuleBook) -> tuple[RuleBook, list[str]]:
    """Return `book` without imported rules that take too long in Python, and what is to be said of each.

    They were written for an engine in which no pattern can. An engine made for what is returned never tries them.
    """
    foreign = [*_foreign(book)]
    slow: set[str] = set()
    for start in range(0, len(foreign), _TOGETHER):
        slow |= slow_patterns([made for _, made in foreign[start : start + _TOGETHER]])
    notes = [
        f"{origin}: {made.rule_id} is left out: {_TOO_SLOW}; bound its repetitions ({{0,100}} in place of *)"
        for origin, made in foreign
        if made.rule_id in slow
    ]
    rules = tuple(rule for rule in book.rules if rule.examples or _label(rule) not in slow)
    return replace(book, rules=rules, by_id={rule.id: rule for rule in rules}), notes


def _label(rule: Rule) -> str:
    return f"rule {rule.id}"


def _foreign(book: RuleBook) -> Iterator[tuple[str, Trial]]:
    """Yield the file and the trial of each imported pattern."""
    for rule in book.pattern_rules:
        if not rule.examples:
            yield rule.origin, _labelled(trial(rule))


def _labelled(made: Trial) -> Trial:
    return dataclasses.replace(made, rule_id=f"rule {made.rule_id}", length=_IMPORTED)


def _fewer(match: re.Match[str]) -> str:
    return f"{{{min(int(match[1]), _MOST_DRAWN)}}}"


def sample(pattern: str, seed: str) -> str:
    """Return a text that `pattern` is made of, the same for the same `seed`."""
    import rstr

    drawn = rstr.Rstr(random.Random(seed))  # noqa: S311 - repeatable, not secret
    return drawn.xeger(_LEAST.sub(_fewer, pattern))[:_LONGEST_SAMPLE] or " "


def expand(template: str, seed: str) -> str:
    """Return `template` with each `{{re:PATTERN}}` replaced by a text that matches it, the same for the same `seed`.

    Examples are stored as templates so that no rule file holds what looks like a live token.
    """
    import rstr

    drawn = rstr.Rstr(random.Random(seed))  # noqa: S311 - examples must be repeatable, not secret
    return _EXPANSION.sub(lambda match: drawn.xeger(match[1]), template)


def _problems(rule: Rule, bench: _Bench) -> Iterator[str]:
    yield from _portability(rule)
    yield from (f"it depends on {one}, which is no rule" for one in rule.depends_on if one not in bench.ids)
    near = rule.verifier.near if rule.verifier is not None else ()
    yield from (
        f"its verifier looks for {what}, which is no rule"
        for _, what in near
        if "(" not in what and what not in bench.ids
    )
    for number, template in enumerate(rule.examples, start=1):
        text = expand(template, f"{rule.id}/{number}")
        if not any(keyword in text.lower() for keyword in rule.keywords):
            yield f"example {number} holds none of the keywords"
        elif not _found(rule, bench, text):
            yield f"example {number} is not found"
    for number, template in enumerate(rule.counter_examples, start=1):
        if _found(rule, bench, expand(template, f"{rule.id}/-{number}")):
            yield f"counter-example {number} is found"


def _found(rule: Rule, bench: _Bench, text: str) -> bool:
    return any(finding.rule_id == rule.id for path in _paths(rule) for finding in bench.findings(path, text))


class _Bench:
    """Scans texts by themselves, with the prefilter that every machine has."""

    def __init__(self, book: RuleBook) -> None:
        self.ids = frozenset(book.by_id)
        self._engine = prepared(replace(book, paths=()))
        self._examiner = Examiner(book, ScanConfig(), b"rulecheck", date.min, self._engine)

    def findings(self, path: str, text: str) -> list[Finding]:
        findings, _ = self._examiner.examine(whole(Blob(path=path, data=text.encode()), self._engine))
        return findings


def _paths(rule: Rule) -> tuple[str, ...]:
    return (rule.paths[0].replace("*", "example"),) if rule.paths else _PATHS


def _portability(rule: Rule) -> Iterator[str]:
    """Lookaround, backreferences, conditionals and possessive quantifiers are unknown to RE2 and hyperscan."""
    found = _NOT_PORTABLE.search(rule.pattern)
    if found is not None:
        yield f"the pattern uses {found[0]}, which RE2 and hyperscan do not know"


def trial(rule: Rule) -> Trial:
    """Repeat what starts a match, and what a match is made of."""
    example = expand(rule.examples[0], f"{rule.id}/1") if rule.examples else sample(rule.pattern, rule.id)
    return Trial(
        rule_id=rule.id,
        pattern=rule.pattern,
        multiline=rule.multiline,
        keywords=rule.keywords,
        pieces=(*rule.keywords[:1], example, example[: len(example) // 2 + 1]),
    )
