"""STS on the wire: sessions of users, roles and federated users, and who is asking."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from vault.domain.context import CallContext
from vault.domain.errors import ValidationFailed
from vault.domain.iam.documents import known_trust_policy
from vault.domain.iam.entities import Role
from vault.domain.iam.names import last_name
from vault.domain.operation import AccessCheck, Operation
from vault.domain.policy import Policy
from vault.domain.sessions import SessionScope
from vault.services.binding import Services
from vault.services.iam.directory import Directory
from vault.services.iam.trusting import as_of_now
from vault.services.sts import RoleRequest, TemporaryCredentials, checked_tags, federated_arn

Request = Mapping[str, Any]
Answer = dict[str, Any]

_ARN = re.compile(r"arn:[^:\s]+:[^:\s]+:[^:\s]*:[^:\s]*:\S+")
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/\S+")
_UNKNOWN_KEY = re.compile(r"(AKIA|ASIA)[A-Z2-7]+")


def _credentials(made: TemporaryCredentials) -> Answer:
    return {
        "AccessKeyId": made.session.access_key_id,
        "SecretAccessKey": made.session.secret.reveal_text(),
        "SessionToken": made.token.reveal_text(),
        "Expiration": made.session.expires,
    }


def _packed(scope: SessionScope) -> Answer:
    size = scope.packed_size
    return {} if size is None else {"PackedPolicySize": size}


def _scope(request: Request) -> SessionScope:
    return SessionScope(
        policy=request.get("Policy", ""),
        policy_arns=tuple(each["arn"] for each in request.get("PolicyArns", ()) if "arn" in each),
        tags=checked_tags([(tag["Key"], tag["Value"]) for tag in request.get("Tags", ())]),
        transitive=tuple(request.get("TransitiveTagKeys", ())),
        source_identity=request.get("SourceIdentity", ""),
    )


def _known_policies(services: Services, request: Request) -> None:
    for each in request.get("PolicyArns", ()):
        services.iam.directory.attachable(each.get("arn", ""))


def _tag_keys(request: Request) -> dict[str, str | Sequence[str]]:
    tags = request.get("Tags", ())
    keys: dict[str, str | Sequence[str]] = {f"aws:RequestTag/{tag['Key']}": tag["Value"] for tag in tags}
    if tags:
        keys["aws:TagKeys"] = [tag["Key"] for tag in tags]
    return keys


def _federation_checks(services: Services, context: CallContext, request: Request) -> Sequence[AccessCheck]:
    arn = federated_arn(context.account_id, request["Name"])
    keys = _tag_keys(request)
    checks = [AccessCheck(action="sts:GetFederationToken", resource=arn, named=arn, describe=lambda: keys)]
    if request.get("Tags"):
        checks.append(AccessCheck(action="sts:TagSession", resource=arn, named=arn, describe=lambda: keys))
    return checks


def _federation_token(services: Services, context: CallContext, request: Request) -> Answer:
    scope = _scope(request)
    _known_policies(services, request)
    made = services.tokens.federation_token(
        context, name=request["Name"], scope=scope, seconds=request.get("DurationSeconds")
    )
    user = {"FederatedUserId": made.user_id, "Arn": made.arn}
    return {"Credentials": _credentials(made), "FederatedUser": user, "PackedPolicySize": scope.packed_size or 0}


def _session_token(services: Services, context: CallContext, request: Request) -> Answer:
    made = services.tokens.session_token(
        context, seconds=request.get("DurationSeconds"), mfa=_vouched(services, context, request)
    )
    return {"Credentials": _credentials(made)}


def _vouched(services: Services, context: CallContext, request: Request) -> datetime | None:
    """Return now where a code of the caller's MFA device comes with a request. Raises `MfaRefused` for a bad one."""
    serial, code = request.get("SerialNumber"), request.get("TokenCode")
    if serial is None and code is None:
        return None
    if serial is None or code is None:
        raise ValidationFailed("Both SerialNumber and TokenCode must be given, or neither.")
    services.iam.require_code(serial, code, context.now)
    return context.now


def _role(services: Services, request: Request) -> Role | None:
    """Return the role that is asked for, of whichever account; None where there is none."""
    arn = request["RoleArn"]
    if not _ARN.fullmatch(arn):
        raise ValidationFailed(f"{arn} is invalid")
    found = _ROLE_ARN.fullmatch(arn)
    role = None if found is None else Directory(services.tx, found[1]).find(Role, last_name(arn))
    return role if role is not None and role.arn == arn else None


def _role_checks(services: Services, context: CallContext, request: Request) -> Sequence[AccessCheck]:
    role, arn = _role(services, request), request["RoleArn"]
    keys = _role_keys(services, context, request, role)

    def trust() -> Policy | None:
        return None if role is None else known_trust_policy(as_of_now(services.tx, role).trust)

    check = AccessCheck(
        action="sts:AssumeRole",
        resource=arn,
        named=arn,
        describe=lambda: keys,
        account_id="" if role is None else role.account_id,
        guarded=True,
        resource_policy=trust,
    )
    checks = [check]
    if request.get("Tags"):
        checks.append(replace(check, action="sts:TagSession"))
    if request.get("SourceIdentity"):
        checks.append(replace(check, action="sts:SetSourceIdentity"))
    return checks


def _role_keys(
    services: Services, context: CallContext, request: Request, role: Role | None
) -> dict[str, str | Sequence[str]]:
    """Return STS's condition keys. Source: Service Authorization Reference, "AWS Security Token Service"."""
    keys = _tag_keys(request) | {"sts:RoleSessionName": request["RoleSessionName"]}
    named = {
        "sts:ExternalId": request.get("ExternalId"),
        "sts:SourceIdentity": request.get("SourceIdentity"),
        "sts:TransitiveTagKeys": request.get("TransitiveTagKeys"),
    }
    keys |= {name: value for name, value in named.items() if value}
    if "DurationSeconds" in request:
        keys["sts:DurationSeconds"] = str(request["DurationSeconds"])
    for key, value in () if role is None else role.tags:
        keys[f"aws:ResourceTag/{key}"] = keys[f"iam:ResourceTag/{key}"] = value
    if _vouched(services, context, request) is not None:
        keys |= {"aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "0"}
    return keys


def _assume_role(services: Services, context: CallContext, request: Request) -> Answer:
    role = _role(services, request)
    if role is None:
        raise ValidationFailed(f"{request['RoleArn']} is invalid")
    scope = _scope(request)
    _known_policies(services, request)
    asked = RoleRequest(name=request["RoleSessionName"], seconds=request.get("DurationSeconds"), scope=scope)
    made = services.tokens.assume_role(context, role, asked)
    answer: Answer = {
        "Credentials": _credentials(made),
        "AssumedRoleUser": {"AssumedRoleId": made.user_id, "Arn": made.arn},
    }
    source = made.session.scope.source_identity
    return answer | _packed(scope) | ({"SourceIdentity": source} if source else {})


def _caller_identity(services: Services, context: CallContext, request: Request) -> Answer:
    account, arn, user_id = services.tokens.caller_identity(context)
    return {"UserId": user_id, "Account": account, "Arn": arn}


def _key_info(services: Services, context: CallContext, request: Request) -> Answer:
    identity = services.tx.identities.find(request["AccessKeyId"])
    if identity is None:
        known = _UNKNOWN_KEY.fullmatch(request["AccessKeyId"])
        told = "The access key is not of this deployment." if known else "Invalid Access Key ID"
        raise ValidationFailed(told)
    return {"Account": identity.account_id}


def _no_checks(services: Services, context: CallContext, request: Request) -> Sequence[AccessCheck]:
    return ()


def _on_anything(name: str) -> Any:
    def checks(services: Services, context: CallContext, request: Request) -> Sequence[AccessCheck]:
        return (AccessCheck(action=f"sts:{name}", resource="*", named="*"),)

    return checks


_ALL = (
    Operation(
        service="sts",
        name="AssumeRole",
        read_only=False,
        checks=_role_checks,
        run=_assume_role,
        recorded_response=("AssumedRoleUser",),
    ),
    Operation(
        service="sts",
        name="GetFederationToken",
        read_only=False,
        checks=_federation_checks,
        run=_federation_token,
        recorded_response=("FederatedUser",),
    ),
    Operation(service="sts", name="GetSessionToken", read_only=False, checks=_no_checks, run=_session_token),
    Operation(service="sts", name="GetCallerIdentity", read_only=True, checks=_no_checks, run=_caller_identity),
    Operation(
        service="sts", name="GetAccessKeyInfo", read_only=True, checks=_on_anything("GetAccessKeyInfo"), run=_key_info
    ),
)

OPERATIONS: Mapping[str, Operation] = {each.name: each for each in _ALL}
