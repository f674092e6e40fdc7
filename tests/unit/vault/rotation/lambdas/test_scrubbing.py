"""Values are taken out of what a function says."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.kernel.secretvalue import SecretValue
from vault.rotation.lambdas.scrubbing import MASK, scrubbed

PLAIN = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=8, max_size=40)


@pytest.mark.parametrize(
    "written",
    [str, repr, quote, json.dumps, lambda value: base64.b64encode(value.encode()).decode(), lambda v: v.encode().hex()],
)
def test_a_value_is_found_however_it_is_written(written: object) -> None:
    value = 'it\'s "so" 100% \\ ü/+?& secret'
    text = f"before {written(value)} after"  # type: ignore[operator]
    cleaned = scrubbed(text, [SecretValue(value)])
    assert cleaned.startswith("before ")
    assert cleaned.endswith(" after")
    assert MASK in cleaned
    assert "secret" not in cleaned
    assert base64.b64encode(value.encode()).decode() not in cleaned


@given(PLAIN, st.text(max_size=30), st.text(max_size=30))
def test_no_value_is_left(value: str, before: str, after: str) -> None:
    assert value not in scrubbed(f"{before}{value}{after}", [SecretValue(value)]).replace(MASK, "\0")


def test_the_longer_of_two_values_goes_first() -> None:
    values = [SecretValue("password"), SecretValue("password-and-more")]
    assert scrubbed("a password-and-more b", values) == f"a {MASK} b"


def test_what_stands_in_every_text_is_left() -> None:
    assert scrubbed("port 5432 is no 1", [SecretValue("no"), SecretValue("1")]) == "port 5432 is no 1"


def test_nothing_is_told_where_the_values_are_not_known() -> None:
    assert scrubbed("anything", None) == MASK
