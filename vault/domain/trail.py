"""The shape of a recorded call: CloudTrail's names, no values, every string bounded.

Source: AWS CloudTrail User Guide, "CloudTrail record contents".
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from vault.domain.context import CallContext

_MAX_TEXT = 2048


def call_event(
    context: CallContext,
    *,
    service: str,
    name: str,
    read_only: bool,
    parameters: Mapping[str, Any],
    response: Mapping[str, Any],
    refused: str | None = None,
    message: str | None = None,
) -> dict[str, Any]:
    """Return the event of one call. `parameters` and `response` come without sensitive members."""
    event: dict[str, Any] = {
        "eventID": context.request_id,
        "eventTime": context.now.isoformat(timespec="milliseconds"),
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "readOnly": read_only,
        "awsRegion": context.region,
        "recipientAccountId": context.account_id,
        "sourceIPAddress": context.source_ip,
        "userAgent": context.user_agent,
        "userIdentity": {
            "arn": context.principal_arn,
            "accountId": context.account_id,
            "accessKeyId": context.access_key_id,
        },
        "requestParameters": dict(parameters),
        "responseElements": dict(response) or None,
    }
    if refused is not None:
        event |= {"errorCode": refused, "errorMessage": message or ""}
    bounded: dict[str, Any] = _bounded(event)
    return bounded


def _bounded(value: Any) -> Any:
    if isinstance(value, str):
        return value[:_MAX_TEXT]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key)[:_MAX_TEXT]: _bounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_bounded(each) for each in value]
    return "<binary>" if isinstance(value, bytes) else value


def service_event(
    name: str, *, account_id: str, region: str, now: datetime, details: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the event of something the service did by itself (`RotationStarted`, ...). `details` hold no value."""
    event: dict[str, Any] = _bounded(
        {
            "eventID": str(uuid.uuid4()),
            "eventTime": now.isoformat(timespec="milliseconds"),
            "eventType": "AwsServiceEvent",
            "eventSource": "secretsmanager.amazonaws.com",
            "eventName": name,
            "readOnly": False,
            "awsRegion": region,
            "recipientAccountId": account_id,
            "serviceEventDetails": dict(details),
        }
    )
    return event
