"""A credential that is found is found, too, in a program written another way: by whatever chain of steps."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.rulebook.loader import load_rulebook
from scanner.rulebook.model import RuleBook
from tests.unit.scanner.analysis.chains import Language
from tests.unit.scanner.analysis.followed import followed
from tests.unit.scanner.making import password

LANGUAGES = {name: Language(name) for name in ("python", "java", "javascript", "go")}
SECRET = password("a chain of steps")
STEPS = [(name, step) for name, language in LANGUAGES.items() for step in language.steps]
STARTS = [(name, literal, end) for name, one in LANGUAGES.items() for literal in one.literals for end in one.ends]


@lru_cache(maxsize=1)
def _book() -> RuleBook:
    return load_rulebook()


def _found(files: dict[str, str]) -> set[str]:
    with tempfile.TemporaryDirectory() as folder:
        return followed(_book(), Path(folder), files)


@pytest.mark.parametrize(("name", "step"), STEPS)
def test_a_literal_is_followed_through_each_step(name: str, step: str) -> None:
    language = LANGUAGES[name]
    assert _found(language.program(SECRET, language.literals[0], [step], language.ends[0]))


@pytest.mark.parametrize(("name", "literal", "end"), STARTS)
def test_however_a_literal_is_written_it_is_found_at_each_end(name: str, literal: str, end: str) -> None:
    assert _found(LANGUAGES[name].program(SECRET, literal, [], end))


@pytest.mark.parametrize("name", LANGUAGES)
@settings(max_examples=40)
@given(data=st.data())
def test_a_literal_is_followed_through_any_chain_of_steps(name: str, data: st.DataObject) -> None:
    language = LANGUAGES[name]
    literal, end = data.draw(st.sampled_from(language.literals)), data.draw(st.sampled_from(language.ends))
    steps = data.draw(st.lists(st.sampled_from(language.steps), max_size=2))
    assert _found(language.program(SECRET, literal, steps, end))


@pytest.mark.parametrize("name", LANGUAGES)
@settings(max_examples=30)
@given(data=st.data())
def test_what_ends_as_no_credential_is_not_found(name: str, data: st.DataObject) -> None:
    language = LANGUAGES[name]
    end = data.draw(st.sampled_from(language.quiet))
    steps = data.draw(st.lists(st.sampled_from(language.steps), max_size=2))
    assert not _found(language.program(SECRET, language.literals[0], steps, end))
