"""CloudWatch in the three protocols that its clients speak: the same answers and errors, never an internal one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strongroom.wire.sigv4 import HttpRequest
from tests.testing.alarms import alarm, topic
from tests.testing.server import Server
from tests.testing.wire import refusal, refused
from vault.api.errors import MalformedInput
from vault.api.protocol import cbor

PROTOCOLS = ("smithy-rpc-v2-cbor", "json", "query")


def speaking(server: Server, protocol: str) -> Any:
    """Return a client of CloudWatch that speaks a protocol, and leaves it to the server to check what it sends."""
    session = boto3.session.Session()
    loader: Any = session._session.get_component("data_loader")
    load = loader.load_service_model

    def load_speaking(name: str, kind: str, **version: Any) -> Mapping[str, Any]:
        model: dict[str, Any] = load(name, kind, **version)
        if kind != "service-2" or name != "cloudwatch":
            return model
        return {**model, "metadata": {**model["metadata"], "protocol": protocol, "protocols": [protocol]}}

    loader.load_service_model = load_speaking
    return session.client(
        "cloudwatch",
        endpoint_url=server.url,
        region_name=server.region,
        aws_access_key_id=server.access_key_id,
        aws_secret_access_key=server.secret_access_key,
        config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
    )


@pytest.fixture(params=PROTOCOLS)
def spoken(request: pytest.FixtureRequest, server: Server) -> Any:
    """A client that speaks one of the protocols."""
    return speaking(server, request.param)


@pytest.mark.shows(
    "cloudwatch:PutMetricAlarm",
    parameters=(
        "AlarmName",
        "AlarmDescription",
        "ActionsEnabled",
        "OKActions",
        "AlarmActions",
        "InsufficientDataActions",
        "MetricName",
        "Namespace",
        "Statistic",
        "Dimensions",
        "Period",
        "Unit",
        "EvaluationPeriods",
        "DatapointsToAlarm",
        "Threshold",
        "ComparisonOperator",
        "TreatMissingData",
    ),
)
@pytest.mark.shows("cloudwatch:DescribeAlarms", parameters=("AlarmNames",))
def test_an_alarm_is_put_and_shown_whole(spoken: Any, name: str) -> None:
    made = alarm(
        name,
        AlarmDescription="ein Läufer & <mehr>",
        AlarmActions=[topic("ops"), topic("on-call")],
        OKActions=[topic("ops")],
        InsufficientDataActions=[topic("ops")],
        Dimensions=[{"Name": "Who", "Value": "alice"}],
        DatapointsToAlarm=1,
        Threshold=2.5,
        ActionsEnabled=False,
        Unit="Count",
    )
    spoken.put_metric_alarm(**made)
    (found,) = spoken.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    assert {key: found[key] for key in made} == made
    # What watches may have looked at it by now, and found nothing.
    assert found["StateValue"] in ("INSUFFICIENT_DATA", "OK")
    assert found["StateReason"] == "Unchecked: Initial alarm creation"
    assert abs((datetime.now(UTC) - found["StateUpdatedTimestamp"]).total_seconds()) < 60
    assert found["AlarmArn"] == f"arn:aws:cloudwatch:us-east-1:123456789012:alarm:{name}"


@pytest.mark.shows("cloudwatch:DescribeAlarmHistory", parameters=("AlarmName", "StartDate", "EndDate"))
def test_history_is_asked_for_between_times(spoken: Any, name: str) -> None:
    spoken.put_metric_alarm(**alarm(name))
    asked = {"AlarmName": name, "StartDate": datetime(2026, 1, 1, tzinfo=UTC)}
    (item,) = spoken.describe_alarm_history(**asked)["AlarmHistoryItems"]
    assert (item["HistoryItemType"], item["HistorySummary"]) == ("ConfigurationUpdate", f'Alarm "{name}" created')
    assert spoken.describe_alarm_history(**asked, EndDate=datetime(2026, 1, 2, tzinfo=UTC))["AlarmHistoryItems"] == []


@pytest.mark.shows("cloudwatch:DeleteAlarms", errors=("ResourceNotFound",))
@pytest.mark.shows("cloudwatch:DescribeAlarms", errors=("InvalidNextToken",))
def test_errors_have_the_codes_of_the_query_protocol_in_all(spoken: Any, name: str) -> None:
    found = refused(spoken.delete_alarms, AlarmNames=[name])
    assert (found["Error"]["Code"], found["ResponseMetadata"]["HTTPStatusCode"]) == ("ResourceNotFound", 404)
    wrong = {"AlarmName": name, "StateValue": "BAD", "StateReason": "x"}
    code, told = refusal(spoken.set_alarm_state, **wrong)
    assert code == "ValidationError"
    assert told.startswith("1 validation error detected: Value 'BAD' at 'stateValue' failed to satisfy constraint")
    assert refusal(spoken.describe_alarms, NextToken="made up")[0] == "InvalidNextToken"


@pytest.mark.shows(
    "cloudwatch:SetAlarmState",
    parameters=("AlarmName", "StateValue", "StateReason", "StateReasonData"),
    errors=("InvalidFormatFault",),
)
def test_an_error_of_the_model_is_raised_as_its_exception(spoken: Any, name: str) -> None:
    spoken.put_metric_alarm(**alarm(name))
    with pytest.raises(spoken.exceptions.InvalidFormatFault):
        spoken.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="x", StateReasonData="{")


def test_somebody_without_permission_is_refused_in_all(server: Server, spoken: Any) -> None:
    nobody = server.client("sts").get_federation_token(Name="nobody")["Credentials"]
    spoken._request_signer._credentials.access_key = nobody["AccessKeyId"]
    spoken._request_signer._credentials.secret_key = nobody["SecretAccessKey"]
    spoken._request_signer._credentials.token = nobody["SessionToken"]
    assert refusal(spoken.describe_alarms)[0] in ("AccessDenied", "AccessDeniedException")


_BODIES = st.binary(max_size=64) | st.sampled_from(
    [
        b"\x81" * 5000,
        b"\xbf" * 5000,
        b"\x5b" + b"\xff" * 8,
        b"\x9b" + b"\xff" * 8,
        b"\xbb" + b"\xff" * 8,
        b"\xa1\x01\x02",
        b"\xa1\x80\x02",
        b"\xc1\xfb\x7f\xf0" + b"\0" * 6,
        b"\xc1\x1b" + b"\xff" * 8,
        b"\x61\xff",
        b"\xa0\xa0",
        b"",
    ]
)


@settings(max_examples=300)
@given(body=_BODIES)
def test_no_body_in_cbor_fails_otherwise_than_as_malformed(body: bytes) -> None:
    request = HttpRequest(method="POST", path="/", query="", headers=(), body=body)
    try:
        cbor.parse(request)
    except MalformedInput:
        return


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 90)
    | st.floats()
    | st.text(max_size=4)
    | st.sampled_from(["OK", "Sum"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)
_NAMES = st.sampled_from(["AlarmName", "AlarmNames", "Period", "Threshold", "Dimensions", "StartDate", "Metrics", "x"])


@pytest.fixture(scope="module")
def in_json(server: Server) -> Any:
    """A client that speaks JSON."""
    return speaking(server, "json")


@pytest.mark.parametrize("operation", ["PutMetricAlarm", "DescribeAlarms", "SetAlarmState", "DescribeAlarmHistory"])
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(content=st.dictionaries(_NAMES, _VALUES))
def test_no_request_in_json_fails_inside(in_json: Any, operation: str, content: dict[str, Any]) -> None:
    def replaced(request: Any, **_: Any) -> None:
        request.data = json.dumps(content, allow_nan=True).encode()

    in_json.meta.events.register("before-sign", replaced, "the body")
    try:
        in_json._make_api_call(operation, {})
    except ClientError as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 404), error
    finally:
        in_json.meta.events.unregister("before-sign", replaced, "the body")


def test_the_aws_cli_puts_and_describes_alarms(server: Server, name: str) -> None:
    command = [sys.executable, str(Path(sys.executable).with_name("aws")), "--endpoint-url", server.url]

    def aws(*arguments: str) -> Any:
        done = subprocess.run(
            [*command, *arguments, "--output", "json"],
            env=server.environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout or "{}")

    aws(
        "logs", "put-metric-filter", "--log-group-name", "strongroom/trail", "--filter-name", name,
        "--filter-pattern", '{ $.eventName = "GetSecretValue" }',
        "--metric-transformations", f"metricName={name},metricNamespace=Trail,metricValue=1,defaultValue=0",
    )  # fmt: skip
    aws(
        "cloudwatch", "put-metric-alarm", "--alarm-name", name, "--metric-name", name, "--namespace", "Trail",
        "--statistic", "Sum", "--period", "300", "--evaluation-periods", "1", "--threshold", "1",
        "--comparison-operator", "GreaterThanOrEqualToThreshold", "--alarm-actions", topic("ops"),
    )  # fmt: skip
    (found,) = aws("cloudwatch", "describe-alarms", "--alarm-names", name)["MetricAlarms"]
    assert found["AlarmActions"] == [topic("ops")]
    (made,) = aws("logs", "describe-metric-filters", "--filter-name-prefix", name)["metricFilters"]
    assert made["metricTransformations"][0]["defaultValue"] == 0.0
