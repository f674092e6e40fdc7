"""CloudWatch Logs on the wire: the trail as the one log group there is, and metric filters on it; no rules here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from vault.api.operations.secretsmanager_answers import Answer, present
from vault.domain.context import CallContext
from vault.domain.errors import InvalidParameter
from vault.domain.metric_filters import LOG_GROUP, MetricFilter, Transformation, log_group_arn
from vault.domain.operation import AccessCheck, Operation
from vault.services.binding import Services
from vault.services.metric_filters import LogEvent, LogQuery, tested

Request = Mapping[str, Any]
_MOST_FILTERS = 50
_MOST_EVENTS = 10_000


def _groups(services: Services, context: CallContext, request: Request) -> Answer:
    if "nextToken" in request:
        raise InvalidParameter("The specified nextToken is invalid.")
    arn = log_group_arn(context.region, context.account_id)
    wanted = (
        LOG_GROUP.startswith(request.get("logGroupNamePrefix", ""))
        and request.get("logGroupNamePattern", "").lower() in LOG_GROUP
        and any(each in (LOG_GROUP, arn) for each in request.get("logGroupIdentifiers", [LOG_GROUP]))
        and request.get("logGroupClass", "STANDARD") == "STANDARD"
        and context.account_id in request.get("accountIdentifiers", [context.account_id])
    )
    group = {
        "logGroupName": LOG_GROUP,
        "metricFilterCount": services.metric_filters.count(context),
        "arn": f"{arn}:*",
        "logGroupArn": arn,
        "logGroupClass": "STANDARD",
    }
    return {"logGroups": [group] if wanted else []}


def _put(services: Services, context: CallContext, request: Request) -> Answer:
    for name in ("applyOnTransformedLogs", "fieldSelectionCriteria", "emitSystemFieldDimensions"):
        if request.get(name):
            raise InvalidParameter(f"{name} is not supported: the trail is not transformed")
    made = request["metricTransformations"][0]
    transformation = Transformation(
        name=made["metricName"],
        namespace=made["metricNamespace"],
        value=made["metricValue"],
        default=made.get("defaultValue"),
        dimensions=tuple(sorted(made.get("dimensions", {}).items())),
        unit=made.get("unit"),
    )
    services.metric_filters.put(
        context, request["logGroupName"], request["filterName"], request["filterPattern"], transformation
    )
    return {}


def _describe(services: Services, context: CallContext, request: Request) -> Answer:
    name, namespace = request.get("metricName"), request.get("metricNamespace")
    if (name is None) != (namespace is None):
        raise InvalidParameter("metricName and metricNamespace go together.")
    page = services.metric_filters.describe(
        context,
        request.get("logGroupName"),
        prefix=request.get("filterNamePrefix", ""),
        metric=(name, namespace) if name is not None and namespace is not None else None,
        limit=request.get("limit", _MOST_FILTERS),
        next_token=request.get("nextToken", ""),
    )
    return {"metricFilters": [_filter(each) for each in page.items]} | present(nextToken=page.next_token)


def _filter(each: MetricFilter) -> Answer:
    made = each.transformation
    told = {
        "metricName": made.name,
        "metricNamespace": made.namespace,
        "metricValue": made.value,
    } | present(dimensions=dict(made.dimensions), unit=made.unit)
    # Zero is a value as any other.
    default = {} if made.default is None else {"defaultValue": made.default}
    return {
        "filterName": each.name,
        "filterPattern": each.pattern,
        "metricTransformations": [told | default],
        "creationTime": _milliseconds(each.created),
        "logGroupName": LOG_GROUP,
        "applyOnTransformedLogs": False,
    }


def _delete(services: Services, context: CallContext, request: Request) -> Answer:
    services.metric_filters.delete(context, request["logGroupName"], request["filterName"])
    return {}


def _test(services: Services, context: CallContext, request: Request) -> Answer:
    matches = tested(request["filterPattern"], request["logEventMessages"])
    return {
        "matches": [
            {"eventNumber": number, "eventMessage": message, "extractedValues": {}} for number, message in matches
        ]
    }


def _events(services: Services, context: CallContext, request: Request) -> Answer:
    services.metric_filters.require_group(context, request.get("logGroupName") or request.get("logGroupIdentifier"))
    query = LogQuery(
        pattern=request.get("filterPattern", ""),
        streams=tuple(request.get("logStreamNames", ())),
        stream_prefix=request.get("logStreamNamePrefix", ""),
        start=_moment(request.get("startTime")),
        end=_moment(request.get("endTime")),
        newest_first=not request.get("startFromHead", True),
    )
    page = services.metric_filters.events(
        context, query, limit=request.get("limit", _MOST_EVENTS), next_token=request.get("nextToken", "")
    )
    answer = {"events": [_event(each) for each in page.items], "searchedLogStreams": []}
    return answer | present(nextToken=page.next_token)


def _event(event: LogEvent) -> Answer:
    time = _milliseconds(event.row.time)
    return {
        "logStreamName": event.stream,
        "timestamp": time,
        "ingestionTime": time,
        "message": event.message,
        "eventId": str(event.row.event.get("eventID", "")),
    }


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _moment(milliseconds: int | None) -> datetime | None:
    if milliseconds is None:
        return None
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        raise InvalidParameter("The time is out of range.") from None


def _operation(
    name: str,
    run: Callable[[Services, CallContext, Request], Answer],
    *,
    read_only: bool = False,
    anywhere: bool = False,
) -> Operation:
    """Return an operation on a log group, or one that has none (`anywhere`)."""

    def checks(services: Services, context: CallContext, request: Request) -> Sequence[AccessCheck]:
        group = request.get("logGroupName") or request.get("logGroupIdentifier", "").rpartition(":log-group:")[2]
        arn = f"arn:{context.partition}:logs:{context.region}:{context.account_id}:log-group:{group or '*'}:*"
        resource = "*" if anywhere else arn
        return (AccessCheck(action=f"logs:{name}", resource=resource, named=resource),)

    return Operation(service="logs", name=name, read_only=read_only, checks=checks, run=run)


OPERATIONS: Mapping[str, Operation] = {
    each.name: each
    for each in (
        _operation("DescribeLogGroups", _groups, read_only=True),
        _operation("PutMetricFilter", _put),
        _operation("DescribeMetricFilters", _describe, read_only=True),
        _operation("DeleteMetricFilter", _delete),
        _operation("TestMetricFilter", _test, read_only=True, anywhere=True),
        _operation("FilterLogEvents", _events, read_only=True),
    )
}
