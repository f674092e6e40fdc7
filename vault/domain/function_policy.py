"""The resource policy of a function, made of statements that are added and removed one by one.

Source: AWS Lambda API Reference, "AddPermission"; the sentences are Lambda's.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from vault.domain.errors import MalformedPolicyDocument
from vault.domain.function_errors import (
    FunctionConflict,
    FunctionNotFound,
    InvalidFunctionParameter,
    PolicyLengthExceeded,
)
from vault.domain.functions import Function
from vault.domain.policy import Policy
from vault.domain.policy_documents import known_resource_policy

MOST_CHARACTERS = 20 * 1024
INVOKE = "lambda:InvokeFunction"
_ACCOUNT = re.compile(r"\d{12}")
_INVALID_PRINCIPAL = "The provided principal was invalid. Please check the principal and try again."
_INVALID_ACTION = "Provided action '{}' is not offered for a function's policy."
_TAKEN = "The statement id ({}) provided already exists. Please provide a new statement id, or remove the existing "
_ACTIONS = (
    INVOKE,
    "lambda:GetFunction",
    "lambda:GetFunctionConfiguration",
    "lambda:GetPolicy",
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
    "lambda:DeleteFunction",
    "lambda:AddPermission",
    "lambda:RemovePermission",
    "lambda:ListTags",
    "lambda:*",
    "*",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """Who is to be let do what with a function."""

    sid: str
    action: str
    principal: str
    """A service, an account, an ARN, or `*`."""
    source_arn: str = ""
    source_account: str = ""
    organization: str = ""


def statement_of(function: Function, permission: Permission) -> str:
    """Return the statement that lets somebody in, as JSON, as Lambda writes it.

    Raises `InvalidFunctionParameter` for a principal or an action that is none.
    """
    if permission.action not in _ACTIONS:
        raise InvalidFunctionParameter(_INVALID_ACTION.format(permission.action))
    statement: dict[str, Any] = {
        "Sid": permission.sid,
        "Effect": "Allow",
        "Principal": _principal(permission.principal),
        "Action": permission.action,
        "Resource": function.arn,
    }
    condition: dict[str, Any] = {}
    if permission.source_account:
        condition["StringEquals"] = {"AWS:SourceAccount": permission.source_account}
    if permission.organization:
        condition.setdefault("StringEquals", {})["aws:PrincipalOrgID"] = permission.organization
    if permission.source_arn:
        condition["ArnLike"] = {"AWS:SourceArn": permission.source_arn}
    text = json.dumps(statement | ({"Condition": condition} if condition else {}), separators=(",", ":"))
    _check(text)
    return text


def with_statement(function: Function, sid: str, text: str) -> tuple[tuple[str, str], ...]:
    """Return the statements of a function with one more. Raises `FunctionConflict`, `PolicyLengthExceeded`."""
    if sid in dict(function.statements):
        raise FunctionConflict(f"{_TAKEN.format(sid)}statement.")
    statements = (*function.statements, (sid, text))
    if sum(len(each) for _, each in statements) > MOST_CHARACTERS:
        raise PolicyLengthExceeded(f"The final policy size is bigger than the limit ({MOST_CHARACTERS}).")
    return statements


def without_statement(function: Function, sid: str) -> tuple[tuple[str, str], ...]:
    """Return the statements of a function without one. Raises `FunctionNotFound` where it has none of that id."""
    if not function.statements:
        raise FunctionNotFound("No policy is associated with the given resource.")
    if sid not in dict(function.statements):
        raise FunctionNotFound(f"Statement {sid} is not found in resource policy.")
    return tuple(each for each in function.statements if each[0] != sid)


def parsed_policy(function: Function | None) -> Policy | None:
    """Return a function's policy as it decides; None where there is none."""
    document = None if function is None else function.policy
    return None if document is None else known_resource_policy(document)


def _principal(named: str) -> Any:
    if named == "*":
        return "*"
    if _ACCOUNT.fullmatch(named):
        return {"AWS": f"arn:aws:iam::{named}:root"}
    return {"AWS": named} if named.startswith("arn:") else {"Service": named}


def _check(statement: str) -> None:
    try:
        known_resource_policy(f'{{"Version":"2012-10-17","Statement":[{statement}]}}')
    except MalformedPolicyDocument:
        raise InvalidFunctionParameter(_INVALID_PRINCIPAL) from None
