"""Who gets in: nothing but a correctly signed request gets more than AWS's error."""

from __future__ import annotations

import hashlib
import http.client
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from strongroom.wire.sigv4 import HttpRequest, Scope, sign
from tests.testing.server import Server

BODY = b'{"SecretId": "any"}'
TARGET = "secretsmanager.GetSecretValue"


def post(server: Server, headers: Mapping[str, str], body: bytes = BODY) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    connection.request("POST", "/", body=body, headers=dict(headers))
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, json.loads(content)


def signed(server: Server, *, at: datetime | None = None, region: str = "us-east-1", **replaced: str) -> dict[str, str]:
    stamp = (at or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    headers = {
        "content-type": "application/x-amz-json-1.1",
        "host": urlsplit(server.url).netloc,
        "x-amz-date": stamp,
        "x-amz-target": TARGET,
    }
    request = HttpRequest(method="POST", path="/", query="", headers=tuple(headers.items()), body=BODY)
    authorization = sign(
        request,
        access_key_id=server.access_key_id,
        secret_key=server.secret_access_key.encode(),
        scope=Scope(date=stamp[:8], region=region, service="secretsmanager"),
        stamp=stamp,
    )
    return {**headers, "authorization": authorization, **replaced}


def test_a_hand_signed_request_is_accepted(server: Server) -> None:
    status, content = post(server, signed(server))
    assert (status, content["__type"]) == (400, "ResourceNotFoundException")


def test_an_unsigned_request_gets_awss_error_and_nothing_else(server: Server) -> None:
    status, content = post(server, {"content-type": "application/x-amz-json-1.1", "x-amz-target": TARGET})
    assert status == 400
    assert content == {"__type": "MissingAuthenticationTokenException", "message": "Missing Authentication Token"}


def test_a_wrong_secret_key_is_refused(server: Server) -> None:
    client = server.client(aws_access_key_id=server.access_key_id, aws_secret_access_key="not the one")
    with pytest.raises(ClientError) as raised:
        client.list_secrets()
    assert raised.value.response["Error"]["Code"] == "InvalidSignatureException"


def test_an_unknown_access_key_is_refused(server: Server) -> None:
    client = server.client(aws_access_key_id="AKIA" + "Q" * 16, aws_secret_access_key="any")
    with pytest.raises(ClientError) as raised:
        client.list_secrets()
    assert raised.value.response["Error"]["Code"] == "UnrecognizedClientException"


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_stale_or_early_signature_is_refused(server: Server, minutes: int) -> None:
    status, content = post(server, signed(server, at=datetime.now(UTC) + timedelta(minutes=minutes)))
    assert (status, content["__type"]) == (400, "InvalidSignatureException")
    assert ("expired" if minutes < 0 else "not yet current") in content["message"]


def test_a_changed_body_is_refused(server: Server) -> None:
    assert post(server, signed(server), b'{"SecretId": "other"}')[1]["__type"] == "InvalidSignatureException"


def test_a_changed_target_is_refused(server: Server) -> None:
    headers = signed(server, **{"x-amz-target": "secretsmanager.ListSecrets"})
    assert post(server, headers)[1]["__type"] == "InvalidSignatureException"


def test_an_unsigned_amz_header_is_refused(server: Server) -> None:
    headers = signed(server, **{"x-amz-security-token": "smuggled"})
    assert "__type" in post(server, headers)[1]
    assert post(server, headers)[1]["__type"] in ("InvalidSignatureException", "UnrecognizedClientException")


def test_a_declared_hash_that_is_not_the_bodys_is_refused(server: Server) -> None:
    headers = signed(server, **{"x-amz-content-sha256": hashlib.sha256(b"other").hexdigest()})
    assert post(server, headers)[1]["__type"] == "InvalidSignatureException"


def test_a_region_that_is_not_served_is_refused(server: Server) -> None:
    content = post(server, signed(server, region="eu-west-9"))[1]
    assert content["__type"] == "InvalidSignatureException"


@pytest.mark.parametrize("header", ["AWS4-HMAC-SHA256", "Bearer abc", "AWS4-HMAC-SHA256 Credential=a/b", "\xe9"])
def test_a_malformed_authorization_header_is_refused(server: Server, header: str) -> None:
    status, content = post(server, signed(server, authorization=header))
    assert (status, content["__type"]) == (400, "IncompleteSignatureException")


def test_a_session_may_do_only_what_its_policy_allows(server: Server) -> None:
    administrator = server.client()
    mine = administrator.create_secret(Name="session/mine", SecretString="mine")["ARN"]
    administrator.create_secret(Name="session/other", SecretString="other")
    session = _session(server, {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": mine})
    assert session.get_secret_value(SecretId="session/mine")["SecretString"] == "mine"
    refusals = [
        _refusal(session.get_secret_value, SecretId="session/other"),
        _refusal(session.get_secret_value, SecretId="session/absent"),
    ]
    assert [code for code, _ in refusals] == ["AccessDeniedException"] * 2
    assert refusals[0][1].replace("session/other", "X") == refusals[1][1].replace("session/absent", "X")
    assert _refusal(session.put_secret_value, SecretId="session/mine", SecretString="x")[0] == "AccessDeniedException"
    assert _refusal(session.list_secrets)[0] == "AccessDeniedException"


def test_a_session_policy_that_is_not_understood_is_refused_by_name(server: Server) -> None:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Unless": {}}
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    code, message = _refusal(server.client("sts").get_federation_token, Name="tests", Policy=policy)
    assert code == "MalformedPolicyDocument"
    assert "Unless" in message


def test_a_session_token_of_another_key_is_refused(server: Server) -> None:
    made = _credentials(server, {"Effect": "Allow", "Action": "*", "Resource": "*"})
    other = _credentials(server, {"Effect": "Allow", "Action": "*", "Resource": "*"})
    client = server.client(
        aws_access_key_id=made["AccessKeyId"],
        aws_secret_access_key=made["SecretAccessKey"],
        aws_session_token=other["SessionToken"],
    )
    assert _refusal(client.list_secrets)[0] == "UnrecognizedClientException"


def test_the_caller_identity_names_the_root(server: Server) -> None:
    identity = server.client("sts").get_caller_identity()
    assert identity["Arn"] == "arn:aws:iam::123456789012:root"
    assert identity["Account"] == "123456789012"


def test_health_answers_without_authentication_and_says_nothing(server: Server) -> None:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    connection.request("GET", "/_strongroom/health")
    assert json.loads(connection.getresponse().read()) == {"status": "ok"}
    connection.close()


def _credentials(server: Server, statement: Mapping[str, str]) -> dict[str, str]:
    policy = json.dumps({"Version": "2012-10-17", "Statement": [dict(statement)]})
    made: dict[str, str] = server.client("sts").get_federation_token(Name="tests", Policy=policy)["Credentials"]
    return made


def _session(server: Server, statement: Mapping[str, str]) -> Any:
    made = _credentials(server, statement)
    return server.client(
        aws_access_key_id=made["AccessKeyId"],
        aws_secret_access_key=made["SecretAccessKey"],
        aws_session_token=made["SessionToken"],
    )


def _refusal(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]
