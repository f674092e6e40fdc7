"""Values of a provider's form that somebody typed, and values that their owner has published."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator

import pytest

from scanner.filters import published
from scanner.filters.base import table
from scanner.model import ScanResult
from tests.unit.scanner.conftest import Found
from tests.unit.scanner.making import token

# Counting is what is tested, so the run of digits stands at the end of what is drawn.
TYPED = token("typed", "[a-f][0-9][a-f0-9]{20}") + "1234567890" + "ABCDEF01"
SONAR = f'sonar_token: "{TYPED}"\n'


def test_a_typed_value_of_a_providers_form_in_settings_is_worth_a_look(found: Found) -> None:
    assert [(one.rule_id, one.confidence) for one in found("config/app.yml", SONAR)] == [("sonar-token", "medium")]


@pytest.mark.parametrize("path", ["tests/app.yml", "docs/setup.md", "config/app.yml.example", "yarn.lock"])
def test_a_typed_value_of_a_providers_form_is_quiet_where_values_are_made_up(path: str, found: Found) -> None:
    assert found(path, SONAR) == []


def test_a_typed_value_in_a_docstring_is_quiet(found: Found) -> None:
    assert found("app/client.py", f'"""Signs in.\n\n    sonar_token = "{TYPED}"\n"""\n') == []


def test_a_typed_value_whose_checksum_could_tell_is_quiet(found: Found) -> None:
    assert found("config/app.yml", "token: ghp_" + "1234567890" + token("check", "[A-Za-z0-9]{26}") + "\n") == []


def test_a_typed_value_that_only_its_name_speaks_for_is_quiet(found: Found) -> None:
    assert found("config/app.yml", f'service_token: "{TYPED}"\n') == []


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Make a value one that its owner has published."""

    def publish(value: str) -> None:
        digest = hashlib.sha256(value.encode()).hexdigest()
        monkeypatch.setattr(published, "_reasons", lambda: {digest: "a key of the emulator"})

    yield publish


def test_a_published_value_is_dropped_with_the_reason(
    known: Callable[[str], None], scan_text: Callable[..., ScanResult]
) -> None:
    value = "AIza" + token("published", "[A-Za-z0-9_]{35}")
    known(value)
    outcome = scan_text("app/google-services.json", f'"current_key": "{value}"\n')
    assert outcome.findings == ()
    assert [one.reason for one in outcome.dropped] == ["published by its owner: a key of the emulator"]


def test_another_value_of_the_same_form_is_reported(known: Callable[[str], None], found: Found) -> None:
    known("AIza" + token("published", "[A-Za-z0-9_]{35}"))
    text = f'"current_key": "AIza{token("other", "[A-Za-z0-9_]{35}")}"\n'
    assert [one.rule_id for one in found("app/google-services.json", text)] == ["google-api-key"]


def test_published_values_are_kept_as_digests_each_once_with_reason_and_source() -> None:
    entries = table("published.yaml")["published"]
    digests = [digest for entry in entries for digest in entry["sha256"]]
    assert all(entry["reason"] and entry["source"].startswith("https://") for entry in entries)
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in digests)
    assert len(set(digests)) == len(digests)
