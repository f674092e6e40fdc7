"""Lists of secrets and versions: filters, order, pages."""

from __future__ import annotations

from typing import Any

import pytest

from tests.testing.vault_bench import FUNCTION, Bench
from vault.domain.errors import InvalidNextToken, InvalidParameter


def _names(bench: Bench, *filters: tuple[str, list[str]], **request: Any) -> list[str]:
    wanted = [{"Key": key, "Values": values} for key, values in filters]
    return [each["Name"] for each in bench.call("ListSecrets", Filters=wanted, **request)["SecretList"]]


def _make(bench: Bench, name: str, description: str = "", **tags: str) -> None:
    pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
    bench.call("CreateSecret", Name=name, Description=description, Tags=pairs)
    bench.pass_time(seconds=1)


@pytest.mark.parametrize(
    ("value", "found"),
    [("/", ["/x"]), ("a", ["a/x"]), ("A", []), ("a/x", ["a/x"]), ("testing1 one", []), ("!a", ["/x", "testing1/one"])],
)
def test_names_match_by_prefix_and_case(bench: Bench, value: str, found: list[str]) -> None:
    for name in ("/x", "a/x", "testing1/one"):
        _make(bench, name)
    assert _names(bench, ("name", [value])) == found


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
def test_descriptions_match_by_the_beginnings_of_words(bench: Bench, value: str, found: list[str]) -> None:
    for name, text in (("one", "a secret"), ("two", "an secret"), ("three", "asecret"), ("four", "thesecret")):
        _make(bench, name, text)
    assert _names(bench, ("description", [value])) == found


def test_tags_match_by_prefix(bench: Bench) -> None:
    _make(bench, "one", team="payments")
    _make(bench, "two", stage="Pay")
    assert _names(bench, ("tag-key", ["te"])) == ["one"]
    assert _names(bench, ("tag-value", ["pay"])) == ["one"]


@pytest.mark.parametrize("value", ["AppDatabase", "app database", "PAYMENTS", "base", "pay"])
def test_all_matches_words_anywhere_whatever_the_case(bench: Bench, value: str) -> None:
    _make(bench, "app/database", team="payments")
    _make(bench, "zzz")
    assert _names(bench, ("all", [value])) == ["app/database"]


@pytest.mark.parametrize("value", ["My_Secret", "mySecret", "secret=my", "my9", "!nothing"])
def test_all_matches_one_of_the_words_and_ignores_special_characters(bench: Bench, value: str) -> None:
    _make(bench, "one", "of my own")
    assert _names(bench, ("all", [value])) == ["one"]


def test_a_filter_without_values_is_refused(bench: Bench) -> None:
    with pytest.raises(InvalidParameter, match="Invalid filter values for key: name"):
        _names(bench, ("name", []))


@pytest.mark.parametrize("key", ["primary-region", "owning-service"])
def test_no_secret_is_a_replica_or_owned_by_a_service(bench: Bench, key: str) -> None:
    _make(bench, "one")
    assert _names(bench, (key, ["us"])) == []
    assert _names(bench, (key, ["!us"])) == ["one"]


def test_filters_all_hold_and_values_are_alternatives(bench: Bench) -> None:
    for name in ("a1", "a2", "b1"):
        _make(bench, name, f"text {name[1]}")
    assert _names(bench, ("name", ["a1", "b"])) == ["a1", "b1"]
    assert _names(bench, ("name", ["a"]), ("description", ["2"])) == ["a2"]


def test_an_unknown_filter_is_refused(bench: Bench) -> None:
    with pytest.raises(InvalidParameter, match="colour"):
        _names(bench, ("colour", ["red"]))


@pytest.mark.parametrize(
    ("sort_by", "order"),
    [
        ("name", ["a", "b", "c"]),
        ("created-date", ["c", "a", "b"]),
        ("last-changed-date", ["a", "b", "c"]),
        ("last-accessed-date", ["a", "c", "b"]),
    ],
)
def test_secrets_are_ordered_as_asked(bench: Bench, sort_by: str, order: list[str]) -> None:
    for name in ("c", "a", "b"):
        bench.call("CreateSecret", Name=name, SecretString="v")
        bench.pass_time(seconds=1)
    bench.call("UpdateSecret", SecretId="c", Description="later")
    for name in ("c", "b"):
        bench.pass_time(days=1)
        bench.value(name)
    assert _names(bench, SortBy=sort_by) == order
    assert _names(bench, SortBy=sort_by, SortOrder="desc") == order[::-1]


@pytest.mark.parametrize("sort_by", ["name", "created-date"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_pages_together_are_the_list(bench: Bench, sort_by: str, order: str) -> None:
    for number in range(7):
        bench.call("CreateSecret", Name=f"n{number % 4}{number}")
    whole = _names(bench, SortBy=sort_by, SortOrder=order)
    pages: list[str] = []
    request: dict[str, Any] = {"MaxResults": 3, "SortBy": sort_by, "SortOrder": order}
    while True:
        answer = bench.call("ListSecrets", **request)
        pages += [each["Name"] for each in answer["SecretList"]]
        if "NextToken" not in answer:
            break
        request["NextToken"] = answer["NextToken"]
    assert pages == whole
    assert len(whole) == 7


def test_a_full_last_page_has_no_token(bench: Bench) -> None:
    _make(bench, "a")
    assert "NextToken" not in bench.call("ListSecrets", MaxResults=1)


@pytest.mark.parametrize("damage", [lambda token: "nonsense", lambda token: token[:-4] + "AAAA", lambda token: "é"])
def test_a_token_that_is_not_ours_is_refused(bench: Bench, damage: Any) -> None:
    _make(bench, "a")
    _make(bench, "b")
    token = bench.call("ListSecrets", MaxResults=1)["NextToken"]
    with pytest.raises(InvalidNextToken):
        bench.call("ListSecrets", MaxResults=1, NextToken=damage(token))


def test_a_token_of_another_query_is_refused(bench: Bench) -> None:
    _make(bench, "a")
    _make(bench, "b")
    token = bench.call("ListSecrets", MaxResults=1)["NextToken"]
    with pytest.raises(InvalidNextToken):
        bench.call("ListSecrets", MaxResults=1, SortBy="name", NextToken=token)
    bench.region = "eu-west-1"
    with pytest.raises(InvalidNextToken):
        bench.call("ListSecrets", MaxResults=1, NextToken=token)


def test_planned_deletions_are_listed_only_when_asked_for(bench: Bench) -> None:
    _make(bench, "a")
    bench.call("DeleteSecret", SecretId="a")
    assert _names(bench) == []
    entry = bench.call("ListSecrets", IncludePlannedDeletion=True)["SecretList"][0]
    assert entry["DeletedDate"] == bench.now


def test_an_entry_names_its_versions_in_the_lists_own_way(bench: Bench) -> None:
    version = bench.call("CreateSecret", Name="a", SecretString="v")["VersionId"]
    entry = bench.call("ListSecrets")["SecretList"][0]
    assert entry["SecretVersionsToStages"] == {version: ["AWSCURRENT"]}
    assert "VersionIdsToStages" not in entry


def test_deprecated_versions_are_listed_only_when_asked_for(bench: Bench) -> None:
    old = bench.call("CreateSecret", Name="a", SecretString="0")["VersionId"]
    for number in range(1, 3):
        bench.call("PutSecretValue", SecretId="a", SecretString=str(number))
    assert len(bench.call("ListSecretVersionIds", SecretId="a")["Versions"]) == 2
    everything = bench.call("ListSecretVersionIds", SecretId="a", IncludeDeprecated=True)["Versions"]
    assert everything[0] == {"VersionId": old, "CreatedDate": bench.now, "KmsKeyIds": ["DefaultEncryptionKey"]}


def test_a_version_without_a_value_is_described_but_not_listed(bench: Bench) -> None:
    first = bench.call("CreateSecret", Name="a", SecretString="0")["VersionId"]
    pending = bench.call("RotateSecret", SecretId="a", RotationLambdaARN=FUNCTION)["VersionId"]
    listed = bench.call("ListSecretVersionIds", SecretId="a", IncludeDeprecated=True)["Versions"]
    assert [version["VersionId"] for version in listed] == [first]
    assert bench.stages("a")[pending] == ["AWSPENDING"]


def test_versions_come_in_pages(bench: Bench) -> None:
    bench.call("CreateSecret", Name="a", SecretString="0")
    for number in range(1, 5):
        bench.call("PutSecretValue", SecretId="a", SecretString=str(number))
    request: dict[str, Any] = {"SecretId": "a", "IncludeDeprecated": True}
    first = bench.call("ListSecretVersionIds", **request, MaxResults=3)
    rest = bench.call("ListSecretVersionIds", **request, MaxResults=3, NextToken=first["NextToken"])
    assert first["Versions"] + rest["Versions"] == bench.call("ListSecretVersionIds", **request)["Versions"]
    assert "NextToken" not in rest
