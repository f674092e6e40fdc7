"""RotateSecret and CancelRotateSecret."""

from __future__ import annotations

import uuid
from datetime import UTC
from typing import Any

import pytest

from tests.testing.wire import refusal, refused

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:strongroom-generated-single"


@pytest.mark.shows("RotateSecret", parameters=("SecretId", "RotationLambdaARN"))
@pytest.mark.shows("CancelRotateSecret", parameters=("SecretId",))
def test_rotation_replaces_the_value_in_the_background(client: Any, name: str) -> None:
    client.create_secret(Name=name, SecretString="first value")
    version = client.rotate_secret(SecretId=name, RotationLambdaARN=FUNCTION)["VersionId"]
    value = _current_of(client, name, version)
    assert value != "first value"
    described = client.describe_secret(SecretId=name)
    assert described["RotationEnabled"] is True
    assert described["RotationLambdaARN"] == FUNCTION
    client.cancel_rotate_secret(SecretId=name)
    assert client.describe_secret(SecretId=name)["RotationEnabled"] is False


@pytest.mark.shows("RotateSecret", parameters=("RotationLambdaARN",))
def test_an_unknown_rotation_function_changes_nothing(client: Any, stored: str) -> None:
    function = "arn:aws:lambda:us-east-1:123456789012:function:somebody-elses"
    error = refused(client.rotate_secret, SecretId=stored, RotationLambdaARN=function)
    assert error["Error"]["Code"] == "AccessDeniedException"
    # Unlike the modelled ones this error spells its message in lower case.
    assert "Message" not in error
    assert "RotationEnabled" not in client.describe_secret(SecretId=stored)


@pytest.mark.shows("RotateSecret", parameters=("RotationRules", "RotateImmediately"))
def test_rules_are_kept_and_no_rotation_started_when_it_is_not_to_be(client: Any, stored: str) -> None:
    rules = {"AutomaticallyAfterDays": 10, "Duration": "2h"}
    client.rotate_secret(SecretId=stored, RotationLambdaARN=FUNCTION, RotationRules=rules, RotateImmediately=False)
    described = client.describe_secret(SecretId=stored)
    assert described["RotationRules"] == rules
    assert len(described["VersionIdsToStages"]) == 1
    assert "NextRotationDate" in described


@pytest.mark.shows("RotateSecret", parameters=("RotationRules",))
def test_a_cron_schedule_is_shown_with_the_end_of_its_next_window(client: Any, stored: str) -> None:
    rules = {"ScheduleExpression": "cron(0 21 ? * SUN#1 *)", "Duration": "2h"}
    client.rotate_secret(SecretId=stored, RotationLambdaARN=FUNCTION, RotationRules=rules, RotateImmediately=False)
    described = client.describe_secret(SecretId=stored)
    assert described["RotationRules"] == rules
    end = described["NextRotationDate"].astimezone(UTC)
    assert (end.weekday(), end.hour, end.minute, end.second) == (6, 22, 59, 59)
    assert end.day <= 7


@pytest.mark.shows("RotateSecret", parameters=("ClientRequestToken",), errors=("InvalidParameterException",))
def test_a_missing_token_is_refused_before_the_secret_is_looked_up(raw: Any, name: str) -> None:
    assert refusal(raw.rotate_secret, SecretId=name) == (
        "InvalidParameterException",
        "You must provide a ClientRequestToken value. We recommend a UUID-type value.",
    )


@pytest.mark.shows("RotateSecret", parameters=("ClientRequestToken",))
def test_the_token_is_the_pending_version(client: Any, stored: str) -> None:
    token = str(uuid.uuid4())
    request = {"SecretId": stored, "RotationLambdaARN": FUNCTION, "ClientRequestToken": token}
    assert client.rotate_secret(**request)["VersionId"] == token
    assert token in client.describe_secret(SecretId=stored)["VersionIdsToStages"]


@pytest.mark.parametrize(
    "rules",
    [
        {"AutomaticallyAfterDays": 1, "ScheduleExpression": "rate(1 day)"},
        {"Duration": "2h"},
        {"ScheduleExpression": "rate(1 hour)"},
        {"ScheduleExpression": "rate(5 hours)", "Duration": "6h"},
        {"ScheduleExpression": "cron(30 8 * * ? *)"},
        {"ScheduleExpression": "cron(0 0/2 * * ? *)"},
        {"ScheduleExpression": "cron(0 22 * * ? *)", "Duration": "3h"},
    ],
)
@pytest.mark.shows("RotateSecret", parameters=("RotationRules",), errors=("InvalidParameterException",))
def test_rules_that_cannot_be_are_refused(client: Any, stored: str, rules: dict[str, Any]) -> None:
    request = {"SecretId": stored, "RotationLambdaARN": FUNCTION, "RotationRules": rules}
    assert refusal(client.rotate_secret, **request)[0] == "InvalidParameterException"


@pytest.mark.parametrize(
    "member",
    [
        {"ExternalSecretRotationMetadata": [{"Key": "a", "Value": "b"}]},
        {"ExternalSecretRotationRoleArn": "arn:aws:iam::123456789012:role/Rotator"},
    ],
)
@pytest.mark.shows(
    "RotateSecret",
    parameters=("ExternalSecretRotationMetadata", "ExternalSecretRotationRoleArn"),
    errors=("InvalidParameterException",),
)
def test_secrets_of_partners_are_refused_by_name(client: Any, stored: str, member: dict[str, Any]) -> None:
    error = refusal(client.rotate_secret, SecretId=stored, RotationLambdaARN=FUNCTION, **member)
    assert error == ("InvalidParameterException", f"{next(iter(member))} is not supported.")


@pytest.mark.shows("RotateSecret", errors=("InvalidRequestException",))
@pytest.mark.shows("CancelRotateSecret", errors=("InvalidRequestException",))
def test_without_a_function_nothing_rotates_and_nothing_is_cancelled(client: Any, stored: str) -> None:
    for call in (client.rotate_secret, client.cancel_rotate_secret):
        assert refusal(call, SecretId=stored) == (
            "InvalidRequestException",
            "No Lambda rotation function ARN is associated with this secret.",
        )


@pytest.mark.shows("RotateSecret", errors=("InvalidRequestException", "ResourceNotFoundException"))
@pytest.mark.shows("CancelRotateSecret", errors=("InvalidRequestException", "ResourceNotFoundException"))
def test_absent_secrets_and_those_pending_deletion_are_refused(client: Any, stored: str) -> None:
    client.delete_secret(SecretId=stored)
    for call, request in ((client.rotate_secret, {"RotationLambdaARN": FUNCTION}), (client.cancel_rotate_secret, {})):
        code, message = refusal(call, SecretId=stored, **request)
        assert (code, "marked for deletion" in message) == ("InvalidRequestException", True)
        assert refusal(call, SecretId=f"{stored}/absent", **request)[0] == "ResourceNotFoundException"


def _current_of(client: Any, name: str, version: str) -> str:
    """Wait, for a bounded number of reads, until `version` is current; return its value."""
    for _ in range(2000):
        if "AWSCURRENT" in client.describe_secret(SecretId=name)["VersionIdsToStages"].get(version, ()):
            return str(client.get_secret_value(SecretId=name)["SecretString"])
    raise AssertionError("the rotation did not finish")
