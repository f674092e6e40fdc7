"""The condition keys that tell who calls, from where and when: AWS's global ones.

Source: IAM User Guide, "AWS global condition context keys". Keys that a call does not have are absent, as on AWS.
"""

from __future__ import annotations

from vault.domain.condition_values import Values
from vault.domain.context import CallContext
from vault.domain.principals import Principal, SessionFacts

_TYPES = {
    "Root": "Account",
    "IAMUser": "User",
    "FederatedUser": "FederatedUser",
    "AssumedRole": "AssumedRole",
    "AWSService": "Service",
}


def caller_keys(principal: Principal, context: CallContext) -> dict[str, Values]:
    """Return the global condition keys of a call."""
    keys: dict[str, Values] = {
        "aws:PrincipalArn": principal.principal_arn,
        "aws:PrincipalAccount": principal.account_id,
        "aws:PrincipalType": _TYPES[principal.kind],
        "aws:PrincipalIsAWSService": "true" if principal.service else "false",
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
    if principal.service:
        keys["aws:PrincipalServiceName"] = principal.service
    keys.update({f"aws:PrincipalTag/{key}": value for key, value in principal.tags})
    if principal.session is not None:
        keys.update(_session_keys(principal.session, context))
    return keys


def _session_keys(session: SessionFacts, context: CallContext) -> dict[str, Values]:
    """Return the keys that calls with temporary credentials have, and no others."""
    keys: dict[str, Values] = {
        "aws:TokenIssueTime": session.issued.isoformat(),
        "aws:MultiFactorAuthPresent": "false" if session.mfa is None else "true",
    }
    if session.mfa is not None:
        keys["aws:MultiFactorAuthAge"] = str(int((context.now - session.mfa).total_seconds()))
    if session.source_identity:
        keys["aws:SourceIdentity"] = session.source_identity
    return keys
