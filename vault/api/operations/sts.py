"""STS on the wire: GetFederationToken and GetCallerIdentity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vault.domain.context import CallContext
from vault.domain.errors import InvalidParameter
from vault.domain.operation import AccessCheck, Operation
from vault.services.sts import federated_arn

_REFUSED_MEMBERS = ("PolicyArns", "Tags")


def _federation_checks(services: Any, context: CallContext, request: Mapping[str, Any]) -> Sequence[AccessCheck]:
    arn = federated_arn(context.account_id, request["Name"])
    return (AccessCheck(action="sts:GetFederationToken", resource=arn, named=arn),)


def _federation_token(services: Any, context: CallContext, request: Mapping[str, Any]) -> dict[str, Any]:
    for member in _REFUSED_MEMBERS:
        if request.get(member):
            raise InvalidParameter(f"{member} is not supported; pass an inline Policy.")
    made = services.tokens.federation_token(
        context, name=request["Name"], policy=request.get("Policy"), seconds=request.get("DurationSeconds")
    )
    return {
        "Credentials": {
            "AccessKeyId": made.session.access_key_id,
            "SecretAccessKey": made.session.secret.reveal_text(),
            "SessionToken": made.token.reveal_text(),
            "Expiration": made.session.expires,
        },
        "FederatedUser": {"FederatedUserId": made.federated_id, "Arn": made.federated_arn},
        "PackedPolicySize": len(request.get("Policy", "")) * 100 // 2048,
    }


def _no_checks(services: Any, context: CallContext, request: Mapping[str, Any]) -> Sequence[AccessCheck]:
    return ()


def _caller_identity(services: Any, context: CallContext, request: Mapping[str, Any]) -> dict[str, Any]:
    account, arn, user_id = services.tokens.caller_identity(context)
    return {"UserId": user_id, "Account": account, "Arn": arn}


OPERATIONS: Mapping[str, Operation] = {
    "GetFederationToken": Operation(
        service="sts",
        name="GetFederationToken",
        read_only=False,
        checks=_federation_checks,
        run=_federation_token,
        recorded_response=("FederatedUser",),
    ),
    "GetCallerIdentity": Operation(
        service="sts", name="GetCallerIdentity", read_only=True, checks=_no_checks, run=_caller_identity
    ),
}
