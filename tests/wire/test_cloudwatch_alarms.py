"""Metric alarms by boto3: put, shown, set, switched, deleted, with AWS's errors; and a server that tells by itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.testing.alarms import DELETED, GROUP, alarm, topic
from tests.testing.regions import until
from tests.testing.server import Server, make_vault, serving
from tests.testing.wire import refusal, unhelpful_client


@pytest.fixture(scope="module")
def cloudwatch(server: Server) -> Any:
    """The administrator's client for CloudWatch."""
    return server.client("cloudwatch")


@pytest.fixture(scope="module")
def raw_cloudwatch(server: Server) -> Any:
    """A client for CloudWatch that checks nothing."""
    return unhelpful_client(server, "cloudwatch")


@pytest.fixture
def put(cloudwatch: Any, name: str) -> str:
    """The name of an alarm."""
    cloudwatch.put_metric_alarm(**alarm(name, AlarmActions=[topic("nobody")]))
    return name


def _shown(cloudwatch: Any, name: str) -> dict[str, Any]:
    (found,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return dict(found)


def test_an_alarm_that_is_put_again_is_defined_anew_and_keeps_its_state(cloudwatch: Any, put: str) -> None:
    cloudwatch.set_alarm_state(AlarmName=put, StateValue="OK", StateReason="tried")
    cloudwatch.put_metric_alarm(**alarm(put, Threshold=7.0))
    found = _shown(cloudwatch, put)
    assert (found["Threshold"], found["AlarmActions"], found["StateValue"]) == (7.0, [], "OK")


@pytest.mark.shows(
    "cloudwatch:DescribeAlarms",
    parameters=(
        "AlarmNamePrefix",
        "AlarmTypes",
        "ChildrenOfAlarmName",
        "ParentsOfAlarmName",
        "StateValue",
        "ActionPrefix",
        "MaxRecords",
        "NextToken",
    ),
)
def test_alarms_are_found_by_prefix_state_and_action(cloudwatch: Any, name: str) -> None:
    for number in range(3):
        cloudwatch.put_metric_alarm(**alarm(f"{name}-{number}", AlarmActions=[topic(f"t{number}")]))
    cloudwatch.disable_alarm_actions(AlarmNames=[f"{name}-1"])
    cloudwatch.set_alarm_state(AlarmName=f"{name}-1", StateValue="ALARM", StateReason="tried")

    def found(**asked: Any) -> list[str]:
        pages = cloudwatch.get_paginator("describe_alarms").paginate(**asked, PaginationConfig={"PageSize": 2})
        return [each["AlarmName"] for page in pages for each in page["MetricAlarms"]]

    assert found(AlarmNamePrefix=name) == [f"{name}-{number}" for number in range(3)]
    assert found(AlarmNamePrefix=name, StateValue="ALARM") == [f"{name}-1"]
    assert found(AlarmNamePrefix=name, ActionPrefix=topic("t2")) == [f"{name}-2"]
    assert found(AlarmNamePrefix=name, AlarmTypes=["CompositeAlarm"]) == []
    assert found(ChildrenOfAlarmName=f"{name}-0") == found(ParentsOfAlarmName=f"{name}-0") == []
    assert found(AlarmNames=[f"{name}-0", "absent"]) == [f"{name}-0"]


@pytest.mark.shows(
    "cloudwatch:DescribeAlarmsForMetric",
    parameters=("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Dimensions", "Period", "Unit"),
)
def test_alarms_are_found_by_their_metric(cloudwatch: Any, put: str) -> None:
    asked = {"MetricName": put, "Namespace": "Trail"}
    assert [each["AlarmName"] for each in cloudwatch.describe_alarms_for_metric(**asked)["MetricAlarms"]] == [put]
    assert cloudwatch.describe_alarms_for_metric(**asked, Period=60)["MetricAlarms"] == []
    assert cloudwatch.describe_alarms_for_metric(**asked, Statistic="Maximum")["MetricAlarms"] == []
    assert cloudwatch.describe_alarms_for_metric(**asked, ExtendedStatistic="p99")["MetricAlarms"] == []
    assert cloudwatch.describe_alarms_for_metric(**asked, Unit="Bytes")["MetricAlarms"] == []
    elsewhere = [{"Name": "a", "Value": "b"}]
    assert cloudwatch.describe_alarms_for_metric(**asked, Dimensions=elsewhere)["MetricAlarms"] == []


def test_a_state_that_is_set_is_told_and_noted(cloudwatch: Any, put: str) -> None:
    cloudwatch.disable_alarm_actions(AlarmNames=[put])
    cloudwatch.set_alarm_state(AlarmName=put, StateValue="ALARM", StateReason="tried", StateReasonData='{"by": "me"}')
    history = cloudwatch.describe_alarm_history(AlarmName=put, HistoryItemType="StateUpdate")["AlarmHistoryItems"]
    assert [each["HistorySummary"] for each in history] == ["Alarm updated from INSUFFICIENT_DATA to ALARM"]
    told = json.loads(history[0]["HistoryData"])
    assert told["newState"] == {"stateValue": "ALARM", "stateReason": "tried", "stateReasonData": '{"by": "me"}'}


@pytest.mark.shows(
    "cloudwatch:DescribeAlarmHistory",
    parameters=("AlarmContributorId", "AlarmTypes", "HistoryItemType", "MaxRecords", "NextToken", "ScanBy"),
    errors=("InvalidNextToken",),
)
def test_history_goes_either_way(cloudwatch: Any, put: str) -> None:
    cloudwatch.put_metric_alarm(**alarm(put))
    cloudwatch.delete_alarms(AlarmNames=[put])

    def told(order: str) -> list[str]:
        pages = cloudwatch.get_paginator("describe_alarm_history").paginate(
            AlarmName=put, HistoryItemType="ConfigurationUpdate", ScanBy=order, PaginationConfig={"PageSize": 2}
        )
        return [each["HistorySummary"].split()[-1] for page in pages for each in page["AlarmHistoryItems"]]

    assert cloudwatch.describe_alarm_history(AlarmName=put, AlarmTypes=["LogAlarm"])["AlarmHistoryItems"] == []
    assert cloudwatch.describe_alarm_history(AlarmName=put, AlarmContributorId="c")["AlarmHistoryItems"] == []
    assert refusal(cloudwatch.describe_alarm_history, NextToken="made up")[0] == "InvalidNextToken"
    assert told("TimestampDescending") == ["deleted", "updated", "created"]
    assert told("TimestampAscending") == ["created", "updated", "deleted"]


@pytest.mark.shows("cloudwatch:EnableAlarmActions", parameters=("AlarmNames",))
@pytest.mark.shows("cloudwatch:DisableAlarmActions", parameters=("AlarmNames",))
def test_actions_are_switched_off_and_on(cloudwatch: Any, put: str) -> None:
    cloudwatch.disable_alarm_actions(AlarmNames=[put, "absent"])
    assert _shown(cloudwatch, put)["ActionsEnabled"] is False
    cloudwatch.enable_alarm_actions(AlarmNames=[put])
    assert _shown(cloudwatch, put)["ActionsEnabled"] is True


@pytest.mark.shows("cloudwatch:DeleteAlarms", parameters=("AlarmNames",))
@pytest.mark.shows("cloudwatch:SetAlarmState", errors=("ResourceNotFound",))
def test_of_several_alarms_none_is_deleted_where_one_is_not_there(cloudwatch: Any, put: str) -> None:
    with pytest.raises(cloudwatch.exceptions.ResourceNotFound):
        cloudwatch.delete_alarms(AlarmNames=[put, "absent"])
    with pytest.raises(cloudwatch.exceptions.ResourceNotFound):
        cloudwatch.set_alarm_state(AlarmName="absent", StateValue="OK", StateReason="x")
    assert _shown(cloudwatch, put)["AlarmName"] == put
    cloudwatch.delete_alarms(AlarmNames=[put])
    assert cloudwatch.describe_alarms(AlarmNames=[put])["MetricAlarms"] == []


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"MetricName": None}, "MetricName"),
        ({"Threshold": None}, "Threshold"),
        ({"Period": None}, "Period"),
        ({"Statistic": None}, "Statistic"),
        ({"Period": 45}, "Period must be 10, 20, 30 or a multiple of 60"),
        ({"Period": 600, "EvaluationPeriods": 145}, "more than a day"),
        ({"DatapointsToAlarm": 2}, "DatapointsToAlarm"),
        ({"TreatMissingData": "odd"}, "TreatMissingData"),
        ({"ComparisonOperator": "GreaterThanUpperThreshold"}, "anomaly detection"),
        ({"ExtendedStatistic": "p99"}, "ExtendedStatistic is not supported"),
        ({"Metrics": [{"Id": "m", "Expression": "1"}]}, "Metrics is not supported"),
        ({"EvaluateLowSampleCountPercentile": "ignore"}, "EvaluateLowSampleCountPercentile is not supported"),
        ({"Tags": [{"Key": "a", "Value": "b"}]}, "Tags is not supported"),
        ({"ThresholdMetricId": "m"}, "ThresholdMetricId is not supported"),
        ({"EvaluationWindow": {"WallClockWindow": {"Timezone": "UTC"}}}, "EvaluationWindow is not supported"),
        ({"WarmUpConfiguration": {"WarmUpPeriodDurationInMinutes": 5}}, "WarmUpConfiguration is not supported"),
        ({"EvaluationCriteria": {"PromQLCriteria": {"Query": "up"}}}, "EvaluationCriteria is not supported"),
        ({"EvaluationInterval": 60}, "EvaluationInterval is not supported"),
        ({"ActionConfiguration": {"AlarmTagsPropagation": {"Enabled": True}}}, "ActionConfiguration is not supported"),
        ({"AlarmActions": ["nowhere"]}, "Invalid arn syntax: nowhere"),
        ({"AlarmActions": ["arn:aws:lambda:us-east-1:123456789012:function:f"]}, "notify.NAME"),
        ({"AlarmActions": ["arn:aws:sns:eu-west-1:123456789012:ops"]}, "Invalid region eu-west-1 specified"),
        ({"AlarmActions": ["arn:aws:sns:us-east-1:210987654321:ops"]}, "Invalid account"),
        ({"AlarmActions": [topic("ops")] * 6}, "alarmActions"),
        ({"AlarmName": "a\nb"}, "ASCII Control characters"),
    ],
)
@pytest.mark.shows(
    "cloudwatch:PutMetricAlarm",
    parameters=(
        "ExtendedStatistic",
        "Metrics",
        "EvaluateLowSampleCountPercentile",
        "Tags",
        "ThresholdMetricId",
        "EvaluationWindow",
        "WarmUpConfiguration",
        "EvaluationCriteria",
        "EvaluationInterval",
        "ActionConfiguration",
    ),
)
def test_an_alarm_that_cannot_be_is_refused(raw_cloudwatch: Any, name: str, more: dict[str, Any], told: str) -> None:
    asked = {key: value for key, value in {**alarm(name), **more}.items() if value is not None}
    code, message = refusal(raw_cloudwatch.put_metric_alarm, **asked)
    assert (code, told in message) == ("ValidationError", True), message


def test_names_and_a_prefix_do_not_go_together(cloudwatch: Any) -> None:
    code, _ = refusal(cloudwatch.describe_alarms, AlarmNames=["a"], AlarmNamePrefix="b")
    assert code == "ValidationError"


def test_who_may_touch_one_alarm_may_touch_no_other(server: Server, cloudwatch: Any, put: str) -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": "cloudwatch:*",
            "Resource": f"arn:aws:cloudwatch:us-east-1:123456789012:alarm:{put}",
        },
    }
    made = server.client("sts").get_federation_token(Name="one", Policy=json.dumps(policy))["Credentials"]
    client = server.client(
        "cloudwatch",
        aws_access_key_id=made["AccessKeyId"],
        aws_secret_access_key=made["SecretAccessKey"],
        aws_session_token=made["SessionToken"],
    )
    client.set_alarm_state(AlarmName=put, StateValue="OK", StateReason="mine")
    code, message = refusal(client.delete_alarms, AlarmNames=[put, "other"])
    assert code.startswith("AccessDenied")
    assert "alarm:other" in message


def test_a_server_tells_by_itself_and_another_one_beside_it_not_again(tmp_path: Path) -> None:
    told = tmp_path / "told.jsonl"
    folder = tmp_path / "vault"
    administrator = make_vault(folder)
    (folder / "strongroom.toml").write_text(f'[notify.ops]\nkind = "file"\npath = "{told}"\n')
    with serving(folder, administrator) as (first, _), serving(folder, administrator) as (second, _):
        transformation = {"metricName": "deleted", "metricNamespace": "Trail", "metricValue": "1"}
        first.client("logs").put_metric_filter(
            logGroupName=GROUP, filterName="deleted", filterPattern=DELETED, metricTransformations=[transformation]
        )
        cloudwatch = second.client("cloudwatch")
        cloudwatch.put_metric_alarm(**alarm("deleted", AlarmActions=[topic("ops"), topic("absent")]))
        secrets = second.client()
        secrets.create_secret(Name="gone", SecretString="x")
        secrets.delete_secret(SecretId="gone")
        assert refusal(first.client().get_secret_value, SecretId="gone")[0] == "InvalidRequestException"
        asked = {"AlarmName": "deleted", "HistoryItemType": "Action"}
        items = until(
            lambda: cloudwatch.describe_alarm_history(**asked)["AlarmHistoryItems"], lambda found: len(found) == 2
        )
        assert _shown(cloudwatch, "deleted")["StateValue"] == "ALARM"
    assert sorted(each["HistorySummary"].split(" action")[0] for each in items) == [
        "Failed to execute",
        "Successfully executed",
    ]
    lines = [json.loads(line) for line in told.read_text().splitlines()]
    assert [(each["AlarmName"], each["NewStateValue"]) for each in lines] == [("deleted", "ALARM")]
