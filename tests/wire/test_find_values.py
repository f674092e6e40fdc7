"""FindValues over HTTP with boto3: which texts are values of secrets, who may ask, and what is told and recorded."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from strongroom.cli.connection import connected
from strongroom.cli.held_values import held_values
from strongroom.kernel.leaktags import LEAKED, REFUSED
from strongroom.kernel.likeness import digester
from tests.testing.asking import Asking, own_client
from tests.testing.credentials import made_up_credential
from tests.testing.leaks import leaks
from tests.testing.server import Server
from tests.testing.wire import refusal

FIND = "strongroom:FindValues"
ACCOUNT = "123456789012"


@pytest.fixture(scope="module")
def own(server: Server) -> Any:
    """The administrator's client of our own service."""
    return own_client(server)


@pytest.fixture
def asking(own: Any) -> Asking:
    """The administrator, who asks under a new key."""
    return Asking(client=own)


@pytest.fixture
def value() -> str:
    """A value that no other test has."""
    return made_up_credential()


Session = Callable[..., Asking]


@pytest.fixture
def session(server: Server) -> Session:
    """Somebody who may do what statements say."""

    def make(*statements: dict[str, Any]) -> Asking:
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        made = server.client("sts").get_federation_token(Name="auditor", Policy=document)["Credentials"]
        return Asking(
            client=own_client(
                server,
                aws_access_key_id=made["AccessKeyId"],
                aws_secret_access_key=made["SecretAccessKey"],
                aws_session_token=made["SessionToken"],
            )
        )

    return make


def allow(*actions: str, resource: str = "*") -> dict[str, Any]:
    """Return a statement that allows actions."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


def test_a_value_is_told_with_the_secret_that_holds_it(client: Any, asking: Asking, name: str, value: str) -> None:
    made = client.create_secret(Name=name, SecretString=value)
    (match,) = asking.matches(value, made_up_credential())
    assert abs(match.pop("CreatedDate") - datetime.now(UTC)) < timedelta(minutes=5)
    assert match == {
        "ARN": made["ARN"],
        "Name": name,
        "VersionId": made["VersionId"],
        "VersionStages": ["AWSCURRENT"],
        "Digest": asking.digests(value),
        "IsCurrent": True,
    }


def test_a_text_that_nobody_holds_is_told_of_nobody(client: Any, asking: Asking, name: str, value: str) -> None:
    client.create_secret(Name=name, SecretString=value)
    assert asking.matches(value[:-1], f"{value}x", value.swapcase()) == []


def test_members_of_a_json_secret_are_told_by_their_place(client: Any, asking: Asking, name: str, value: str) -> None:
    number = 10**9 + int.from_bytes(os.urandom(3))
    content = {"db": {"password": value}, "keys": ["short", value[::-1]], "pin": number}
    client.create_secret(Name=name, SecretString=json.dumps(content))
    found = [(name, "db.password"), (name, "keys[1]"), (name, "pin")]
    assert asking.found(value, value[::-1], str(number)) == found


def test_a_json_text_within_a_json_secret_is_looked_through(client: Any, asking: Asking, name: str, value: str) -> None:
    client.create_secret(Name=name, SecretString=json.dumps({"file": json.dumps({"private_key": value})}))
    assert asking.found(value) == [(name, "file.private_key")]


def test_a_binary_secret_is_found_by_its_bytes_and_as_text(client: Any, asking: Asking, name: str, value: str) -> None:
    raw = os.urandom(40)
    client.create_secret(Name=name, SecretBinary=raw)
    client.create_secret(Name=f"{name}t", SecretBinary=f"{value}\n".encode())
    assert asking.found(raw) == [(name, "")]
    assert asking.found(value) == [(f"{name}t", "")]


def test_a_text_of_many_lines_is_the_same_however_it_is_indented_and_ended(
    client: Any, asking: Asking, name: str
) -> None:
    lines = [made_up_credential(30) for _ in range(3)]
    client.create_secret(Name=name, SecretString="\r\n".join(lines) + "\r\n")
    assert asking.found("\n".join(f"    {line}" for line in lines)) == [(name, "")]


@pytest.mark.parametrize("text", ["abc12", "localhost", "Password", "1234567", "aaaaaaaaaa", "127.0.0.1"])
def test_what_stands_in_any_repository_is_never_told(client: Any, asking: Asking, name: str, text: str) -> None:
    client.create_secret(Name=name, SecretString=json.dumps({"password": text}))
    client.create_secret(Name=f"{name}whole", SecretString=text)
    assert asking.matches(text) == []


def test_members_that_say_where_a_secret_is_good_for_are_never_told(
    client: Any, asking: Asking, name: str, value: str
) -> None:
    content = {"host": f"{value}.example", "userName": f"u{value}", "client_email": f"{value}@example.com"}
    client.create_secret(Name=name, SecretString=json.dumps({**content, "password": value}))
    assert asking.found(*content.values(), value) == [(name, "password")]


def test_every_version_that_is_stored_is_compared_with_since_when_another_is_current(
    client: Any, asking: Asking, name: str
) -> None:
    values = [made_up_credential() for _ in range(3)]
    ids = [client.create_secret(Name=name, SecretString=values[0])["VersionId"]]
    ids += [client.put_secret_value(SecretId=name, SecretString=each)["VersionId"] for each in values[1:]]
    found = {match["VersionId"]: match for match in asking.matches(*values)}
    made = [found[each]["CreatedDate"] for each in ids]
    assert [found[each].get("VersionStages", []) for each in ids] == [[], ["AWSPREVIOUS"], ["AWSCURRENT"]]
    assert [found[each]["IsCurrent"] for each in ids] == [False, False, True]
    assert [found[each].get("ReplacedDate") for each in ids] == [made[1], made[2], None]


def test_a_value_that_waits_to_become_current_is_not_replaced(client: Any, asking: Asking, name: str) -> None:
    value = made_up_credential()
    client.create_secret(Name=name, SecretString=made_up_credential())
    client.put_secret_value(SecretId=name, SecretString=value, VersionStages=["AWSPENDING"])
    (match,) = asking.matches(value)
    assert (match["VersionStages"], "ReplacedDate" in match) == (["AWSPENDING"], False)


def test_it_tells_since_when_the_service_refuses_a_leaked_value(
    client: Any, asking: Asking, name: str, value: str
) -> None:
    version = client.create_secret(Name=name, SecretString=value)["VersionId"]
    later = made_up_credential()
    client.put_secret_value(SecretId=name, SecretString=later)
    said = {LEAKED: version, REFUSED: "2026-11-30T12:00:00+00:00"}
    client.tag_resource(SecretId=name, Tags=[{"Key": key, "Value": text} for key, text in said.items()])
    told = {match["VersionId"]: match.get("LeakedRefused") for match in asking.matches(value, later)}
    assert (told.pop(version), *told.values()) == (said[REFUSED], None)


def test_a_secret_that_waits_for_its_deletion_is_told_until_it_is_gone(
    client: Any, asking: Asking, name: str, value: str
) -> None:
    client.create_secret(Name=name, SecretString=value)
    client.delete_secret(SecretId=name)
    (match,) = asking.matches(value)
    assert abs(match["DeletedDate"] - datetime.now(UTC)) < timedelta(minutes=5)
    client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    assert asking.matches(value) == []


def test_asking_is_no_reading(client: Any, asking: Asking, name: str, value: str) -> None:
    client.create_secret(Name=name, SecretString=value)
    assert asking.found(value) == [(name, "")]
    assert "LastAccessedDate" not in client.describe_secret(SecretId=name)


def test_only_secrets_that_policies_allow_are_told(client: Any, session: Session, name: str, value: str) -> None:
    for each in ("mine", "other"):
        client.create_secret(Name=f"{name}/{each}", SecretString=value)
    mine = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:{name}/mine-??????"
    auditor = session(allow(FIND, resource=mine))
    assert auditor.found(value) == [(f"{name}/mine", "")]
    assert sum(page["Secrets"] for page in auditor.pages(value)) == 1


def test_a_condition_on_tags_decides(client: Any, session: Session, name: str, value: str) -> None:
    for each in ("a", "b"):
        tags = [{"Key": "team", "Value": f"{name}{each}"}]
        client.create_secret(Name=f"{name}/{each}", SecretString=value, Tags=tags)
    tagged = {"Condition": {"StringEquals": {"aws:ResourceTag/team": f"{name}a"}}}
    assert session(allow(FIND) | tagged).found(value) == [(f"{name}/a", "")]


def test_a_deny_in_a_secrets_own_policy_is_heeded_even_for_the_root(
    client: Any, asking: Asking, name: str, value: str
) -> None:
    arn = client.create_secret(Name=name, SecretString=value)["ARN"]
    statement = {"Effect": "Deny", "Principal": "*", "Action": FIND, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    client.put_resource_policy(SecretId=arn, ResourcePolicy=document)
    assert asking.matches(value) == []


@pytest.mark.parametrize("action", ["secretsmanager:*", "strongroom:Seal"])
def test_who_may_ask_about_no_secret_is_denied(
    client: Any, session: Session, name: str, value: str, action: str
) -> None:
    client.create_secret(Name=name, SecretString=value)
    auditor = session(allow(action))
    with pytest.raises(ClientError) as refused:
        auditor.matches(value)
    error = refused.value.response["Error"]
    assert error["Code"] == "AccessDeniedException"
    assert error["Message"].endswith(
        "federated-user/auditor is not authorized to perform: strongroom:FindValues on resource: * "
        "because no session policy allows the strongroom:FindValues action"
    )


def test_a_secret_under_a_customers_key_needs_the_use_of_the_key(
    client: Any, session: Session, key: str, name: str, value: str
) -> None:
    client.create_secret(Name=name, SecretString=value, KmsKeyId=key)
    arn = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{key}"
    without, having = session(allow(FIND)), session(allow(FIND), allow("kms:Decrypt", resource=arn))
    pages = list(without.pages(value))
    assert [match for page in pages for match in page["Matches"]] == []
    assert name in [each["Name"] for page in pages for each in page["Unopened"]]
    assert having.found(value) == [(name, "")]


def test_a_key_that_is_off_opens_nothing_even_for_who_has_asked_before(
    client: Any, kms: Any, asking: Asking, key: str, name: str, value: str
) -> None:
    client.create_secret(Name=name, SecretString=value, KmsKeyId=key)
    assert asking.found(value) == [(name, "")]
    kms.disable_key(KeyId=key)
    pages = list(asking.pages(value))
    assert [match for page in pages for match in page["Matches"]] == []
    assert name in [each["Name"] for page in pages for each in page["Unopened"]]


@pytest.mark.parametrize("size", [15, 65])
def test_a_key_of_another_size_is_refused_by_name(server: Server, size: int) -> None:
    bare = own_client(server, parameter_validation=False)
    code, message = refusal(bare.find_values, Key=os.urandom(size), Digests=bytes(16))
    bound = "greater than or equal to 16" if size == 15 else "less than or equal to 64"
    assert code == "ValidationException"
    assert message == (
        f"1 validation error detected: Value at 'key' failed to satisfy constraint: Member must have length {bound}"
    )


def test_half_a_digest_is_refused(own: Any) -> None:
    told = "Digests must hold whole digests of 16 bytes."
    assert refusal(own.find_values, Key=bytes(32), Digests=bytes(24)) == ("InvalidParameterException", told)


def test_a_token_that_is_none_is_refused(own: Any) -> None:
    told = ("InvalidNextTokenException", "The NextToken value is invalid.")
    assert refusal(own.find_values, Key=bytes(32), Digests=bytes(16), NextToken="made-up") == told


def test_each_call_is_one_event_with_counts_and_secrets_and_nothing_of_what_was_asked(
    server: Server, client: Any, key: str, name: str, value: str
) -> None:
    auditor = Asking(client=own_client(server))
    arn = client.create_secret(Name=name, SecretString=value, KmsKeyId=key)["ARN"]
    before = len(events(server, "FindValues"))
    decrypted = len(events(server, "Decrypt"))
    pages = list(auditor.pages(value, made_up_credential()))
    recorded = events(server, "FindValues")
    assert len(recorded) - before == len(pages)
    assert len(events(server, "Decrypt")) == decrypted
    (event,) = [each for each in recorded if arn in (each["responseElements"] or {}).get("secretIdList", [])]
    assert event["eventSource"] == "secretsmanager.amazonaws.com"
    assert event["readOnly"] is True
    assert event["responseElements"]["asked"] == 2
    assert event["responseElements"]["found"] == 1
    assert f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{key}" in event["responseElements"]["kmsKeyIds"]
    assert set(event["requestParameters"] or {}) <= {"nextToken"}
    told = json.dumps(recorded).encode()
    assert leaks([value.encode()], told) == []
    assert auditor.key.hex().encode() not in told
    assert auditor.digests(value).hex().encode() not in told


def test_the_event_is_found_by_the_secret_that_was_matched(
    server: Server, client: Any, asking: Asking, name: str, value: str
) -> None:
    arn = client.create_secret(Name=name, SecretString=value)["ARN"]
    asking.matches(value)
    found = events(server, arn, key="ResourceName")
    assert [event["eventName"] for event in found] == ["FindValues", "CreateSecret"]


def test_a_refused_question_is_an_event(server: Server, own: Any) -> None:
    before = len(events(server, "FindValues"))
    refusal(own.find_values, Key=bytes(32), Digests=bytes(24))
    recorded = events(server, "FindValues")
    assert (len(recorded) - before, recorded[0]["errorCode"]) == (1, "InvalidParameterException")


def test_a_command_asks_a_server_with_the_credentials_of_its_environment(
    server: Server, client: Any, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    client.create_secret(Name=name, SecretString=value)
    for variable in [each for each in os.environ if each.startswith("AWS_")]:
        monkeypatch.delenv(variable)
    for variable, text in server.environment().items():
        monkeypatch.setenv(variable, text)
    key = os.urandom(32)
    with connected(server.url, None) as connection:
        (match,) = held_values(connection, key).matches([digester(key)(value.encode())])
    assert (match.name, match.current) == (name, True)


def events(server: Server, value: str, key: str = "EventName") -> list[dict[str, Any]]:
    """Return the events that have a value, the newest first."""
    attributes = [{"AttributeKey": key, "AttributeValue": value}]
    pages = server.client("cloudtrail").get_paginator("lookup_events").paginate(LookupAttributes=attributes)
    return [json.loads(event["CloudTrailEvent"]) for page in pages for event in page["Events"]]
