"""Which permissions a KMS request needs, and the condition keys that describe it.

The resource is the key's ARN, however it was named; for an absent key it is the ARN it would have, so that whoever may
not touch it is denied alike whether it exists or not. Source: AWS Service Authorization Reference, "Actions,
resources, and condition keys for AWS Key Management Service".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from vault.api.operations.kms_conditions import request_conditions
from vault.domain.condition_values import Values
from vault.domain.context import CallContext
from vault.domain.errors import ValidationFailed
from vault.domain.grants import Grant
from vault.domain.key_names import locate_key
from vault.domain.key_specs import SYMMETRIC
from vault.domain.keys import alias_arn, key_arn
from vault.domain.kms_errors import InvalidArn, KeyNotFound
from vault.domain.operation import AccessCheck
from vault.services.binding import Services

Request = Mapping[str, Any]
Checks = Callable[[Services, CallContext, Request], Sequence[AccessCheck]]
_OF_CIPHERTEXT = (
    "the resource associated with this ciphertext because the resource does not exist in this Region, no "
    "resource-based policies allow access, or a resource-based policy explicitly denies access"
)
"""AWS's words where a ciphertext of another account names the key."""
NOTHING_BOUND: Mapping[str, str] = MappingProxyType({})
"""The encryption context of what has none."""
_NO_CIPHERTEXT = (
    "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null"
)


def key_checks(operation: str, member: str = "KeyId", context_member: str = "EncryptionContext") -> Checks:
    """Return the checks of an operation on one key, named by `member`."""

    def checks(services: Services, context: CallContext, request: Request) -> Sequence[AccessCheck]:
        return (_on_key(operation, services, context, request, request[member], _pairs(request, context_member)),)

    return checks


def unbound_checks(operation: str) -> Checks:
    """Return the checks of an operation that has no resource."""

    def checks(services: Services, context: CallContext, request: Request) -> Sequence[AccessCheck]:
        return (_unbound(operation, context, request),)

    return checks


def alias_checks(operation: str) -> Checks:
    """Return the checks of an operation on an alias: it needs permission on the alias, and on each key concerned."""

    def checks(services: Services, context: CallContext, request: Request) -> Sequence[AccessCheck]:
        name, action = request["AliasName"], f"kms:{operation}"
        alias = alias_arn(context.partition, context.region, context.account_id, name)
        held = services.key_aliases.holder_arn(context, name) if operation != "CreateAlias" else None
        on_keys = [_on_key(operation, services, context, request, held)] if held else []
        if "TargetKeyId" in request:
            on_keys.append(_on_key(operation, services, context, request, request["TargetKeyId"]))
        return (AccessCheck(action=action, resource=alias, named=alias), *on_keys)

    return checks


def decrypt_checks(services: Services, context: CallContext, request: Request) -> Sequence[AccessCheck]:
    """Return the checks of Decrypt, on the key that the ciphertext names, or the caller."""
    return (_on_opener("Decrypt", services, context, request, "", "KeyId"),)


def re_encrypt_checks(services: Services, context: CallContext, request: Request) -> Sequence[AccessCheck]:
    """Return the checks of ReEncrypt: from the one key, to the other."""
    source = _on_opener("ReEncryptFrom", services, context, request, "Source", "SourceKeyId")
    named, bound = request["DestinationKeyId"], _pairs(request, "DestinationEncryptionContext")
    return (source, _on_key("ReEncryptTo", services, context, request, named, bound))


def retire_checks(services: Services, context: CallContext, request: Request) -> Sequence[AccessCheck]:
    """Return the checks of RetireGrant, on the key of the grant."""
    token = request.get("GrantToken")
    named = request.get("KeyId", "") if token is None else _of_grant(context, services.grants.of_token(token))
    return (_on_key("RetireGrant", services, context, request, named),)


def _of_grant(context: CallContext, grant: Grant) -> str:
    return key_arn(context.partition, grant.region, grant.account_id, grant.key_id)


def _unbound(operation: str, context: CallContext, request: Request) -> AccessCheck:
    def describe() -> dict[str, Values]:
        return {"kms:CallerAccount": context.account_id, **request_conditions(operation, request)}

    return AccessCheck(action=f"kms:{operation}", resource="*", named="*", describe=describe)


def _on_key(
    operation: str,
    services: Services,
    context: CallContext,
    request: Request,
    named: str,
    pairs: Mapping[str, str] = NOTHING_BOUND,
) -> AccessCheck:
    try:
        key = services.keys.lookup.anyones(context, named)
    except (KeyNotFound, InvalidArn):
        resource, owner = _absent(context, named)
        return AccessCheck(
            action=f"kms:{operation}", resource=resource, named=resource, account_id=owner, guarded=bool(owner)
        )

    def brought() -> dict[str, Values]:
        alias = {"kms:RequestAlias": named} if named.startswith("alias/") else {}
        return alias | request_conditions(operation, request)

    check = services.key_access.check(context, key, operation, pairs, brought)
    # Of another account's key, a refusal tells nothing that the caller did not say.
    return check if key.account_id == context.account_id else replace(check, named=named)


def _on_opener(
    operation: str, services: Services, context: CallContext, request: Request, side: str, member: str
) -> AccessCheck:
    """Return the check on the key that opens a ciphertext; `side` begins the names of its members in the request."""
    if "CiphertextBlob" not in request:
        # The model has it optional, for trying a key without one; otherwise there is nothing to open.
        raise ValidationFailed(_NO_CIPHERTEXT)
    algorithm = request.get(f"{side}EncryptionAlgorithm", SYMMETRIC)
    key = services.ciphers.opener(context, request["CiphertextBlob"], request.get(member), algorithm)
    pairs = _pairs(request, f"{side}EncryptionContext")
    check = _on_key(operation, services, context, request, key.arn(context.partition), pairs)
    unasked = member not in request and key.account_id != context.account_id
    return replace(check, untold=_OF_CIPHERTEXT) if unasked else check


def _absent(context: CallContext, named: str) -> tuple[str, str]:
    """Return the ARN that an absent key would have, and the other account whose alias it would be.

    An id of a key cannot be guessed, so whoever asks for one is told that there is none, as AWS tells.
    """
    try:
        locator = locate_key(named, account_id=context.account_id, region=context.region)
    except (KeyNotFound, InvalidArn):
        return f"arn:{context.partition}:kms:{context.region}:{context.account_id}:key/{named}", ""
    foreign = locator.alias and locator.account_id != context.account_id
    return locator.arn(context.partition), locator.account_id if foreign else ""


def _pairs(request: Request, member: str) -> Mapping[str, str]:
    pairs: Mapping[str, str] = request.get(member, NOTHING_BOUND)
    return pairs
