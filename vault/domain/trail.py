"""The shape of a recorded event: CloudTrail's names, no values, every string bounded.

Source: AWS CloudTrail User Guide, "CloudTrail record contents" and "CloudTrail userIdentity element".
"""

from __future__ import annotations

import itertools
import secrets
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from vault.domain.context import CallContext
from vault.domain.principals import Principal, SessionFacts

VERSION = "1.11"
_MAX_TEXT = 2048
_PROCESS = str(uuid.uuid4())[:-12]
_NUMBERS = itertools.count(secrets.randbits(32))


def call_event(
    context: CallContext,
    principal: Principal,
    *,
    service: str,
    name: str,
    read_only: bool,
    parameters: Mapping[str, Any],
    response: Mapping[str, Any],
    error: tuple[str, str] | None = None,
    key_arns: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the event of one call; `error` is AWS's code and message of a refusal, `key_arns` the KMS keys it is on.

    `parameters` and `response` come without sensitive members, with names as CloudTrail spells them.
    """
    event: dict[str, Any] = {
        "eventVersion": VERSION,
        "userIdentity": identity(context, principal),
        "eventTime": moment(context.now),
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": context.region,
        "sourceIPAddress": context.source_ip,
        "userAgent": context.user_agent,
        "requestParameters": _bounded(parameters) or None,
        "responseElements": _bounded(response) or None,
        "requestID": context.request_id,
        "eventID": new_event_id(),
        "readOnly": read_only,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": context.account_id,
        "eventCategory": "Management",
    }
    if key_arns:
        event["resources"] = [
            {"accountId": context.account_id, "type": "AWS::KMS::Key", "ARN": arn} for arn in key_arns
        ]
    if error is not None:
        event["errorCode"], event["errorMessage"] = error[0], error[1][:_MAX_TEXT]
    return event


def service_event(
    name: str,
    *,
    account_id: str,
    region: str,
    now: datetime,
    details: Mapping[str, Any],
    service: str = "secretsmanager",
) -> dict[str, Any]:
    """Return the event of something a service did by itself (`RotationStarted`, ...). `details` hold no value."""
    itself = f"{service}.amazonaws.com"
    return {
        "eventVersion": VERSION,
        "userIdentity": {"accountId": account_id, "invokedBy": itself},
        "eventTime": moment(now),
        "eventSource": itself,
        "eventName": name,
        "awsRegion": region,
        "sourceIPAddress": itself,
        "userAgent": itself,
        "requestParameters": None,
        "responseElements": None,
        "eventID": new_event_id(),
        "readOnly": False,
        "eventType": "AwsServiceEvent",
        "managementEvent": True,
        "recipientAccountId": account_id,
        "serviceEventDetails": _bounded(details),
        "eventCategory": "Management",
    }


def new_event_id() -> str:
    """Return an id that no other event has: the first half is this process's own, drawn once, the second counts."""
    return f"{_PROCESS}{next(_NUMBERS):012x}"


@lru_cache(maxsize=1024)
def spelled(member: str) -> str:
    """Return an API member's name as CloudTrail has it: `secretId`, `arn`."""
    return member.lower() if member.isupper() else member[0].lower() + member[1:]


def spelled_within(content: Any) -> Any:
    """Return structures with all their members' names as CloudTrail has them."""
    if isinstance(content, Mapping):
        return {spelled(name): spelled_within(value) for name, value in content.items()}
    return [spelled_within(each) for each in content] if isinstance(content, list) else content


def identity(context: CallContext, principal: Principal) -> dict[str, Any]:
    """Return who called, as CloudTrail's `userIdentity` tells it."""
    who: dict[str, Any] = {
        "type": principal.kind,
        "principalId": principal.user_id,
        "arn": context.principal_arn,
        "accountId": context.account_id,
        "accessKeyId": context.access_key_id,
    }
    if principal.kind in ("IAMUser", "FederatedUser"):
        who["userName"] = principal.name
    if principal.session is not None:
        who["sessionContext"] = _session_context(principal, principal.session)
    return who


def _session_context(principal: Principal, session: SessionFacts) -> dict[str, Any]:
    """Return what CloudTrail tells of temporary credentials."""
    told: dict[str, Any] = {
        "attributes": {
            "creationDate": moment(session.issued),
            "mfaAuthenticated": "false" if session.mfa is None else "true",
        }
    }
    if principal.kind == "AssumedRole":
        told["sessionIssuer"] = {
            "type": "Role",
            "principalId": session.owner_id,
            "arn": principal.owner_arn,
            "accountId": principal.account_id,
            "userName": principal.owner_arn.rpartition("/")[2],
        }
    return told | ({"sourceIdentity": session.source_identity} if session.source_identity else {})


@lru_cache(maxsize=16)
def moment(now: datetime) -> str:
    """Return a time as CloudTrail writes it."""
    return f"{now.isoformat(timespec='seconds')[:19]}Z"


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
