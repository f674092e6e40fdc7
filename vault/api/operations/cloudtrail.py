"""CloudTrail on the wire: looking up what the trail recorded; no rules here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from strongroom.kernel.canonical import canonical_json
from vault.api.operations.secretsmanager_answers import Answer, present
from vault.domain.context import CallContext
from vault.domain.errors import InvalidLookupAttributes
from vault.domain.operation import AccessCheck, Operation
from vault.services.binding import Services
from vault.services.events import MOST, EventQuery, resource_type, resources, user_name
from vault.storage.trail import TrailRow


def _look_up(services: Services, context: CallContext, request: Mapping[str, Any]) -> Answer:
    attributes = request.get("LookupAttributes", [])
    if len(attributes) > 1:
        raise InvalidLookupAttributes("You can specify only one attribute.")
    query = EventQuery(
        attribute=(attributes[0]["AttributeKey"], attributes[0]["AttributeValue"]) if attributes else None,
        start=request.get("StartTime"),
        end=request.get("EndTime"),
    )
    page = services.events.look_up(
        context, query, limit=request.get("MaxResults", MOST), next_token=request.get("NextToken", "")
    )
    return {"Events": [_event(row) for row in page.items]} | present(NextToken=page.next_token)


def _event(row: TrailRow) -> Answer:
    event = row.event
    return present(
        EventId=event["eventID"],
        EventName=event["eventName"],
        ReadOnly="true" if event.get("readOnly") else "false",
        AccessKeyId=event["userIdentity"].get("accessKeyId"),
        EventTime=row.time,
        EventSource=event["eventSource"],
        Username=user_name(event),
        Resources=[{"ResourceType": resource_type(event), "ResourceName": name} for name in resources(event)],
        CloudTrailEvent=canonical_json(event).decode("utf-8"),
    )


def _checks(services: Services, context: CallContext, request: Mapping[str, Any]) -> Sequence[AccessCheck]:
    return (AccessCheck(action="cloudtrail:LookupEvents", resource="*", named="*"),)


OPERATIONS: Mapping[str, Operation] = {
    "LookupEvents": Operation(service="cloudtrail", name="LookupEvents", read_only=True, checks=_checks, run=_look_up)
}
