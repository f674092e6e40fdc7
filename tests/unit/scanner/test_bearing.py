"""Which hits a path, or the length of a value in a test, rules out before a text is examined."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.bearing import LONG, Bearing
from scanner.detectors.entropy import weigh
from scanner.model import Confidence
from scanner.prefilter.choose import Engine, prepared
from scanner.rulebook.model import RuleBook, ValueKind
from tests.unit.scanner.making import token

SHORT = 'client.connect(password="blue7horse")\n'
MARKER = "strongroom:" + "allow"
TOKEN = token("bearing")
DRAWN = f'api_key = "{TOKEN}"\n'


@pytest.fixture(scope="module")
def engine(book: RuleBook) -> Engine:
    return prepared(book)


def _left(engine: Engine, path: str, text: str, *, low: bool = False) -> list[list[int]]:
    hits = engine.sieve.hits(text.encode())
    assert hits
    return Bearing(engine.document, low=low).weighed(path, text.encode(), hits)


def test_in_code_every_hit_counts(engine: Engine) -> None:
    assert _left(engine, "app/db.py", SHORT)


def test_in_a_test_a_short_value_does_not_count(engine: Engine) -> None:
    assert not _left(engine, "tests/test_db.py", SHORT)


def test_in_a_test_a_long_value_counts(engine: Engine) -> None:
    assert _left(engine, "tests/test_db.py", DRAWN)


def test_in_a_test_what_stands_beside_a_long_value_is_kept_for_its_fingerprint(engine: Engine) -> None:
    text = f"{SHORT}{DRAWN}"
    assert _left(engine, "tests/test_db.py", text) == _left(engine, "app/db.py", text)


def test_in_prose_and_in_generated_files_no_name_counts(engine: Engine) -> None:
    assert not _left(engine, "docs/setup.md", DRAWN)
    assert not _left(engine, "static/app.min.js", DRAWN)


def test_an_allowance_keeps_what_it_may_be_for(engine: Engine) -> None:
    text = f'{SHORT.rstrip()}  # {MARKER} hardcoded-password reason="a test"\n'
    assert _left(engine, "tests/test_db.py", text)


def test_where_low_confidence_is_wanted_every_hit_counts(engine: Engine) -> None:
    assert _left(engine, "tests/test_db.py", SHORT, low=True)
    assert _left(engine, "docs/setup.md", SHORT, low=True)


def test_a_value_that_crosses_lines_is_measured(engine: Engine) -> None:
    text = f"env:\n  - name: API_TOKEN\n    value: {TOKEN}\n"
    assert _left(engine, "tests/deploy.yaml", text)


@given(st.text(string.ascii_letters + string.digits + "+/=!#", max_size=LONG - 1))
def test_no_shorter_value_is_believed_in_a_test(value: str) -> None:
    assert weigh(value, ValueKind.TOKEN) is not Confidence.HIGH
