"""GetRandomPassword."""

from __future__ import annotations

import string
from typing import Any

import pytest

from tests.testing.wire import refusal


def _password(client: Any, **request: Any) -> str:
    drawn: str = client.get_random_password(**request)["RandomPassword"]
    return drawn


@pytest.mark.shows("GetRandomPassword", parameters=("RequireEachIncludedType",))
def test_a_plain_one_has_32_characters_of_every_type_and_no_space(client: Any) -> None:
    drawn = _password(client)
    assert len(drawn) == 32
    for kind in (string.ascii_lowercase, string.ascii_uppercase, string.digits, string.punctuation):
        assert set(drawn) & set(kind)
    assert " " not in drawn


@pytest.mark.shows("GetRandomPassword", parameters=("PasswordLength", "ExcludeCharacters"))
def test_excluded_characters_are_absent_from_one_of_120(client: Any) -> None:
    drawn = _password(client, PasswordLength=120, ExcludeCharacters="abcXYZ\"'@/\\")
    assert len(drawn) == 120
    assert not set(drawn) & set("abcXYZ\"'@/\\")


@pytest.mark.parametrize(
    ("member", "characters"),
    [
        ("ExcludeNumbers", string.digits),
        ("ExcludePunctuation", string.punctuation),
        ("ExcludeUppercase", string.ascii_uppercase),
        ("ExcludeLowercase", string.ascii_lowercase),
    ],
)
@pytest.mark.shows(
    "GetRandomPassword",
    parameters=("ExcludeNumbers", "ExcludePunctuation", "ExcludeUppercase", "ExcludeLowercase"),
)
def test_an_excluded_type_is_absent(client: Any, member: str, characters: str) -> None:
    assert not set(_password(client, PasswordLength=500, **{member: True})) & set(characters)


@pytest.mark.shows("GetRandomPassword", parameters=("IncludeSpace",))
def test_a_space_is_there_when_asked_for(client: Any) -> None:
    assert " " in _password(client, IncludeSpace=True, PasswordLength=500)


@pytest.mark.shows("GetRandomPassword", parameters=("RequireEachIncludedType", "PasswordLength"))
def test_a_short_one_may_lack_types_where_they_are_not_required(client: Any) -> None:
    assert len(_password(client, PasswordLength=1, RequireEachIncludedType=False)) == 1


@pytest.mark.parametrize(
    "request_",
    [
        {"PasswordLength": 3},
        {"ExcludeNumbers": True, "ExcludePunctuation": True, "ExcludeUppercase": True, "ExcludeLowercase": True},
        {"ExcludeCharacters": string.ascii_letters + string.digits + string.punctuation},
    ],
)
@pytest.mark.shows(
    "GetRandomPassword", parameters=("PasswordLength", "ExcludeCharacters"), errors=("InvalidParameterException",)
)
def test_rules_that_cannot_be_met_are_refused(client: Any, request_: dict[str, Any]) -> None:
    assert refusal(client.get_random_password, **request_)[0] == "InvalidParameterException"


@pytest.mark.parametrize(
    "request_", [{"PasswordLength": 0}, {"PasswordLength": 4097}, {"ExcludeCharacters": "x" * 4097}]
)
@pytest.mark.shows("GetRandomPassword", parameters=("PasswordLength", "ExcludeCharacters"))
def test_what_breaks_the_model_is_refused(raw: Any, request_: dict[str, Any]) -> None:
    assert refusal(raw.get_random_password, **request_)[0] == "ValidationException"
