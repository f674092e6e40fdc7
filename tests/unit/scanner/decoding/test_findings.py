"""Credentials that stand encoded are findings at the place that encodes them."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from scanner.config import Analysis, ScanConfig
from scanner.model import EvidenceKind, Finding, ScanResult
from tests.unit.scanner.decoding.encoding import ENCODERS, only_what_a_url_needs
from tests.unit.scanner.making import password, token

Found = Callable[..., list[Finding]]
GITHUB = token("decoding", "ghp_[A-Za-z0-9]{36}")
AWS_ID = token("decoding", "AKIA[A-Z2-7]{16}")
OFF = ScanConfig(analysis=Analysis.OFF)


@pytest.mark.parametrize("name", list(ENCODERS))
def test_a_token_is_found_in_every_encoding(found: Found, name: str) -> None:
    encoded = ENCODERS[name](f"a token: {GITHUB} ".encode()).decode()
    (one,) = found("notes.conf", f'x = "{encoded}"\n', OFF)
    assert one.rule_id == "github-personal-access-token"
    assert one.value.reveal() == GITHUB.encode()
    assert EvidenceKind.DECODED in [reason.kind for reason in one.evidence]


def test_a_finding_lies_where_its_value_is_encoded(found: Found) -> None:
    lines = [b"first line of the text here....", f"token={GITHUB}".encode(), b"the end"]
    wrapped = ENCODERS["base64 wrapped over lines"](b"\n".join(lines)).decode().replace("\n", "\n  ")
    text = f"kind: ConfigMap\ndata: |\n  {wrapped}\n"
    (one,) = found("app.yaml", text, OFF)
    assert (one.region.start_line, one.region.end_line) == (3, 4)
    held = "".join(text.encode()[one.span.start : one.span.end].decode().split())
    assert GITHUB in base64.b64decode(held).decode()


def test_a_name_is_seen_behind_what_a_url_escapes(found: Found) -> None:
    value = password("decoding")
    data = only_what_a_url_needs(f'{{"db_password": "{value}"}}'.encode()).decode()
    (one,) = found("links.conf", f"open https://example.com/start?state={data}\n", OFF)
    assert one.value.reveal() == value.encode()


def test_two_values_in_one_encoded_text_are_two_findings(found: Found) -> None:
    encoded = base64.b64encode(f'{{"a": "{GITHUB}", "b": "{AWS_ID}"}}'.encode()).decode()
    rules = {one.rule_id for one in found("app.conf", f'secret_key = "{encoded}"\n', OFF)}
    assert rules == {"github-personal-access-token", "aws-access-key-id"}


def test_a_value_that_is_plain_is_not_found_again_beside_escapes(found: Found) -> None:
    (one,) = found("app.js", f'x = "\\u0022 {GITHUB} \\u003d"\n', OFF)
    assert EvidenceKind.DECODED not in {reason.kind for reason in one.evidence}


def test_a_placeholder_stays_one_when_it_is_encoded(found: Found) -> None:
    encoded = base64.b64encode(b"db_password = 'changeme-please-now'").decode()
    assert found("app.conf", f"x: {encoded}\n", OFF) == []


def test_an_encoded_value_is_for_a_person_to_take_out(found: Found) -> None:
    encoded = base64.b64encode(f"token={GITHUB}".encode()).decode()
    (one,) = found("app.py", f'CONFIG = "{encoded}"\n')
    assert not one.remediation.fixable
    assert "base64" in one.remediation.reason


def test_a_mark_on_its_line_accepts_an_encoded_value(found: Found) -> None:
    encoded = base64.b64encode(f"token={GITHUB}".encode()).decode()
    mark = "strongroom:allow github-personal-access-token"
    (one,) = found("app.conf", f'x = "{encoded}"  # {mark}\n', OFF)
    assert one.suppressed_by is not None


def test_neither_form_of_an_encoded_value_is_shown(found: Found) -> None:
    encoded = base64.b64encode(f"token={GITHUB} and more".encode()).decode()
    (one,) = found("app.conf", f'x = "{encoded}"\n', OFF)
    assert one.excerpt is not None
    shown = one.excerpt.before + one.excerpt.after
    assert base64.b64encode(GITHUB.encode()).decode()[4:-8] not in shown
    assert GITHUB not in shown


def test_more_than_the_budget_is_named_among_the_errors(scan_text: Callable[..., ScanResult]) -> None:
    texts = (base64.b64encode(b"text number %015d" % number).decode() for number in range(2_100))
    result = scan_text("many.conf", f"\n# {'far from ' * 10}\n".join(texts), OFF)
    (error,) = result.errors
    assert error.path == "many.conf"
