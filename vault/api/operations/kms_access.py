"""Which permissions a KMS request needs, and the condition keys that describe it.

The resource is the key's ARN, however it was named; for an absent key it is the ARN it would have, so that whoever may
not touch it is denied alike whether it exists or not. Source: AWS Service Authorization Reference, "Actions,
resources, and condition keys for AWS Key Management Service".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from vault.api.operations.kms_conditions import request_conditions
from vault.domain.condition_values import Values
from vault.domain.context import CallContext
from vault.domain.errors import ValidationFailed
from vault.domain.key_names import locate_key
from vault.domain.key_specs import SYMMETRIC
from vault.domain.keys import alias_arn
from vault.domain.kms_errors import InvalidArn, KeyNotFound
from vault.domain.operation import AccessCheck
from vault.services.binding import Services

Request = Mapping[str, Any]
Checks = Callable[[Services, CallContext, Request], Sequence[AccessCheck]]
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
    named = services.grants.of_token(token).key_id if token is not None else request.get("KeyId", "")
    return (_on_key("RetireGrant", services, context, request, named),)


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
        key = services.keys.lookup.named(context, named)
    except (KeyNotFound, InvalidArn):
        resource = _absent_arn(context, named)
        return AccessCheck(action=f"kms:{operation}", resource=resource, named=resource)

    def brought() -> dict[str, Values]:
        alias = {"kms:RequestAlias": named} if named.startswith("alias/") else {}
        return alias | request_conditions(operation, request)

    return services.key_access.check(context, key, operation, pairs, brought)


def _on_opener(
    operation: str, services: Services, context: CallContext, request: Request, side: str, member: str
) -> AccessCheck:
    """Return the check on the key that opens a ciphertext; `side` begins the names of its members in the request."""
    if "CiphertextBlob" not in request:
        # The model has it optional, for trying a key without one; otherwise there is nothing to open.
        raise ValidationFailed(_NO_CIPHERTEXT)
    algorithm = request.get(f"{side}EncryptionAlgorithm", SYMMETRIC)
    key = services.ciphers.opener(context, request["CiphertextBlob"], request.get(member), algorithm)
    return _on_key(operation, services, context, request, key.key_id, _pairs(request, f"{side}EncryptionContext"))


def _absent_arn(context: CallContext, named: str) -> str:
    try:
        return locate_key(named, account_id=context.account_id, region=context.region).arn(context.partition)
    except (KeyNotFound, InvalidArn):
        return f"arn:{context.partition}:kms:{context.region}:{context.account_id}:key/{named}"


def _pairs(request: Request, member: str) -> Mapping[str, str]:
    pairs: Mapping[str, str] = request.get(member, NOTHING_BOUND)
    return pairs
