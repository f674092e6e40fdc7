"""A secret value does not get out by accident."""

from __future__ import annotations

import copy
import json
import logging
import pickle
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.kernel.secretvalue import SecretValue

TEXT = "hunter" + "2"


@dataclass(frozen=True)
class Holder:
    value: SecretValue


@pytest.mark.parametrize("show", [repr, str, ascii, "{}".format, "{:>20}".format, lambda value: f"{value!r}{value}"])
def test_it_is_shown_as_a_mask(show: object) -> None:
    shown = show(SecretValue(TEXT))  # type: ignore[operator]
    assert TEXT not in shown
    assert "<secret>" in shown


def test_what_holds_it_shows_the_mask() -> None:
    assert repr(Holder(SecretValue(TEXT))) == "Holder(value=<secret>)"
    assert TEXT not in str([SecretValue(TEXT)]) + "%s" % SecretValue(TEXT)  # noqa: UP031


def test_a_log_line_shows_the_mask(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("test").warning("read %s and %r", SecretValue(TEXT), {"value": SecretValue(TEXT)})
    assert TEXT not in caplog.text


@pytest.mark.parametrize("write_out", [pickle.dumps, copy.copy, copy.deepcopy, json.dumps, hash, iter])
def test_it_refuses_to_be_written_out_hashed_or_walked(write_out: object) -> None:
    with pytest.raises(TypeError) as refused:
        write_out(SecretValue(TEXT))  # type: ignore[operator]
    assert TEXT not in str(refused.value)


def test_it_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        SecretValue(TEXT)._data = b"other"


def test_binary_does_not_pass_for_text() -> None:
    assert not SecretValue(b"\xff\xfe").is_text
    assert not SecretValue("a\x00b").is_text
    with pytest.raises(ValueError, match="binary"):
        SecretValue(b"\xff\xfe").reveal_text()


@given(st.binary(max_size=40), st.binary(max_size=40), st.binary(min_size=1, max_size=40))
def test_it_equals_what_holds_the_same_bytes_and_so_do_digests_under_one_key(a: bytes, b: bytes, key: bytes) -> None:
    assert (SecretValue(a) == SecretValue(b)) is (a == b)
    assert (SecretValue(a).digest(key) == SecretValue(b).digest(key)) is (a == b)
    assert SecretValue(a) != a
    assert (len(SecretValue(a)), bool(SecretValue(a))) == (len(a), bool(a))


@given(st.text(max_size=40).filter(lambda text: "\x00" not in text))
def test_text_comes_back_as_it_went_in(text: str) -> None:
    assert SecretValue(text).reveal_text() == text
    assert SecretValue(text).reveal() == text.encode()
