"""Well-signed requests whose content is hostile: names that climb, bodies that burst, targets of another kind."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.attacks.conftest import VALUE, WANTED
from tests.attacks.forging import Forged, reading
from tests.testing.server import Server
from tests.testing.wire import refusal

JSON = ("content-type", "application/x-amz-json-1.1")


def _asking(server: Server, target: str, body: bytes) -> Forged:
    return replace(reading(server, WANTED), body=body, headers=(JSON, ("x-amz-target", target)))


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "..%2f..%2fetc%2fpasswd",
        "/etc/passwd",
        "wanted/../wanted/secret",
        "wanted//secret",
        "WANTED/SECRET",
        "wanted/secret\u0000",
        "wanted/secret ",
        "wanted/secret*",
        "wanted/secret' OR '1'='1",
        'wanted/secret"; DROP TABLE secrets; --',
        "w\u0430nted/secret",
        "%s%n" * 50,
        "${jndi:ldap://x}",
        "{{7*7}}",
        "a" * 3000,
    ],
)
def test_no_name_but_its_own_finds_a_secret(server: Server, name: str) -> None:
    answer = reading(server, name).signed().send()
    assert (answer.status, VALUE.encode() in answer.body) == (400, False)
    assert answer.code in ("ResourceNotFoundException", "ValidationException")


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"SecretId":' * 5000 + b"1" + b"}" * 5000,
        b"\xff\xfe",
        b'{"SecretId": NaN}',
        b'{"SecretId": 1}',
        b'{"SecretId": ["wanted/secret"]}',
        b'{"SecretId": null}',
        b"SecretId=wanted/secret",
        b"<SecretId>wanted/secret</SecretId>",
    ],
)
def test_a_body_that_is_none_is_refused(server: Server, body: bytes) -> None:
    answer = _asking(server, "secretsmanager.GetSecretValue", body).signed().send()
    assert (answer.status, VALUE.encode() in answer.body) == (400, False)
    assert answer.code in ("SerializationException", "ValidationException")


def test_a_member_that_the_model_does_not_have_changes_nothing(server: Server) -> None:
    asked = {"SecretId": "wanted/secret"}
    bodies = [json.dumps(each).encode() for each in (asked, {**asked, "Admin": True, "Principal": "root"})]
    answers = [_asking(server, "secretsmanager.GetSecretValue", body).signed().send().body for body in bodies]
    assert json.loads(answers[0]) == json.loads(answers[1])


@pytest.mark.parametrize(
    "target",
    [
        "secretsmanager.DropEverything",
        "secretsmanager.__class__",
        "secretsmanager.../../GetSecretValue",
        "secretsmanager.getsecretvalue",
        "TrentService.GetSecretValue",
        "strongroom.GetSecretValue",
        ".GetSecretValue",
        "secretsmanager.",
        "",
    ],
)
def test_a_target_that_there_is_not_is_refused(server: Server, target: str) -> None:
    answer = _asking(server, target, b'{"SecretId": "wanted/secret"}').signed().send()
    assert (answer.status, answer.code) == (400, "UnknownOperationException")


def test_a_body_that_is_too_large_is_hung_up_on(server: Server) -> None:
    asked = _asking(server, "secretsmanager.GetSecretValue", b'{"SecretId": "' + b"a" * 3_000_000 + b'"}').signed()
    try:
        answer = asked.send()
    except (ConnectionError, OSError):
        return
    assert answer.status == 413


@pytest.mark.parametrize("action", ["GetCallerIdentity&Action=GetSessionToken", "GetCallerIdentity%00", "../GetUser"])
def test_a_form_that_asks_twice_or_for_nothing_known_is_refused(server: Server, action: str) -> None:
    asked = replace(
        reading(server, WANTED),
        service="sts",
        headers=(("content-type", "application/x-www-form-urlencoded"),),
        body=f"Action={action}&Version=2011-06-15".encode(),
    )
    answer = asked.signed().send()
    assert (answer.status, b"<Credentials>" in answer.body) == (400, False)


def test_what_is_sent_does_not_come_back_as_markup(server: Server) -> None:
    code, told = refusal(server.client("sts").assume_role, RoleArn="<script>alert(1)</script>", RoleSessionName="ab")
    assert (code, told) == ("ValidationError", "<script>alert(1)</script> is invalid")


@pytest.mark.parametrize(
    "header", ["x-forwarded-for", "x-real-ip", "forwarded", "true-client-ip", "x-amz-source-ip", "x-forwarded-host"]
)
def test_an_address_is_not_believed_from_a_header(server: Server, iam: Any, header: str) -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": "*",
            "Resource": "*",
            "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.7"}},
        },
    }
    name = f"spoof-{header}"
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="from", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    asked = replace(reading(server, WANTED), key=(key["AccessKeyId"], key["SecretAccessKey"]))
    value = "for=203.0.113.7" if header == "forwarded" else "203.0.113.7"
    answer = replace(asked, headers=(*asked.headers, (header, value))).signed().send()
    assert answer.code == "AccessDeniedException"


@pytest.mark.parametrize("header", ["x-forwarded-proto", "x-forwarded-ssl", "front-end-https"])
def test_encryption_is_not_believed_from_a_header(server: Server, iam: Any, header: str) -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {
                "Effect": "Deny",
                "Action": "*",
                "Resource": "*",
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
        ],
    }
    name = f"plain-{header}"
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="over", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    asked = replace(reading(server, WANTED), key=(key["AccessKeyId"], key["SecretAccessKey"]))
    answer = replace(asked, headers=(*asked.headers, (header, "https"))).signed().send()
    assert answer.code == "AccessDeniedException"


def test_nothing_of_the_machine_is_served(server: Server) -> None:
    for path in (
        "/_strongroom/../../../etc/passwd",
        "/store.db",
        "/root.key",
        "/_strongroom/operator.json",
        "//etc/passwd",
    ):
        answer = Forged(server=server, body=b"", method="GET", path=path, headers=(("host", "x"),)).send()
        assert (answer.status >= 400, b"root:" in answer.body) == (True, False)
