"""Every call is an event that boto3's CloudTrail client finds, refusals too, and no event holds a value."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.testing.credentials import made_up_credential
from tests.testing.server import Server

_BY_NAME = {"AttributeKey": "EventName", "AttributeValue": "CreateSecret"}
_LATER = datetime(2026, 2, 1, tzinfo=UTC)


def _events(server: Server, key: str | None = None, value: str = "", **more: Any) -> list[dict[str, Any]]:
    attributes = [{"AttributeKey": key, "AttributeValue": value}] if key else []
    pages = server.client("cloudtrail").get_paginator("lookup_events").paginate(LookupAttributes=attributes, **more)
    return [event for page in pages for event in page["Events"]]


def _told(event: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(event["CloudTrailEvent"])
    return content


def test_a_call_is_one_event_in_cloudtrails_form(server: Server) -> None:
    made = server.client().create_secret(Name="trail/form", SecretString="hidden", Tags=[{"Key": "a", "Value": "b"}])
    (event,) = _events(server, "ResourceName", "trail/form")
    told = _told(event)
    assert (event["EventName"], event["Username"], event["ReadOnly"]) == ("CreateSecret", "root", "false")
    assert event["EventSource"] == told["eventSource"] == "secretsmanager.amazonaws.com"
    assert told["eventID"] == event["EventId"]
    assert told["requestParameters"]["tags"] == [{"key": "a", "value": "b"}]
    assert told["responseElements"] == {"arn": made["ARN"], "name": "trail/form", "versionId": made["VersionId"]}
    assert told["userIdentity"]["type"] == "Root"
    assert (told["eventType"], told["managementEvent"], told["eventVersion"]) == ("AwsApiCall", True, "1.11")
    assert {each["ResourceName"] for each in event["Resources"]} == {"trail/form", made["ARN"]}


def test_a_refusal_is_an_event_with_awss_code_and_message(server: Server) -> None:
    with suppress(ClientError):
        server.client().get_secret_value(SecretId="trail/absent")
    told = _told(_events(server, "ResourceName", "trail/absent")[0])
    assert told["errorCode"] == "ResourceNotFoundException"
    assert told["errorMessage"] == "Secrets Manager can't find the specified secret."
    assert told["responseElements"] is None


def test_a_request_that_breaks_a_constraint_is_an_event(server: Server) -> None:
    with suppress(ClientError):
        server.client().create_secret(Name="trail/constraint", SecretString="x", Description="d" * 2049)
    told = _told(_events(server, "EventName", "CreateSecret")[0])
    assert told["errorCode"] == "ValidationException"


def test_what_a_session_was_denied_is_an_event_of_that_session(server: Server) -> None:
    made = server.client("sts").get_federation_token(Name="visitor")["Credentials"]
    visitor = server.client(
        aws_access_key_id=made["AccessKeyId"],
        aws_secret_access_key=made["SecretAccessKey"],
        aws_session_token=made["SessionToken"],
    )
    with suppress(ClientError):
        visitor.list_secrets()
    (event,) = _events(server, "AccessKeyId", made["AccessKeyId"])
    assert event["Username"] == "visitor"
    assert _told(event)["errorCode"] == "AccessDenied"
    assert _told(event)["userIdentity"]["type"] == "FederatedUser"


def test_no_event_holds_a_value(server: Server) -> None:
    value = made_up_credential()
    client = server.client()
    client.create_secret(Name="trail/value", SecretString=value)
    client.get_secret_value(SecretId="trail/value")
    client.put_secret_value(SecretId="trail/value", SecretBinary=value.encode())
    assert len(_events(server, "ResourceName", "trail/value")) == 3
    assert value not in json.dumps(_events(server), default=str)


def test_events_come_newest_first_and_page_by_page(server: Server) -> None:
    client = server.client()
    client.create_secret(Name="trail/pages", SecretString="x")
    for _ in range(4):
        client.describe_secret(SecretId="trail/pages")
    names = [
        event["EventName"] for event in _events(server, "ResourceName", "trail/pages", PaginationConfig={"PageSize": 2})
    ]
    assert names == ["DescribeSecret"] * 4 + ["CreateSecret"]


def test_a_time_range_bounds_what_is_found(server: Server) -> None:
    server.client().create_secret(Name="trail/time", SecretString="x")
    now = datetime.now(UTC)
    found = _events(server, "ResourceName", "trail/time", StartTime=now - timedelta(minutes=1), EndTime=now)
    assert [event["EventName"] for event in found] == ["CreateSecret"]
    assert _events(server, "ResourceName", "trail/time", StartTime=now + timedelta(minutes=1)) == []


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [("EventSource", "sts.amazonaws.com", "GetCallerIdentity"), ("ReadOnly", "true", "GetCallerIdentity")],
)
def test_events_are_looked_up_by_other_attributes(server: Server, key: str, value: str, expected: str) -> None:
    server.client("sts").get_caller_identity()
    assert _events(server, key, value)[0]["EventName"] in (expected, "LookupEvents")


def test_an_event_is_looked_up_by_its_id(server: Server) -> None:
    server.client("sts").get_caller_identity()
    event = _events(server, "EventName", "GetCallerIdentity")[0]
    assert [each["EventId"] for each in _events(server, "EventId", event["EventId"])] == [event["EventId"]]


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"LookupAttributes": [_BY_NAME, _BY_NAME]}, "InvalidLookupAttributes"),
        (
            {"StartTime": datetime(2026, 2, 1, tzinfo=UTC), "EndTime": datetime(2026, 1, 1, tzinfo=UTC)},
            "InvalidTimeRange",
        ),
        ({"NextToken": "made up"}, "InvalidNextToken"),
        ({"MaxResults": 51}, "ValidationException"),
    ],
)
def test_a_lookup_that_cannot_be_is_refused(server: Server, request_: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as raised:
        server.client("cloudtrail").lookup_events(**request_)
    assert raised.value.response["Error"]["Code"].startswith(code)


def test_a_session_without_the_permission_may_not_look_events_up(server: Server) -> None:
    made = server.client("sts").get_federation_token(Name="nobody")["Credentials"]
    client = server.client(
        "cloudtrail",
        aws_access_key_id=made["AccessKeyId"],
        aws_secret_access_key=made["SecretAccessKey"],
        aws_session_token=made["SessionToken"],
    )
    with pytest.raises(ClientError) as raised:
        client.lookup_events()
    assert raised.value.response["Error"]["Code"] == "AccessDeniedException"
