"""The trail as a log group by boto3: metric filters put, found, tried and deleted, and events filtered."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.testing.alarms import GROUP
from tests.testing.server import Server
from tests.testing.wire import refusal, unhelpful_client


@pytest.fixture(scope="module")
def logs(server: Server) -> Any:
    """The administrator's client for CloudWatch Logs."""
    return server.client("logs")


@pytest.fixture(scope="module")
def raw_logs(server: Server) -> Any:
    """A client for CloudWatch Logs that checks nothing."""
    return unhelpful_client(server, "logs")


def _counting(name: str, **more: Any) -> list[dict[str, Any]]:
    return [{"metricName": name, "metricNamespace": "Trail", "metricValue": "1", **more}]


def _filter(name: str, pattern: str = '{ $.eventName = "GetSecretValue" }', **more: Any) -> dict[str, Any]:
    usual = {
        "logGroupName": GROUP,
        "filterName": name,
        "filterPattern": pattern,
        "metricTransformations": _counting("reads"),
    }
    return {**usual, **more}


@pytest.fixture
def plain(name: str) -> str:
    """A name that filters may have."""
    return name.replace("/", "-")


@pytest.mark.shows(
    "logs:DescribeLogGroups",
    parameters=(
        "accountIdentifiers",
        "logGroupNamePrefix",
        "logGroupNamePattern",
        "nextToken",
        "limit",
        "includeLinkedAccounts",
        "logGroupClass",
        "logGroupIdentifiers",
    ),
    errors=("InvalidParameterException",),
)
def test_there_is_one_log_group(logs: Any) -> None:
    (group,) = logs.describe_log_groups()["logGroups"]
    assert group["logGroupName"] == GROUP
    assert group["arn"] == f"arn:aws:logs:us-east-1:123456789012:log-group:{GROUP}:*"
    assert logs.describe_log_groups(logGroupNamePrefix="strong")["logGroups"] != []
    assert logs.describe_log_groups(logGroupNamePrefix="other")["logGroups"] == []
    assert logs.describe_log_groups(logGroupNamePattern="TRAIL", limit=1)["logGroups"] != []
    assert logs.describe_log_groups(logGroupIdentifiers=["other"])["logGroups"] == []
    assert logs.describe_log_groups(logGroupClass="INFREQUENT_ACCESS")["logGroups"] == []
    elsewhere = {"accountIdentifiers": ["210987654321"], "includeLinkedAccounts": True}
    assert logs.describe_log_groups(**elsewhere)["logGroups"] == []
    assert refusal(logs.describe_log_groups, nextToken="made up")[0] == "InvalidParameterException"


@pytest.mark.shows(
    "logs:PutMetricFilter", parameters=("logGroupName", "filterName", "filterPattern", "metricTransformations")
)
@pytest.mark.shows(
    "logs:DescribeMetricFilters", parameters=("logGroupName", "filterNamePrefix", "metricName", "metricNamespace")
)
def test_a_filter_is_put_and_found_whole(logs: Any, plain: str) -> None:
    transformations = _counting(plain, defaultValue=0.0, unit="Count")
    logs.put_metric_filter(**_filter(plain, metricTransformations=transformations))
    (found,) = logs.describe_metric_filters(logGroupName=GROUP, filterNamePrefix=plain)["metricFilters"]
    assert found.pop("creationTime") > 0
    assert found == {
        **_filter(plain, metricTransformations=transformations),
        "applyOnTransformedLogs": False,
    }
    by_metric = logs.describe_metric_filters(metricName=plain, metricNamespace="Trail")["metricFilters"]
    assert [each["filterName"] for each in by_metric] == [plain]


@pytest.mark.shows("logs:DescribeMetricFilters", parameters=("limit", "nextToken"))
def test_filters_come_page_by_page(logs: Any, plain: str) -> None:
    for number in range(3):
        logs.put_metric_filter(**_filter(f"{plain}-{number}"))
    pages = logs.get_paginator("describe_metric_filters").paginate(
        logGroupName=GROUP, filterNamePrefix=plain, PaginationConfig={"PageSize": 2}
    )
    names = [[each["filterName"] for each in page["metricFilters"]] for page in pages]
    assert names == [[f"{plain}-0", f"{plain}-1"], [f"{plain}-2"]]


def test_a_filter_that_is_put_again_is_defined_anew(logs: Any, plain: str) -> None:
    logs.put_metric_filter(**_filter(plain))
    logs.put_metric_filter(**_filter(plain, pattern="ERROR"))
    (found,) = logs.describe_metric_filters(filterNamePrefix=plain)["metricFilters"]
    assert found["filterPattern"] == "ERROR"


@pytest.mark.shows(
    "logs:DeleteMetricFilter",
    parameters=("logGroupName", "filterName"),
    errors=("ResourceNotFoundException", "InvalidParameterException"),
)
def test_a_filter_is_deleted_once(logs: Any, plain: str) -> None:
    logs.put_metric_filter(**_filter(plain))
    logs.delete_metric_filter(logGroupName=GROUP, filterName=plain)
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.delete_metric_filter(logGroupName=GROUP, filterName=plain)
    assert refusal(logs.delete_metric_filter, logGroupName=GROUP, filterName="a:b")[0] == "InvalidParameterException"


@pytest.mark.shows(
    "logs:TestMetricFilter", parameters=("filterPattern", "logEventMessages"), errors=("InvalidParameterException",)
)
def test_a_pattern_is_tried_on_messages(logs: Any) -> None:
    messages = ['{"a": 1, "b": "\\u0041"}', '{"a": 2}', "no JSON"]
    found = logs.test_metric_filter(filterPattern="{ $.a = 1 || $.a = 2 }", logEventMessages=messages)["matches"]
    assert [(each["eventNumber"], each["eventMessage"]) for each in found] == [(1, messages[0]), (2, messages[1])]
    assert len(logs.test_metric_filter(filterPattern="{ $.b = A }", logEventMessages=messages)["matches"]) == 1
    wrong = refusal(logs.test_metric_filter, filterPattern="{", logEventMessages=messages)
    assert wrong[0] == "InvalidParameterException"


@pytest.mark.parametrize(
    ("more", "code", "told"),
    [
        ({"logGroupName": "other"}, "ResourceNotFoundException", "The specified log group does not exist."),
        ({"filterPattern": "{ $.a = }"}, "InvalidParameterException", "Invalid metric filter pattern"),
        ({"filterPattern": "x" * 1025}, "InvalidParameterException", "less than or equal to 1024"),
        ({"filterName": "a:b"}, "InvalidParameterException", "filterName"),
        ({"metricTransformations": []}, "InvalidParameterException", "metricTransformations"),
        ({"metricTransformations": _counting("m") * 2}, "InvalidParameterException", "metricTransformations"),
        ({"metricTransformations": _counting("m", metricValue="x")}, "InvalidParameterException", "neither a number"),
        (
            {"metricTransformations": _counting("m", defaultValue=0.0, dimensions={"a": "$.b"})},
            "InvalidParameterException",
            "mutually exclusive",
        ),
        ({"applyOnTransformedLogs": True}, "InvalidParameterException", "applyOnTransformedLogs"),
        ({"fieldSelectionCriteria": "x"}, "InvalidParameterException", "fieldSelectionCriteria"),
        ({"emitSystemFieldDimensions": ["@x"]}, "InvalidParameterException", "emitSystemFieldDimensions"),
    ],
)
@pytest.mark.shows(
    "logs:PutMetricFilter",
    parameters=("applyOnTransformedLogs", "fieldSelectionCriteria", "emitSystemFieldDimensions"),
    errors=("InvalidParameterException", "ResourceNotFoundException"),
)
def test_a_filter_that_cannot_be_is_refused(
    raw_logs: Any, plain: str, more: dict[str, Any], code: str, told: str
) -> None:
    found = refusal(raw_logs.put_metric_filter, **{**_filter(plain), **more})
    assert (found[0], told in found[1]) == (code, True), found


@pytest.mark.shows("logs:DescribeMetricFilters", errors=("InvalidParameterException", "ResourceNotFoundException"))
def test_a_metric_name_is_not_looked_for_without_its_namespace(raw_logs: Any) -> None:
    assert refusal(raw_logs.describe_metric_filters, metricName="m")[0] == "InvalidParameterException"
    assert refusal(raw_logs.describe_metric_filters, nextToken="made up")[0] == "InvalidParameterException"
    assert refusal(raw_logs.describe_metric_filters, logGroupName="other")[0] == "ResourceNotFoundException"


@pytest.mark.shows("logs:PutMetricFilter", errors=("LimitExceededException",))
def test_only_a_few_filters_have_regular_expressions(logs: Any, plain: str) -> None:
    names = [f"{plain}-{number}" for number in range(6)]
    for name in names[:5]:
        logs.put_metric_filter(**_filter(name, pattern="{ $.eventName = %^Get% }"))
    code, _ = refusal(logs.put_metric_filter, **_filter(names[5], pattern="{ $.eventName = %^Get% }"))
    assert code == "LimitExceededException"
    for name in names[:5]:
        logs.delete_metric_filter(logGroupName=GROUP, filterName=name)


@pytest.mark.shows(
    "logs:FilterLogEvents", parameters=("logGroupName", "filterPattern", "startTime", "limit", "nextToken")
)
def test_recorded_events_are_filtered_the_oldest_first_and_page_by_page(server: Server, logs: Any, name: str) -> None:
    begun = int(datetime.now(UTC).timestamp() * 1000)
    client = server.client()
    client.create_secret(Name=name, SecretString="x")
    for _ in range(4):
        client.describe_secret(SecretId=name)
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=GROUP,
        filterPattern=f'{{ $.requestParameters.secretId = "{name}" || $.requestParameters.name = "{name}" }}',
        startTime=begun,
        PaginationConfig={"PageSize": 2},
    )
    events = [event for page in pages for event in page["events"]]
    names = [json.loads(event["message"])["eventName"] for event in events]
    assert names == ["CreateSecret"] + ["DescribeSecret"] * 4
    assert all(event["timestamp"] >= begun for event in events)
    assert len({event["eventId"] for event in events}) == 5


@pytest.mark.shows(
    "logs:FilterLogEvents",
    parameters=("logStreamNames", "logStreamNamePrefix", "endTime", "startFromHead", "interleaved", "unmask"),
)
def test_recorded_events_are_filtered_by_server_and_time_and_the_newest_first(server: Server, logs: Any) -> None:
    begun = int(datetime.now(UTC).timestamp() * 1000)
    client = server.client()
    for name in ("logs/first", "logs/second"):
        client.create_secret(Name=name, SecretString="x")
    pattern = '{ ($.eventName = "CreateSecret") && ($.requestParameters.name = "logs/*") }'
    asked = {"logGroupName": GROUP, "filterPattern": pattern, "startTime": begun, "interleaved": True}

    def found(**more: Any) -> list[str]:
        pages = logs.get_paginator("filter_log_events").paginate(**asked, **more, PaginationConfig={"PageSize": 1})
        events = [json.loads(event["message"]) for page in pages for event in page["events"]]
        return [event["requestParameters"]["name"] for event in events]

    assert found(startFromHead=True) == ["logs/first", "logs/second"]
    assert found(startFromHead=False, unmask=True) == ["logs/second", "logs/first"]
    assert found(endTime=begun - 1) == []
    stream = logs.filter_log_events(**asked)["events"][0]["logStreamName"]
    assert found(logStreamNames=[stream]) == found(logStreamNamePrefix=stream[:3]) == ["logs/first", "logs/second"]
    assert found(logStreamNames=["another"]) == found(logStreamNamePrefix="another") == []
    both = {"logStreamNames": [stream], "logStreamNamePrefix": "x"}
    assert refusal(logs.filter_log_events, **asked, **both)[0] == "InvalidParameterException"


def test_pages_end_although_asking_for_each_is_an_event_that_matches(logs: Any) -> None:
    begun = int(datetime.now(UTC).timestamp() * 1000)
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=GROUP, filterPattern="FilterLogEvents", startTime=begun, PaginationConfig={"PageSize": 1}
    )
    assert len(list(pages)) <= 3


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"logGroupName": "other"}, "ResourceNotFoundException"),
        ({}, "InvalidParameterException"),
        ({"logGroupName": GROUP, "nextToken": "made up"}, "InvalidParameterException"),
        ({"logGroupName": GROUP, "startTime": 10**18}, "InvalidParameterException"),
        ({"logGroupName": GROUP, "filterPattern": "{"}, "InvalidParameterException"),
    ],
)
@pytest.mark.shows("logs:FilterLogEvents", errors=("InvalidParameterException", "ResourceNotFoundException"))
def test_events_that_cannot_be_filtered_are_refused(raw_logs: Any, asked: dict[str, Any], code: str) -> None:
    assert refusal(raw_logs.filter_log_events, **asked)[0] == code


@pytest.mark.shows("logs:FilterLogEvents", parameters=("logGroupIdentifier",))
def test_the_log_group_is_named_by_its_arn_too(logs: Any) -> None:
    arn = f"arn:aws:logs:us-east-1:123456789012:log-group:{GROUP}"
    assert logs.filter_log_events(logGroupIdentifier=arn, limit=1)["events"] != []


def test_a_session_without_the_permission_may_not_read_the_trail(server: Server) -> None:
    made = server.client("sts").get_federation_token(Name="nobody")["Credentials"]
    client = server.client(
        "logs",
        aws_access_key_id=made["AccessKeyId"],
        aws_secret_access_key=made["SecretAccessKey"],
        aws_session_token=made["SessionToken"],
    )
    assert refusal(client.filter_log_events, logGroupName=GROUP)[0] == "AccessDeniedException"
    assert refusal(client.put_metric_filter, **_filter("mine"))[0] == "AccessDeniedException"


def test_an_operation_of_logs_that_is_not_offered_is_refused_by_name(logs: Any) -> None:
    code, message = refusal(logs.create_log_group, logGroupName="mine")
    assert (code, message) == ("UnknownOperationException", "The operation CreateLogGroup is not supported.")
