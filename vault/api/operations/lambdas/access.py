"""Which permissions a request to Lambda needs, and the condition keys that describe it.

Source: AWS Service Authorization Reference, "Actions, resources, and condition keys for AWS Lambda".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from vault.domain.condition_values import Values
from vault.domain.context import CallContext
from vault.domain.errors import IntegrityFailure
from vault.domain.function_names import FunctionPlace, locate_function
from vault.domain.function_policy import parsed_policy
from vault.domain.functions import Function
from vault.domain.operation import AccessCheck
from vault.services.binding import Services
from vault.services.execution_roles import SERVICE

Request = Mapping[str, Any]
Checks = Callable[[Services, CallContext, Request], Sequence[AccessCheck]]
_ACCOUNT = 4
"""Where an ARN has the account."""
_ACTIONS = {"Invoke": "InvokeFunction"}
"""Where an action is called otherwise than its operation."""


def place_in(context: CallContext, request: Request) -> FunctionPlace:
    """Return the place of the function that a request names. Raises as `locate_function`."""
    named = request.get("FunctionName") or request["Resource"]
    return locate_function(
        named, account_id=context.account_id, region=context.region, version=request.get("Qualifier")
    )


def function_checks(operation: str) -> Checks:
    """Return the checks of an operation on one function; a role and a key that it gets must be the caller's to give."""

    def checks(services: Services, context: CallContext, request: Request) -> Sequence[AccessCheck]:
        place = place_in(context, request)
        function = _found(services, place)
        actions = [_ACTIONS.get(operation, operation)]
        if operation == "CreateFunction" and request.get("Tags"):
            actions.append("TagResource")
        on_function = [_on(f"lambda:{action}", place, function, request) for action in actions]
        passing = [_passing(request["Role"], place)] if "Role" in request else []
        return [*on_function, *passing, *_on_key(services, context, request, place)]

    return checks


def list_checks(services: Services, context: CallContext, request: Request) -> Sequence[AccessCheck]:
    """Return the checks of ListFunctions, which has no resource."""
    return (AccessCheck(action="lambda:ListFunctions", resource="*", named="*"),)


def _on(action: str, place: FunctionPlace, function: Function | None, request: Request) -> AccessCheck:
    return AccessCheck(
        action=action,
        resource=place.arn,
        named=place.arn,
        describe=lambda: _keys(place, function, request),
        account_id=place.account_id,
        resource_policy=lambda: parsed_policy(function),
    )


def _passing(role: str, place: FunctionPlace) -> AccessCheck:
    keys = {"iam:PassedToService": SERVICE, "iam:AssociatedResourceArn": place.arn}
    # Of another account nobody passes a role on, whatever the function's policy lets them do.
    owner = role.split(":")[_ACCOUNT]
    return AccessCheck(action="iam:PassRole", resource=role, named=role, describe=lambda: keys, account_id=owner)


def _on_key(services: Services, context: CallContext, request: Request, place: FunctionPlace) -> list[AccessCheck]:
    key_arn = request.get("KMSKeyArn")
    check = services.functions.keys.check(context, key_arn, place.arn) if key_arn else None
    return [] if check is None else [check]


def _found(services: Services, place: FunctionPlace) -> Function | None:
    try:
        return services.functions.find(place)
    except IntegrityFailure:
        # Whoever asks for it is told so if let in; its policy is not believed.
        return None


def _keys(place: FunctionPlace, function: Function | None, request: Request) -> dict[str, Values]:
    keys: dict[str, Values] = {"lambda:FunctionArn": place.arn}
    for key, value in () if function is None else function.tags:
        keys[f"aws:ResourceTag/{key}"] = value
    tags = request.get("Tags", {})
    keys |= {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    names = list(tags) or list(request.get("TagKeys", ()))
    if names:
        keys["aws:TagKeys"] = names
    if "Principal" in request:
        keys["lambda:Principal"] = request["Principal"]
    return keys
