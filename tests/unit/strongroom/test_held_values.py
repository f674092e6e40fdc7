"""An audit asks a vault which of its texts are values of secrets: in batches and pages, and with clear refusals."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator

import pytest
from botocore.stub import Stubber

from scanner.audit.held.digests import TokenDigests
from scanner.audit.held.places import locate
from strongroom.cli import held_values
from strongroom.cli.connection import Connection, connected
from strongroom.cli.held_values import Held, HeldValues
from strongroom.kernel.errors import Denied, UsageError, VaultUnavailable
from strongroom.kernel.likeness import DIGEST_SIZE, digester
from tests.testing.credentials import made_up_credential
from tests.testing.ports import free_port
from tests.testing.regions import EAST
from vault.bootstrap import Vault, open_in_memory
from vault.initialise import NewStore
from vault.services import value_search

KEY = os.urandom(32)


@pytest.fixture
def vault() -> Iterator[Vault]:
    """A vault that is kept nowhere."""
    made, _ = open_in_memory(NewStore(account_id="123456789012", regions=(EAST,)))
    yield made
    made.close()


@pytest.fixture
def held(vault: Vault) -> HeldValues:
    """What asks it."""
    return held_values.held_values(Connection(client=vault.client, vault=vault), KEY)


def stored(vault: Vault, name: str, content: str | None = None) -> str:
    """Make a secret with a value of its own and return the value."""
    value = made_up_credential()
    vault.client("secretsmanager").create_secret(Name=name, SecretString=content or value)
    return value


def digest(*texts: str) -> bytes:
    """Return the digests of texts."""
    return b"".join(digester(KEY)(text.encode()) for text in texts)


def test_a_leaked_value_is_told_with_its_secret_and_since_when_it_is_replaced(vault: Vault, held: HeldValues) -> None:
    client = vault.client("secretsmanager")
    first = stored(vault, "app/db")
    (current,) = held.matches([digest(first)])
    assert (current.name, current.stages, current.current, current.rotated) == ("app/db", ("AWSCURRENT",), True, None)
    put = client.put_secret_value(SecretId="app/db", SecretString=made_up_credential())
    (previous,) = held.matches([digest(first)])
    made = client.list_secret_version_ids(SecretId="app/db")["Versions"]
    assert previous == Held(
        digest=digest(first),
        arn=put["ARN"],
        name="app/db",
        version_id=current.version_id,
        stages=("AWSPREVIOUS",),
        member="",
        current=False,
        rotated=next(each["CreatedDate"] for each in made if each["VersionId"] == put["VersionId"]),
        refused="",
        deleted=None,
    )


def test_digests_come_in_pieces_of_any_size_and_go_in_batches(
    vault: Vault, held: HeldValues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_values, "MOST", 3)
    values = [stored(vault, f"s{number}") for number in range(5)]
    joined = digest(*values)
    pieces = [joined[:7], joined[7:40], b"", joined[40:]]
    assert [match.name for match in held.matches(pieces)] == ["s0", "s1", "s2", "s3", "s4"]


def test_all_pages_are_asked_for(vault: Vault, held: HeldValues, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(value_search, "MOST_VERSIONS", 2)
    values = [stored(vault, f"s{number}") for number in range(5)]
    assert [match.name for match in held.matches([digest(*values)])] == ["s0", "s1", "s2", "s3", "s4"]


def test_a_check_before_tells_how_many_secrets_can_be_asked_about(
    vault: Vault, held: HeldValues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(value_search, "MOST_VERSIONS", 2)
    for number in range(5):
        stored(vault, f"s{number}")
    held.check()
    assert held.secrets == 5


def test_versions_that_cannot_be_compared_are_named_once(vault: Vault, held: HeldValues) -> None:
    kms = vault.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    made = vault.client("secretsmanager").create_secret(Name="off", SecretString="some value", KmsKeyId=key)
    kms.disable_key(KeyId=key)
    assert [*held.matches([digest("some value")]), *held.matches([digest("another")])] == []
    assert [(each.name, each.version_id) for each in held.unopened.values()] == [("off", made["VersionId"])]


def test_nothing_is_asked_without_a_text(held: HeldValues) -> None:
    with Stubber(held._client):
        assert list(held.matches([])) == []


def test_who_may_not_ask_is_denied_with_the_way_out(vault: Vault) -> None:
    stored(vault, "s")
    statement = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
    key = vault.temporary_key("reader", json.dumps({"Version": "2012-10-17", "Statement": statement}))
    with pytest.raises(Denied, match="not authorized to perform: strongroom:FindValues") as denied:
        HeldValues(vault.client("strongroom", key), KEY).check()
    assert "a policy that allows strongroom:FindValues" in denied.value.hint


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ServiceUnavailableException", VaultUnavailable),
        ("InternalServiceError", VaultUnavailable),
        ("ExpiredTokenException", Denied),
        ("UnknownOperationException", UsageError),
    ],
)
def test_a_refusal_has_the_exit_status_of_its_kind(held: HeldValues, code: str, kind: type[Exception]) -> None:
    with Stubber(held._client) as stub, pytest.raises(kind):
        stub.add_client_error("find_values", code, "told", 503)
        held.check()


def test_a_vault_that_is_not_reached_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "made-up")
    monkeypatch.setenv("AWS_DEFAULT_REGION", EAST)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with (
        connected(f"http://127.0.0.1:{free_port()}", None) as connection,
        pytest.raises(VaultUnavailable, match="EndpointConnectionError"),
    ):
        held_values.held_values(connection, KEY).check()


def test_amazons_store_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", EAST)
    with (
        connected("aws", None) as connection,
        pytest.raises(UsageError, match="Amazon's own store cannot tell whether it holds a value"),
    ):
        held_values.held_values(connection, KEY)


def test_a_value_that_was_committed_encoded_is_traced_to_its_secret_and_back_to_its_place(
    vault: Vault, held: HeldValues
) -> None:
    value = made_up_credential()
    stored(vault, "app/db", json.dumps({"username": "app", "password": value}))
    stored(vault, "other")
    encoded = base64.b64encode(value.encode())
    file = b"kind: Secret\ndata:\n  password: " + encoded + b"\n"
    delivered: list[bytes] = []
    collected = TokenDigests(KEY, delivered.append)
    collected.feed(b"nothing here\n")
    collected.feed(file)
    collected.flush()
    assert sum(map(len, delivered)) == collected.count * DIGEST_SIZE
    (match,) = held.matches(delivered)
    assert (match.name, match.member) == ("app/db", "password")
    (place,) = locate(file, {match.digest}, KEY)
    assert (file[place.start : place.end], place.encoding) == (encoded, "base64")
