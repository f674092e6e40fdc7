"""What a server logs: one line an event, as text or JSON, and nothing of what a request held."""

from __future__ import annotations

import io
import json
import logging
import secrets
from collections.abc import Iterator

import pytest

from strongroom.cli.logs import JsonLines, Lines
from strongroom.kernel.secretvalue import SecretValue
from tests.testing.credentials import made_up_credential


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What is written, as JSON lines."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines())
    loggers = [logging.getLogger(name) for name in ("strongroom.test", "library")]
    for each in loggers:
        each.addHandler(handler)
        each.propagate = False
    yield written
    for each in loggers:
        each.removeHandler(handler)
        each.propagate = True


def test_an_event_is_one_line_of_json(log: io.StringIO) -> None:
    logging.getLogger("strongroom.test").warning("the disk\nis %s", "full")
    (line,) = log.getvalue().splitlines()
    event = json.loads(line)
    assert event.keys() == {"time", "level", "logger", "message"}
    assert (event["level"], event["logger"], event["message"]) == ("warning", "strongroom.test", "the disk\nis full")
    assert event["time"].endswith("Z")


def test_a_failure_is_told_by_kind_and_place_and_not_by_its_text(log: io.StringIO) -> None:
    value = secrets.token_hex(12)
    try:
        int(f"{value}z")
    except ValueError:
        logging.getLogger("strongroom.test").exception("it failed")
    event = json.loads(log.getvalue())
    assert event["failure"].startswith(f"ValueError at {__name__}:")
    assert value not in log.getvalue()


def test_a_secret_value_is_masked(log: io.StringIO) -> None:
    logging.getLogger("strongroom.test").warning("got %s", SecretValue(secrets.token_hex(12)))
    assert json.loads(log.getvalue())["message"] == "got <secret>"


def test_what_a_library_was_given_to_say_is_not_shown(log: io.StringIO) -> None:
    value = secrets.token_hex(12)
    logging.getLogger("library").warning("sending %s to %s", value, "host")
    assert json.loads(log.getvalue())["message"] == "sending %s to %s"
    assert value not in log.getvalue()


@pytest.mark.parametrize("form", ["AKIA{}", "Signature={}", "X-Amz-Security-Token={}&b", "Credential={}/20260310"])
def test_a_credential_is_cut_out_of_a_message(log: io.StringIO, form: str) -> None:
    value = made_up_credential().upper()
    logging.getLogger("strongroom.test").warning("%s", f"called with {form.format(value)}")
    assert value not in log.getvalue()
    assert "<redacted>" in log.getvalue()


def test_a_line_of_text_stays_one_line_and_ascii() -> None:
    record = logging.LogRecord("strongroom.x", logging.ERROR, "", 0, "a\x1b[31m\nb\u202e", None, None)
    line = Lines().format(record)
    assert "\n" not in line
    assert line.isascii()
    assert line.endswith(r" error strongroom.x: a\x1b[31m\nb\u202e")
