"""Which texts of a value are compared, and since when another one is current."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.kernel.secretvalue import SecretValue
from vault.domain.findable import findable
from vault.domain.replaced import replaced_since
from vault.domain.rotation import RotationConfig
from vault.domain.rotation_rules import RotationRules
from vault.domain.secret import Secret, SecretContent, ValueKind
from vault.domain.versions import SecretVersion, Versions

START = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def compared(value: str | bytes) -> dict[str, str]:
    """Return the texts of a value that are compared, by their places; of bytes those that are text."""
    kind = ValueKind.BINARY if isinstance(value, bytes) else ValueKind.STRING
    found = findable(SecretContent(kind=kind, value=SecretValue(value)))
    return {place: text.decode("utf-8", "replace") for place, text in found}


def members(content: object) -> dict[str, str]:
    """Return the members of a JSON secret that are compared."""
    return {place: text for place, text in compared(json.dumps(content)).items() if place}


def test_a_text_is_compared_as_it_is_without_white_space_around_it() -> None:
    assert compared("  one value \r\n") == {"": "one value"}


def test_numbers_are_compared_as_they_are_written() -> None:
    assert {place: text for place, text in compared('{"a": 1234567.50, "b": 87651234}').items() if place} == {
        "a": "1234567.50",
        "b": "87651234",
    }


def test_nested_members_have_their_path() -> None:
    content = {"db": {"primary": {"password": "one value"}}, "keys": ["a value", {"token": "2nd value"}]}
    assert members(content) == {
        "db.primary.password": "one value",
        "keys[0]": "a value",
        "keys[1].token": "2nd value",
    }


def test_json_in_json_is_looked_into() -> None:
    assert members({"file": json.dumps({"private_key": "a value"})})["file.private_key"] == "a value"


def test_lines_of_names_and_values_are_members() -> None:
    text = "# the app\nexport DB_HOST=db.internal\nDB_PASSWORD='one value'\n  api.token: 2nd value\n"
    assert {place: form for place, form in compared(text).items() if place} == {
        "DB_PASSWORD": "one value",
        "api.token": "2nd value",
    }


def test_the_password_of_an_address_is_compared_by_itself() -> None:
    address = "postgres://me:one%2Bvalue@db:5432/app"
    assert compared(address) == {"": address, "(password)": "one+value"}
    assert members({"DATABASE_URL": address})["DATABASE_URL (password)"] == "one+value"


def test_an_address_of_a_host_alone_tells_nothing_and_one_with_a_path_may() -> None:
    hook = "https://hooks.example.com/services/one/value"
    assert members({"url": "https://api.example.com/", "hook": hook}) == {"hook": hook}


@pytest.mark.parametrize(
    "name",
    ["host", "DB_HOST", "mysqlUser", "userName", "client-id", "aws_access_key_id", "AWSRegion", "private_key_id"],
)
def test_members_that_say_where_a_secret_is_good_for_are_left_out(name: str) -> None:
    assert members({name: "some value"}) == {}


@pytest.mark.parametrize(
    "name", ["password", "secret_id", "client_secret", "userPassword", "value", "x", "token_id", ""]
)
def test_other_members_are_compared(name: str) -> None:
    assert list(members({"in": {name: "some value"}}).values()) == ["some value"]


@pytest.mark.parametrize("text", ["five5", "aaaaaaaa", "ababab", "ChangeMe", "20261130"[:7], "localhost"])
def test_texts_that_stand_anywhere_are_left_out(text: str) -> None:
    assert compared(text) == {}


def test_bytes_are_compared_as_they_are_and_as_text_where_they_are_that() -> None:
    found = list(findable(SecretContent(kind=ValueKind.BINARY, value=SecretValue(b"one value\n"))))
    assert found == [("", b"one value\n"), ("", b"one value")]


def test_a_key_is_compared_whole_and_not_by_its_headers() -> None:
    key = "-----BEGIN MADE UP KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAABBBBCCCC\n-----END MADE UP KEY-----"
    assert list(compared(key)) == [""]


@given(
    st.recursive(
        st.text() | st.integers() | st.none() | st.booleans(), lambda c: st.lists(c) | st.dictionaries(st.text(), c)
    )
)
def test_whatever_a_secret_holds_it_is_looked_through(content: object) -> None:
    text = json.dumps(content)
    if text:
        assert all(len(form.encode()) >= 6 for form in compared(text).values())


def test_a_secret_nested_too_deeply_is_compared_whole() -> None:
    text = "[" * 20_000 + '"a value"'
    assert compared(text) == {"": text}


def secret(*versions: tuple[str, int, set[str]], rotated: int | None = None) -> Secret:
    """Return a secret with versions of an id, made on a day, with labels; and when it was last rotated."""
    made = Secret(
        account_id="123456789012",
        region="us-east-1",
        arn="arn",
        name="n",
        created=START,
        changed=START,
        creation_token="",
    )
    items = tuple(
        SecretVersion(version_id=name, created=START + day * DAY, stages=frozenset(stages))
        for name, day, stages in versions
    )
    rules = RotationRules(after_days=30, schedule=None, duration=None)
    rotation = RotationConfig(function_arn="f", rules=rules, enabled=True, counted_from=START)
    if rotated is not None:
        rotation = replace(rotation, last_rotated=START + rotated * DAY)
    return replace(made, versions=Versions(items=items), rotation=rotation)


def since(of: Secret, name: str) -> int | None:
    """Return the day on which a version was replaced."""
    version = of.versions.find(name)
    assert version is not None
    found = replaced_since(of, version)
    return None if found is None else (found - START).days


PUT = secret(("a", 0, set()), ("b", 2, {"AWSPREVIOUS"}), ("c", 5, {"AWSCURRENT"}))


@pytest.mark.parametrize(("name", "day"), [("a", 2), ("b", 5), ("c", None)])
def test_a_version_is_replaced_when_the_one_after_it_is_made(name: str, day: int | None) -> None:
    assert since(PUT, name) == day


def test_a_version_that_was_rotated_away_is_replaced_at_the_end_of_the_rotation() -> None:
    rotated = secret(("a", 0, {"AWSPREVIOUS"}), ("b", 2, {"AWSCURRENT", "AWSPENDING"}), rotated=3)
    assert since(rotated, "a") == 3


def test_a_rotation_before_the_current_value_was_put_by_hand_does_not_count() -> None:
    assert since(secret(("a", 0, {"AWSPREVIOUS"}), ("b", 2, {"AWSCURRENT"}), rotated=1), "a") == 2


def test_a_version_that_waits_does_not_replace_and_is_not_replaced() -> None:
    waiting = secret(("a", 0, {"AWSCURRENT"}), ("b", 2, {"AWSPENDING"}))
    assert (since(waiting, "a"), since(waiting, "b")) == (None, None)


def test_a_version_that_an_older_one_took_over_from_has_no_day() -> None:
    assert since(secret(("a", 0, {"AWSCURRENT"}), ("b", 2, {"AWSPREVIOUS"})), "b") is None


def test_a_version_in_use_under_a_label_of_its_own_is_not_replaced() -> None:
    assert since(secret(("a", 0, {"blue"}), ("b", 2, {"AWSCURRENT"})), "a") is None
