"""What of a call may be recorded: everything but what the model marks sensitive, spelled as CloudTrail spells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vault.domain.trail import spelled

_CODES = {"TokenCode", "AuthenticationCode1", "AuthenticationCode2"}
"""Codes of MFA devices: the models do not mark them, and one that was refused may still be good."""


def recorded(shape: Any, content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of `content`, a structure of `shape`, that are not sensitive."""
    if shape is None:
        return {}
    return {
        spelled(name): _value(shape.members[name], value)
        for name, value in content.items()
        if name in shape.members and name not in _CODES and not _sensitive(shape.members[name])
    }


def _sensitive(shape: Any) -> bool:
    """Tell whether the model marks a shape, or what a list of them holds."""
    return bool(shape.metadata.get("sensitive")) or (shape.type_name == "list" and _sensitive(shape.member))


def _value(shape: Any, value: Any) -> Any:
    if shape.type_name == "structure":
        return recorded(shape, value)
    if shape.type_name == "list":
        return [_value(shape.member, each) for each in value]
    return value
