"""FindValues through the chain, as embedded use has it: pages, several accounts and regions, what is remembered."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.testing.asking import Asking
from tests.testing.credentials import made_up_credential
from tests.testing.regions import EAST, WEST
from tests.testing.wire import refusal
from vault.bootstrap import Vault, open_in_memory
from vault.initialise import NewStore
from vault.services import value_digests, value_search
from vault.services.keyring import Keyring


@pytest.fixture
def vault() -> Iterator[Vault]:
    """A vault of two regions that is kept nowhere."""
    made, _ = open_in_memory(NewStore(account_id="123456789012", regions=(EAST, WEST)))
    yield made
    made.close()


@pytest.fixture
def asking(vault: Vault) -> Asking:
    """The operator, who asks under a new key."""
    return Asking(client=vault.client("strongroom"))


def stored(vault: Vault, *names: str, region: str = EAST) -> list[str]:
    """Make secrets and return their values."""
    client, values = vault.client("secretsmanager", region=region), [made_up_credential() for _ in names]
    for name, value in zip(names, values, strict=True):
        client.create_secret(Name=name, SecretString=value)
    return values


@pytest.mark.parametrize("bound", ["MOST_VERSIONS", "MOST_OPENED"])
def test_a_page_is_bounded_by_work_and_the_next_one_goes_on(
    vault: Vault, asking: Asking, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    monkeypatch.setattr(value_search, bound, 2)
    names = [f"s{number}" for number in range(5)]
    pages = list(asking.pages(*stored(vault, *names)))
    assert [[match["Name"] for match in page["Matches"]] for page in pages] == [names[:2], names[2:4], names[4:]]
    assert [page["Secrets"] for page in pages] == [2, 2, 1]


def test_a_page_token_belongs_to_its_question(vault: Vault, asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(value_search, "MOST_VERSIONS", 1)
    stored(vault, "a", "b")
    token = next(asking.pages())["NextToken"]
    told = ("InvalidNextTokenException", "The NextToken value belongs to another request.")
    ask = asking.client.find_values
    assert refusal(ask, Key=asking.key, Digests=os.urandom(16), NextToken=token) == told
    assert refusal(ask, Key=os.urandom(32), Digests=bytes(16), NextToken=token) == told


def test_who_may_ask_about_a_secret_of_the_first_page_is_not_denied_on_the_last(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(value_search, "MOST_VERSIONS", 1)
    values = stored(vault, "a", "b", "c")
    of_a = f"arn:aws:secretsmanager:{EAST}:123456789012:secret:a-??????"
    statement = {"Effect": "Allow", "Action": "strongroom:FindValues", "Resource": of_a}
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    auditor = Asking(client=vault.client("strongroom", vault.temporary_key("auditor", policy)))
    assert auditor.found(*values) == [("a", "")]


def test_a_store_without_secrets_tells_nothing_to_who_may_ask(asking: Asking) -> None:
    (page,) = asking.pages()
    assert (page["Matches"], page["Secrets"], page["Versions"]) == ([], 0, 0)


def test_another_accounts_secrets_are_not_told(vault: Vault, asking: Asking) -> None:
    other = vault.add_account("210987654321")
    (value,) = stored(vault, "mine")
    theirs = Asking(client=vault.client("strongroom", other))
    assert theirs.matches(value) == []
    assert asking.found(value) == [("mine", "")]


def test_a_region_tells_of_its_own_secrets(vault: Vault, asking: Asking) -> None:
    (value,) = stored(vault, "western", region=WEST)
    assert asking.matches(value) == []
    assert Asking(client=vault.client("strongroom", region=WEST)).found(value) == [("western", "")]


def test_a_region_that_is_disabled_tells_nothing(vault: Vault) -> None:
    stored(vault, "western", region=WEST)
    vault.client("account").disable_region(RegionName=WEST)
    vault.replicate()
    western = vault.client("strongroom", region=WEST)
    code, message = refusal(western.find_values, Key=bytes(32), Digests=bytes(16))
    assert (code, message) == ("InvalidRequestException", f"The region {WEST} is not enabled.")


def test_a_version_is_opened_once_for_all_parts_of_a_question(
    vault: Vault, asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    open_version: Any = Keyring.open_version

    def counted(*arguments: Any) -> Any:
        opened.append(arguments[4].version_id)
        return open_version(*arguments)

    values = stored(vault, "a", "b")
    monkeypatch.setattr(Keyring, "open_version", counted)
    assert [asking.found(value) for value in values] == [[("a", "")], [("b", "")]]
    assert len(opened) == 2
    assert Asking(client=asking.client).found(values[0]) == [("a", "")]
    assert len(opened) == 4


def test_a_value_that_is_put_between_two_parts_of_a_question_is_found(vault: Vault, asking: Asking) -> None:
    stored(vault, "a")
    assert asking.matches("nothing that is held") == []
    value = made_up_credential()
    vault.client("secretsmanager").put_secret_value(SecretId="a", SecretString=value)
    assert asking.found(value) == [("a", "")]


def test_a_secret_of_many_versions_counts_for_all_of_them(
    vault: Vault, asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(value_search, "MOST_VERSIONS", 3)
    stored(vault, "a", "b", "c")
    client = vault.client("secretsmanager")
    for _ in range(2):
        client.put_secret_value(SecretId="a", SecretString=made_up_credential())
    assert [page["Versions"] for page in asking.pages()] == [3, 2]


def test_large_values_count_for_more_on_a_page(vault: Vault, asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(value_search, "MOST_OPENED", 64)
    client = vault.client("secretsmanager")
    for name in ("a", "b"):
        client.create_secret(Name=name, SecretString=made_up_credential() * 4096)
    assert [page["Secrets"] for page in asking.pages()] == [1, 1]


def test_what_is_remembered_is_forgotten_for_those_who_ask_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(value_digests, "_MOST_KEYS", 1)
    known, place = value_digests.ValueDigests(), ("arn", "version")
    known.of(b"k" * 32).keep(place, ((b"d" * 16, ""),))
    assert known.of(b"k" * 32).find(place) == ((b"d" * 16, ""),)
    assert known.of(b"l" * 32).find(place) is None
    assert known.of(b"k" * 32).find(place) is None


def test_what_does_not_fit_is_opened_again(vault: Vault, asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(value_digests, "_MOST_DIGESTS", 1)
    values = stored(vault, "a", "b", "c")
    assert [asking.found(*values) for _ in range(2)] == [[("a", ""), ("b", ""), ("c", "")]] * 2


def test_a_version_that_somebody_took_out_of_the_storage_is_told_as_unopened(vault: Vault, asking: Asking) -> None:
    values = stored(vault, "a", "b")
    described = vault.client("secretsmanager").describe_secret(SecretId="a")
    with vault.store.transaction() as tx:
        tx.secrets.remove_versions(described["ARN"], described["VersionIdsToStages"])
    (page,) = asking.pages(*values)
    assert [match["Name"] for match in page["Matches"]] == ["b"]
    assert [each["Name"] for each in page["Unopened"]] == ["a"]
