"""The condition keys that tell who calls, from where and when: AWS's global ones.

Source: IAM User Guide, "AWS global condition context keys". Keys that a call does not have are absent, as on AWS.
"""

from __future__ import annotations

from vault.domain.condition_values import Values
from vault.domain.context import CallContext
from vault.domain.principals import Principal

_TYPES = {"Root": "Account", "IAMUser": "User", "FederatedUser": "FederatedUser"}


def caller_keys(principal: Principal, context: CallContext) -> dict[str, Values]:
    """Return the global condition keys of a call."""
    keys: dict[str, Values] = {
        "aws:PrincipalArn": principal.arn,
        "aws:PrincipalAccount": principal.account_id,
        "aws:PrincipalType": _TYPES[principal.kind],
        "aws:PrincipalIsAWSService": "false",
        "aws:ViaAWSService": "false",
        "aws:userid": principal.user_id,
        "aws:CurrentTime": context.now.isoformat(),
        "aws:EpochTime": str(int(context.now.timestamp())),
        "aws:RequestedRegion": context.region,
        "aws:SecureTransport": "true" if context.secure else "false",
    }
    if principal.kind == "IAMUser":
        keys["aws:username"] = principal.name
    if context.source_ip:
        keys["aws:SourceIp"] = context.source_ip
    if context.user_agent:
        keys["aws:UserAgent"] = context.user_agent
    return keys
