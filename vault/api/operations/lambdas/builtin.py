"""The built-in rotation functions as Lambda shows them: listed and read, and managed by nobody but Strongroom."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from vault.domain.context import CallContext
from vault.domain.function_names import MANAGED, FunctionPlace, place_of
from vault.rotation.functions import ROTATORS, function_arn
from vault.services.function_calls import ROTATION

Answer = dict[str, Any]
_SINCE = "2026-01-01T00:00:00.000+0000"


def builtin_places(context: CallContext) -> Sequence[FunctionPlace]:
    """Return the places of the built-in functions for a caller, by name."""
    places = (place_of(function_arn(name, context.region, context.account_id)) for name in sorted(ROTATORS))
    return [place for place in places if place is not None]


def builtin_configuration(context: CallContext, place: FunctionPlace) -> Answer | None:
    """Return how Lambda shows a built-in function; None for another."""
    if place not in builtin_places(context):
        return None
    strategy = place.name.removeprefix(MANAGED)
    return {
        "FunctionName": place.name,
        "FunctionArn": place.arn,
        "Runtime": "python3.11",
        "Role": f"arn:aws:iam::{place.account_id}:role/strongroom-rotation",
        "Handler": f"strongroom.{strategy}",
        "CodeSize": 0,
        "Description": f"Built in and managed by Strongroom: rotates secrets by the strategy {strategy}.",
        "Timeout": 300,
        "MemorySize": 128,
        "LastModified": _SINCE,
        "CodeSha256": base64.b64encode(hashlib.sha256(strategy.encode()).digest()).decode(),
        "Version": "$LATEST",
        "TracingConfig": {"Mode": "PassThrough"},
        "RevisionId": "00000000-0000-4000-8000-000000000000",
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "Architectures": ["x86_64"],
    }


def builtin_policy(context: CallContext, place: FunctionPlace) -> str | None:
    """Return the resource policy of a built-in function; None for another."""
    if place not in builtin_places(context):
        return None
    statement = {
        "Sid": "StrongroomRotation",
        "Effect": "Allow",
        "Principal": {"Service": ROTATION},
        "Action": "lambda:InvokeFunction",
        "Resource": place.arn,
        "Condition": {"StringEquals": {"AWS:SourceAccount": place.account_id}},
    }
    return json.dumps({"Version": "2012-10-17", "Id": "default", "Statement": [statement]}, separators=(",", ":"))
