"""ListSecrets."""

from __future__ import annotations

from typing import Any

import pytest

from tests.testing.wire import refusal


def _names(client: Any, name: str, *filters: tuple[str, list[str]], **request: Any) -> list[str]:
    """Return what is found among the secrets below `name`, without that part of their names."""
    wanted = [{"Key": key, "Values": values} for key, values in (("name", [name]), *filters)]
    listed = client.list_secrets(Filters=wanted, **request)["SecretList"]
    return [entry["Name"].removeprefix(f"{name}/") for entry in listed]


@pytest.fixture
def described(client: Any, name: str) -> str:
    """The beginning of the names of four secrets with descriptions, by which they are told apart."""
    texts = {"one": "a secret", "two": "an secret", "three": "asecret", "four": "thesecret"}
    for each, text in texts.items():
        client.create_secret(Name=f"{name}/{each}", Description=text, Tags=[{"Key": f"k-{each}", "Value": f"V-{each}"}])
    return name


@pytest.mark.shows("ListSecrets", parameters=("Filters",))
def test_names_match_by_prefix_and_case(client: Any, name: str) -> None:
    for each in ("x", "a/x", "testing1/one"):
        client.create_secret(Name=f"{name}/{each}")
    for value, found in (("x", ["x"]), ("a", ["a/x"]), ("A", []), ("testing1 one", []), ("ing1", [])):
        assert _names(client, name, ("name", [f"{name}/{value}"])) == found
    assert _names(client, name, ("name", [f"!{name}/a"])) == ["x", "testing1/one"]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("a", ["one", "two", "three"]),
        ("a secret", ["one", "two"]),
        ("SECRET", ["one", "two"]),
        ("the", ["four"]),
        ("!a secret", ["three", "four"]),
    ],
)
@pytest.mark.shows("ListSecrets", parameters=("Filters",))
def test_descriptions_match_by_the_beginnings_of_words(
    client: Any, described: str, value: str, found: list[str]
) -> None:
    assert _names(client, described, ("description", [value])) == found


@pytest.mark.shows("ListSecrets", parameters=("Filters",))
def test_tag_keys_and_values_match_by_prefix_and_case(client: Any, described: str) -> None:
    assert _names(client, described, ("tag-key", ["k-t"])) == ["two", "three"]
    assert _names(client, described, ("tag-value", ["V-o"])) == ["one"]
    assert _names(client, described, ("tag-value", ["v-o"])) == []


@pytest.mark.shows("ListSecrets", parameters=("Filters",))
def test_all_matches_one_of_the_words_anywhere(client: Any, described: str) -> None:
    assert _names(client, described, ("all", ["theSomething"])) == ["four"]
    assert _names(client, described, ("all", ["k-one"])) == ["one", "two", "three", "four"]


@pytest.mark.parametrize("key", ["primary-region", "owning-service"])
@pytest.mark.shows("ListSecrets", parameters=("Filters",))
def test_no_secret_is_a_replica_or_owned_by_a_service(client: Any, described: str, key: str) -> None:
    assert _names(client, described, (key, ["us"])) == []


@pytest.mark.shows("ListSecrets", parameters=("Filters",))
def test_filters_all_hold_and_values_are_alternatives(client: Any, described: str) -> None:
    assert _names(client, described, ("tag-key", ["k-one", "k-four"])) == ["one", "four"]
    assert _names(client, described, ("tag-key", ["k-one", "k-four"]), ("description", ["the"])) == ["four"]


@pytest.mark.parametrize(
    ("filters", "code"),
    [
        ([{"Key": "colour", "Values": ["red"]}], "ValidationException"),
        ([{"Key": "name", "Values": ["what?"]}], "ValidationException"),
        ([{"Key": "name", "Values": ["x" * 513]}], "ValidationException"),
        ([{"Key": "name", "Values": ["x"] * 11}], "ValidationException"),
        ([{"Key": "name", "Values": ["x"]}] * 11, "ValidationException"),
        ([{"Values": ["x"]}], "InvalidParameterException"),
        ([{"Key": "name"}], "InvalidParameterException"),
    ],
)
@pytest.mark.shows("ListSecrets", parameters=("Filters",), errors=("InvalidParameterException",))
def test_filters_that_cannot_be_are_refused(raw: Any, filters: list[dict[str, Any]], code: str) -> None:
    assert refusal(raw.list_secrets, Filters=filters)[0] == code


@pytest.mark.shows("ListSecrets", parameters=("SortBy", "SortOrder"))
def test_secrets_are_ordered_as_asked(client: Any, name: str) -> None:
    for each in ("c", "a", "b"):
        client.create_secret(Name=f"{name}/{each}", SecretString="v")
    client.update_secret(SecretId=f"{name}/c", Description="later")
    orders = {"name": "abc", "created-date": "cab", "last-changed-date": "abc"}
    for sort_by, order in orders.items():
        assert _names(client, name, SortBy=sort_by, SortOrder="asc") == list(order)
        assert _names(client, name, SortBy=sort_by, SortOrder="desc") == list(order)[::-1]
    assert _names(client, name) == list("cab")


@pytest.mark.shows("ListSecrets", parameters=("SortBy",))
def test_what_was_never_read_comes_before_what_was(client: Any, name: str) -> None:
    for each in ("read", "unread"):
        client.create_secret(Name=f"{name}/{each}", SecretString="v")
    client.get_secret_value(SecretId=f"{name}/read")
    assert _names(client, name, SortBy="last-accessed-date") == ["unread", "read"]


@pytest.mark.parametrize("member", [{"SortBy": "size"}, {"SortOrder": "up"}, {"MaxResults": 0}, {"MaxResults": 101}])
@pytest.mark.shows("ListSecrets", parameters=("SortBy", "SortOrder", "MaxResults"))
def test_orders_and_sizes_outside_the_model_are_refused(raw: Any, member: dict[str, Any]) -> None:
    assert refusal(raw.list_secrets, **member)[0] == "ValidationException"


@pytest.mark.shows("ListSecrets", parameters=("MaxResults", "NextToken"))
def test_listing_pages_through_a_filter(client: Any, name: str) -> None:
    wanted = sorted(f"{name}/{number}" for number in range(5))
    for each in wanted:
        client.create_secret(Name=each, SecretString="x")
    pages = client.get_paginator("list_secrets").paginate(
        Filters=[{"Key": "name", "Values": [name]}], SortBy="name", SortOrder="asc", PaginationConfig={"PageSize": 2}
    )
    listed = [[entry["Name"] for entry in page["SecretList"]] for page in pages]
    assert [len(page) for page in listed] == [2, 2, 1]
    assert [each for page in listed for each in page] == wanted


@pytest.mark.shows("ListSecrets", parameters=("NextToken",), errors=("InvalidNextTokenException",))
def test_a_token_of_another_query_is_refused(client: Any, described: str) -> None:
    filters = [{"Key": "name", "Values": [described]}]
    token = client.list_secrets(Filters=filters, MaxResults=1)["NextToken"]
    for query in ({"Filters": filters, "SortBy": "name"}, {}, {"Filters": filters, "IncludePlannedDeletion": True}):
        assert refusal(client.list_secrets, NextToken=token, **query)[0] == "InvalidNextTokenException"
    assert refusal(client.list_secrets, NextToken="nonsense")[0] == "InvalidNextTokenException"


@pytest.mark.shows("ListSecrets", parameters=("IncludePlannedDeletion",))
def test_planned_deletions_are_listed_only_when_asked_for(client: Any, described: str) -> None:
    client.delete_secret(SecretId=f"{described}/one")
    assert "one" not in _names(client, described)
    assert "one" in _names(client, described, IncludePlannedDeletion=True)
    entries = client.list_secrets(Filters=[{"Key": "name", "Values": [described]}], IncludePlannedDeletion=True)
    assert ["DeletedDate" in entry for entry in entries["SecretList"]] == [True, False, False, False]


def test_an_entry_names_its_versions_in_the_lists_own_way(client: Any, stored: str) -> None:
    (entry,) = client.list_secrets(Filters=[{"Key": "name", "Values": [stored]}])["SecretList"]
    assert list(entry["SecretVersionsToStages"].values()) == [["AWSCURRENT"]]
    assert "NextToken" not in client.list_secrets(Filters=[{"Key": "name", "Values": [stored]}])
    assert sorted(entry) == ["ARN", "CreatedDate", "LastChangedDate", "Name", "SecretVersionsToStages"]
