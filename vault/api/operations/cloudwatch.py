"""CloudWatch on the wire, as far as metric alarms go: decoded request to service call, and back; no rules here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from vault.api.operations.cloudwatch_alarms import rule_of, shown
from vault.api.operations.secretsmanager_answers import Answer, present
from vault.domain.alarm import Actions
from vault.domain.alarm_history import HistoryItem, ItemKind
from vault.domain.alarm_rule import Metric, Statistic
from vault.domain.alarms import State
from vault.domain.context import CallContext
from vault.domain.operation import AccessCheck, Operation
from vault.services.alarms import MOST, AlarmQuery, HistoryQuery
from vault.services.binding import Services

Request = Mapping[str, Any]
_METRIC_ALARM = "MetricAlarm"


def _put(services: Services, context: CallContext, request: Request) -> Answer:
    services.alarms.put(
        context,
        request["AlarmName"],
        rule_of(request),
        actions=Actions(
            alarm=tuple(request.get("AlarmActions", ())),
            ok=tuple(request.get("OKActions", ())),
            insufficient=tuple(request.get("InsufficientDataActions", ())),
        ),
        actions_enabled=request.get("ActionsEnabled", True),
        description=request.get("AlarmDescription"),
    )
    return {}


def _describe(services: Services, context: CallContext, request: Request) -> Answer:
    if not _wants_metric_alarms(request) or "ChildrenOfAlarmName" in request or "ParentsOfAlarmName" in request:
        return {"MetricAlarms": [], "CompositeAlarms": []}
    names, state = request.get("AlarmNames"), request.get("StateValue")
    query = AlarmQuery(
        names=tuple(names) if names else None,
        prefix=request.get("AlarmNamePrefix"),
        state=State(state) if state else None,
        action_prefix=request.get("ActionPrefix"),
    )
    page = services.alarms.describe(
        context, query, limit=request.get("MaxRecords", MOST), next_token=request.get("NextToken", "")
    )
    alarms = [shown(alarm) for alarm in page.items]
    return {"MetricAlarms": alarms, "CompositeAlarms": []} | present(NextToken=page.next_token)


def _for_metric(services: Services, context: CallContext, request: Request) -> Answer:
    if "ExtendedStatistic" in request:
        return {"MetricAlarms": []}
    dimensions = sorted((each["Name"], each["Value"]) for each in request.get("Dimensions", ()))
    metric = Metric(namespace=request["Namespace"], name=request["MetricName"], dimensions=tuple(dimensions))
    statistic = request.get("Statistic")
    found = services.alarms.for_metric(
        context,
        metric,
        statistic=Statistic(statistic) if statistic else None,
        period=request.get("Period"),
        unit=request.get("Unit"),
    )
    return {"MetricAlarms": [shown(alarm) for alarm in found]}


def _delete(services: Services, context: CallContext, request: Request) -> Answer:
    services.alarms.delete(context, request["AlarmNames"])
    return {}


def _set_state(services: Services, context: CallContext, request: Request) -> Answer:
    state, data = State(request["StateValue"]), request.get("StateReasonData", "")
    services.alarms.set_state(context, request["AlarmName"], state, request["StateReason"], data)
    return {}


def _enable(services: Services, context: CallContext, request: Request) -> Answer:
    services.alarms.enable_actions(context, request["AlarmNames"], True)
    return {}


def _disable(services: Services, context: CallContext, request: Request) -> Answer:
    services.alarms.enable_actions(context, request["AlarmNames"], False)
    return {}


def _history(services: Services, context: CallContext, request: Request) -> Answer:
    kind = request.get("HistoryItemType")
    if not _wants_metric_alarms(request) or kind not in (None, *ItemKind) or "AlarmContributorId" in request:
        return {"AlarmHistoryItems": []}
    query = HistoryQuery(
        alarm=request.get("AlarmName"),
        kind=ItemKind(kind) if kind else None,
        start=request.get("StartDate"),
        end=request.get("EndDate"),
        oldest_first=request.get("ScanBy") == "TimestampAscending",
    )
    page = services.alarms.history(
        context, query, limit=request.get("MaxRecords", MOST), next_token=request.get("NextToken", "")
    )
    return {"AlarmHistoryItems": [_item(each) for each in page.items]} | present(NextToken=page.next_token)


def _item(item: HistoryItem) -> Answer:
    return {
        "AlarmName": item.alarm,
        "AlarmType": _METRIC_ALARM,
        "Timestamp": item.time,
        "HistoryItemType": item.kind.value,
        "HistorySummary": item.summary,
        "HistoryData": item.data,
    }


def _wants_metric_alarms(request: Request) -> bool:
    return _METRIC_ALARM in request.get("AlarmTypes", [_METRIC_ALARM])


def _operation(
    name: str, run: Callable[[Services, CallContext, Request], Answer], *, read_only: bool = False
) -> Operation:
    def checks(services: Services, context: CallContext, request: Request) -> Sequence[AccessCheck]:
        return [_check(name, context, alarm) for alarm in _named(request)]

    return Operation(service="monitoring", name=name, read_only=read_only, checks=checks, run=run)


def _check(name: str, context: CallContext, alarm: str) -> AccessCheck:
    arn = f"arn:{context.partition}:cloudwatch:{context.region}:{context.account_id}:alarm:{alarm}"
    return AccessCheck(action=f"cloudwatch:{name}", resource=arn, named=arn)


def _named(request: Request) -> Sequence[str]:
    """Return the alarms that a request names; `*` where it asks for whatever there is."""
    if "AlarmName" in request:
        return [request["AlarmName"]]
    return request.get("AlarmNames") or ["*"]


OPERATIONS: Mapping[str, Operation] = {
    each.name: each
    for each in (
        _operation("PutMetricAlarm", _put),
        _operation("DescribeAlarms", _describe, read_only=True),
        _operation("DescribeAlarmsForMetric", _for_metric, read_only=True),
        _operation("DescribeAlarmHistory", _history, read_only=True),
        _operation("DeleteAlarms", _delete),
        _operation("SetAlarmState", _set_state),
        _operation("EnableAlarmActions", _enable),
        _operation("DisableAlarmActions", _disable),
    )
}
