"""Configurations of gitleaks and betterleaks: their rules find what they find there, beside ours."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from scanner.config import ScanConfig
from scanner.examine import Examiner, whole
from scanner.model import Blob, Confidence, Severity
from scanner.prefilter.build import built
from scanner.prefilter.choose import of_document
from scanner.rulebook.gitleaks_regex import NotTranslatedError, translated
from scanner.rulebook.loader import load_rulebook
from scanner.rulecheck import without_runaways
from strongroom.kernel.errors import UsageError
from strongroom.kernel.record import replace
from tests.unit.scanner.making import token

VALUE = token("acme", r"[a-z][a-z0-9]{23}")
OTHER = token("other", r"[a-z][a-z0-9]{23}")
RULE = """
[[rules]]
id = "Acme_Key"
description = "Acme key"
regex = '''(?i)acme[_-]key['" ]{0,3}[:=][ '"]{0,3}([a-z0-9]{24})\\b'''
keywords = ["acme"]
tags = ["critical"]
"""
Values = Callable[..., list[str]]


@pytest.fixture
def values(tmp_path: Path) -> Values:
    """Return the values that rules of a TOML file find in a text; both prefilters must agree."""

    def run(toml: str, text: str, path: str = "a.conf", *, ours: bool = False) -> list[str]:
        file = tmp_path / "gitleaks.toml"
        file.write_text(toml)
        book = load_rulebook([file]) if ours else replace(load_rulebook([file]), shapes=(), encodings=())
        if not ours:
            rules = tuple(rule for rule in book.rules if rule.origin == str(file))
            book = replace(book, rules=rules, by_id={rule.id: rule for rule in rules})
        engines = [
            of_document(built(book, [], compiled=compiled)) for compiled in ((False,) if ours else (True, False))
        ]
        found = []
        for engine in engines:
            examiner = Examiner(book, ScanConfig(), b"key", date.min, engine)
            findings, _ = examiner.examine(whole(Blob(path=path, data=text.encode()), engine))
            found.append([one.value.reveal_text() for one in findings])
        assert ours or [engine.fast for engine in engines] == [True, False]
        assert found[0] == found[-1]
        return found[0]

    return run


def test_a_rule_finds_its_group(values: Values) -> None:
    assert values(RULE, f"ACME-KEY = {VALUE}\n") == [VALUE]


def test_a_rule_without_keywords_and_literals_finds(values: Values) -> None:
    toml = "[[rules]]\nid = 'shape'\nregex = '''\\b[a-z][a-z0-9]{23}\\b'''\n"
    assert values(toml, f"x {VALUE} y\n") == [VALUE]


def test_a_keyword_may_stand_anywhere_in_the_file_and_must(values: Values) -> None:
    toml = "[[rules]]\nid = 'shape'\nregex = '''\\b[a-z][a-z0-9]{23}\\b'''\nkeywords = ['Acme']\n"
    assert values(toml, f"# for ACME\n\nx {VALUE}\n") == [VALUE]
    assert values(toml, f"x {VALUE}\n") == []


def test_the_group_can_be_chosen(values: Values) -> None:
    toml = "[[rules]]\nid = 'pair'\nregex = '''acme:([a-z0-9]{24}):([a-z0-9]{24})'''\nsecretGroup = 2\n"
    assert values(toml, f"acme:{VALUE}:{OTHER}\n") == [OTHER]


def test_entropy_must_be_greater(values: Values) -> None:
    toml = RULE + "entropy = 3.0\n"
    assert values(toml, f"acme_key = {'abcb' * 6}\n") == []
    assert values(toml, f"acme_key = {VALUE}\n") == [VALUE]


def test_a_path_limits_a_rule(values: Values) -> None:
    toml = RULE + "path = '''\\.env$'''\n"
    text = f"acme_key = {VALUE}\n"
    assert (values(toml, text, "b/.env"), values(toml, text, "b/a.conf")) == ([VALUE], [])


@pytest.mark.parametrize(
    "allowlist",
    [
        "regexes = ['''^{value}$''']",
        "regexTarget = 'match'\nregexes = ['''(?i)acme_key = {value}''']",
        "regexTarget = 'line'\nregexes = ['''harmless''']",
        "paths = ['''(^|/)a\\.conf$''']",
        "stopwords = ['{value}']",
        "condition = 'AND'\npaths = ['''conf''']\nregexes = ['''^{value}''']",
    ],
)
@pytest.mark.parametrize(
    "table", ["[[rules.allowlists]]", "[rules.allowlist]", "[allowlist]", "[[allowlists]]\ntargetRules = ['Acme_Key']"]
)
def test_allowlists_let_pass_what_they_name(table: str, allowlist: str, values: Values) -> None:
    toml = f"{RULE}\n{table}\n{allowlist.format(value=VALUE)}\n"
    text = f"acme_key = {VALUE}  harmless\n"
    assert values(toml, text) == []
    assert values(toml, f"acme_key = {OTHER}\n", "b.txt") == [OTHER]


def test_all_checks_of_an_and_must_hold(values: Values) -> None:
    toml = RULE + f"[[rules.allowlists]]\ncondition = 'and'\npaths = ['''xyz''']\nstopwords = ['{VALUE}']\n"
    assert values(toml, f"acme_key = {VALUE}\n") == [VALUE]


def test_a_file_of_allowlists_speaks_of_our_rules(values: Values) -> None:
    text = f'db_password = "{VALUE}X9"\n'
    assert values("title = 'x'\n", text, ours=True) == [VALUE + "X9"]
    assert values("[extend]\nuseDefault = true\n[allowlist]\npaths = ['conf']\n", text, ours=True) == []


def test_disabled_rules_are_left_out(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text("[extend]\nuseDefault = true\ndisabledRules = ['jwt', 'no-such']\n")
    book = load_rulebook([file])
    assert "jwt" not in book.by_id
    assert any("no-such" in note for note in book.notes)


def test_severity_comes_from_tags_and_ids_become_ours(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text(RULE)
    assert load_rulebook([file]).by_id["acme-key"].severity is Severity.CRITICAL


def test_an_id_of_ours_stays_ours(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text(RULE.replace("Acme_Key", "jwt"))
    book = load_rulebook([file])
    assert book.by_id["jwt"].origin != str(file)
    assert book.by_id["imported-jwt"].origin == str(file)


def test_a_file_extends_one_below_its_folder_and_a_change_there_counts(tmp_path: Path) -> None:
    base, file = tmp_path / "base.toml", tmp_path / "a.toml"
    base.write_text(RULE)
    file.write_text("[extend]\npath = 'base.toml'\n")
    assert "acme-key" in load_rulebook([file]).by_id
    base.write_text(RULE.replace("Acme_Key", "acme-changed"))
    assert "acme-changed" in load_rulebook([file]).by_id


def test_what_is_kept_is_what_was_read(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text(RULE + "[allowlist]\npaths = ['x']\n")
    assert list(load_rulebook([file]).rules) == list(load_rulebook([file]).rules)


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[[rules]\n", "not valid TOML"),
        ("[[rules]]\nregex = 'abc'\n", "rule number 1"),
        ("[[rules]]\nid = 'a'\n[[rules]]\nid='b'\nregex='abc'\n", "neither regex nor path"),
        ("[[rules]]\nid = 'a'\nregex = '''a(?=b)'''\n", "rule a, regex"),
        ("[[rules]]\nid = 'a'\nregex = '''abc'''\nsecretGroup = 3\n", "there is no group 3"),
        (RULE + "[[rules.allowlists]]\nregexTarget = 'file'\nregexes = ['a']\n", "regexTarget"),
        (RULE + "[[rules.allowlists]]\ncondition = 'xor'\nregexes = ['a']\n", "condition"),
        (RULE + "[[allowlists]]\ntargetRules = ['gone']\nregexes = ['a']\n", "no rule gone"),
        ("[extend]\npath = '../b.toml'\n", "outside"),
        ("[extend]\npath = 'gone.toml'\n", "does not exist"),
    ],
)
def test_what_cannot_be_used_is_named(toml: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text(toml)
    with pytest.raises(UsageError, match=re.escape(said)) as caught:
        load_rulebook([file])
    assert str(file) in str(caught.value)


def test_what_betterleaks_alone_can_weigh_lowers_the_confidence_with_a_note(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    plain = """filter = '''entropy(finding["secret"]) <= 3.5'''\n"""
    hard = """filter = '''finding["x"] contains "y"'''\n"""
    file.write_text(RULE + plain + RULE.replace("Acme_Key", "hard") + hard)
    book = load_rulebook([file])
    easy = book.by_id["acme-key"]
    assert (easy.confidence, easy.min_entropy > 3.5) == (Confidence.HIGH, True)
    assert book.by_id["hard"].confidence is Confidence.MEDIUM
    assert [note for note in book.notes if "rule hard: filter" in note] == list(book.notes)


def test_a_pattern_that_runs_away_is_left_out_and_named(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text(RULE + "[[rules]]\nid = 'slow'\nregex = '''acme(a|a|aa)+(a|aa)*(a|a)+!'''\nkeywords = ['acme']\n")
    book, notes = without_runaways(load_rulebook([file]))
    assert ("slow" in book.by_id, "acme-key" in book.by_id) == (False, True)
    assert [note for note in notes if "rule slow" in note] == notes != []


@pytest.mark.parametrize(
    ("pattern", "takes", "leaves"),
    [
        ("a(?i)b|c", ["aB", "C"], ["AB"]),
        ("(?i:a)b", ["Ab"], ["AB"]),
        ("(?i)a(?-i)b", ["Ab"], ["AB"]),
        ("[[:alnum:]_]{3}", ["a1_"], ["a-1"]),
        (r"\x{20ac}{2}", ["\u20ac\u20ac"], ["\u20ac"]),
        ("[\u00e9a]b", ["\u00e9b", "ab"], ["cb"]),
        (r"(?s)a.b", ["a\nb"], []),
        ("a.b", ["axb"], ["a\nb"]),
        (r"(?P<n>ab)\z", ["ab"], []),
        ("(?<n>ab)", ["ab"], []),
        (r"\Qa.b\E", ["a.b"], ["axb"]),
        ("x{,3}", ["x{,3}"], ["xx"]),
        ("{{x}}", ["{{x}}"], []),
        (r"[]a]\x60", ["]`"], []),
        (r"\d+?\.[^\s]", ["12.x"], ["12. "]),
        (r"\p{L}b", ["ab"], ["1b"]),
    ],
)
def test_a_pattern_of_go_means_the_same(pattern: str, takes: list[str], leaves: list[str]) -> None:
    compiled = re.compile(translated(pattern).encode())
    assert [text for text in takes if compiled.fullmatch(text.encode()) is None] == []
    assert [text for text in leaves if compiled.fullmatch(text.encode()) is not None] == []


@pytest.mark.parametrize(
    "pattern", ["(?U)a+", r"(a)\1", "a(?!b)", r"\p{Greek}", "a**", "(a", "a)", "[a", "a*", "[b-a]"]
)
def test_what_cannot_be_said_is_refused(pattern: str) -> None:
    with pytest.raises(NotTranslatedError):
        translated(pattern)
