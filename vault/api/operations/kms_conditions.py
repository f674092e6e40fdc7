"""The condition keys that a KMS request brings itself; which member is which key stands in `kms_conditions.json`.

Where a request leaves a member out that has a default, the condition key has the default. Source: AWS KMS Developer
Guide, "Condition keys for AWS KMS"; Service Authorization Reference, "AWS Key Management Service".
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from vault.domain.condition_values import Values

_NEW = "CreateKey"


def request_conditions(operation: str, request: Mapping[str, Any]) -> dict[str, Values]:
    """Return the condition keys that an operation's request brings."""
    table = _table()
    members = table["members"] | (table["new_keys"] if operation == _NEW else {})
    left_out = table["left_out"].get(operation, ())
    found: dict[str, Values] = dict(table["operations"].get(operation, {}))
    for member, key in members.items():
        if member in request and member not in left_out:
            found[key] = _written(request[member])
    if operation == _NEW and found["kms:MultiRegion"] == "true":
        found["kms:MultiRegionKeyType"] = "PRIMARY"
    return found | _of_tags(request.get("Tags", ()))


def _of_tags(tags: Sequence[Mapping[str, str]]) -> dict[str, Values]:
    keys: dict[str, Values] = {f"aws:RequestTag/{tag['TagKey']}": tag["TagValue"] for tag in tags}
    return keys | ({"aws:TagKeys": [tag["TagKey"] for tag in tags]} if tags else {})


def _written(value: Any) -> Values:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping | list):
        return [str(each) for each in value]
    return str(value)


@cache
def _table() -> Mapping[str, Any]:
    table: Mapping[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
    return table
