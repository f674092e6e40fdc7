"""IAM policy documents, parsed strictly: what is not known is refused by name, never ignored.

Known now: Version, Id, Statement with Sid, Effect, Action, NotAction, Resource, NotResource; no Condition yet.
Source: IAM User Guide, "IAM JSON policy elements reference".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from vault.domain.errors import MalformedPolicyDocument

_DOCUMENT_MEMBERS = {"Version", "Id", "Statement"}
_STATEMENT_MEMBERS = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource"}
_VERSIONS = ("2012-10-17", "2008-10-17")


class Effect(StrEnum):
    """What a matching statement does."""

    ALLOW = "Allow"
    DENY = "Deny"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement. `negated_*` tells that the patterns came from NotAction or NotResource."""

    effect: Effect
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    negated_actions: bool = False
    negated_resources: bool = False
    sid: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A parsed identity or session policy."""

    statements: tuple[Statement, ...]
    source: str = ""
    """Where it came from, for explanations: `session policy`, or a policy's name."""


def parse_policy(document: str, *, source: str = "policy") -> Policy:
    """Parse a JSON policy without principals. Raises `MalformedPolicyDocument` naming the member at fault."""
    try:
        content = json.loads(document)
    except (ValueError, RecursionError):
        raise MalformedPolicyDocument("This policy contains invalid Json") from None
    if not isinstance(content, dict):
        raise MalformedPolicyDocument("Syntax errors in policy: the document is not an object.")
    _only_known(content, _DOCUMENT_MEMBERS, "policy")
    if content.get("Version", _VERSIONS[1]) not in _VERSIONS:
        raise MalformedPolicyDocument("Policy Version must be 2012-10-17 or 2008-10-17.")
    statements = content.get("Statement")
    listed = [statements] if isinstance(statements, dict) else statements
    if not isinstance(listed, list) or not listed:
        raise MalformedPolicyDocument("Syntax errors in policy: Statement is required.")
    return Policy(statements=tuple(_statement(each) for each in listed), source=source)


def _statement(content: Any) -> Statement:
    if not isinstance(content, dict):
        raise MalformedPolicyDocument("Syntax errors in policy: a Statement is not an object.")
    _only_known(content, _STATEMENT_MEMBERS, "statement")
    try:
        effect = Effect(str(content.get("Effect")))
    except ValueError:
        raise MalformedPolicyDocument("Statement Effect must be Allow or Deny.") from None
    actions, negated_actions = _one_of(content, "Action", "NotAction")
    resources, negated_resources = _one_of(content, "Resource", "NotResource")
    for action in actions:
        if action != "*" and ":" not in action:
            raise MalformedPolicyDocument(f"Actions must be prefixed with a vendor: {action}")
    for resource in resources:
        _check_resource(resource)
    return Statement(
        effect=effect,
        actions=actions,
        resources=resources,
        negated_actions=negated_actions,
        negated_resources=negated_resources,
        sid=str(content.get("Sid", "")),
    )


def _check_resource(resource: str) -> None:
    if "${" in resource:
        raise MalformedPolicyDocument(f"Policy variables are not supported here: {resource}")
    if resource != "*" and not resource.startswith("arn:"):
        raise MalformedPolicyDocument(f'Resource {resource} must be in ARN format or "*".')


def _one_of(content: Mapping[str, Any], plain: str, negated: str) -> tuple[tuple[str, ...], bool]:
    if (plain in content) == (negated in content):
        raise MalformedPolicyDocument(f"A statement must have exactly one of {plain} and {negated}.")
    name = plain if plain in content else negated
    value = content[name]
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not values or not all(isinstance(each, str) and each for each in values):
        raise MalformedPolicyDocument(f"{name} must be a string or a list of strings.")
    return tuple(values), name == negated


def _only_known(content: Mapping[str, Any], known: set[str], where: str) -> None:
    for name in content:
        if name not in known:
            raise MalformedPolicyDocument(f"The {where} member {name} is not supported.")
