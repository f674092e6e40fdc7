"""Which permissions a Secrets Manager request needs, and the condition keys that describe it.

The resource is the stored secret's ARN. For an absent secret it is the ARN its name would have, without a suffix, so
that whoever may not touch the secret is denied alike whether it exists or not. Source: AWS Service Authorization
Reference, "Actions, resources, and condition keys for AWS Secrets Manager".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from vault.domain.context import CallContext
from vault.domain.names import locate, name_arn
from vault.domain.operation import AccessCheck
from vault.domain.secret import Tags
from vault.domain.versions import CURRENT
from vault.services.binding import Services

Request = Mapping[str, Any]
Keys = dict[str, str | Sequence[str]]
Checks = Callable[[Services, CallContext, Request], Sequence[AccessCheck]]

_NAMED_KEYS = {
    "SecretId": "secretsmanager:SecretId",
    "VersionId": "secretsmanager:VersionId",
    "VersionStage": "secretsmanager:VersionStage",
    "Name": "secretsmanager:Name",
    "Description": "secretsmanager:Description",
    "KmsKeyId": "secretsmanager:KmsKeyId",
    "RotationLambdaARN": "secretsmanager:RotationLambdaARN",
}


def secret_checks(operation: str) -> Checks:
    """Return the checks of an operation on one secret, named by `SecretId`."""

    def checks(services: Services, context: CallContext, request: Request) -> Sequence[AccessCheck]:
        return (_on_secret(operation, services, context, request, _requested(request)),)

    return checks


def unbound_checks(operation: str) -> Checks:
    """Return the checks of an operation that has no resource."""

    def checks(services: Services, context: CallContext, request: Request) -> Sequence[AccessCheck]:
        return (AccessCheck(action=f"secretsmanager:{operation}", resource="*", named="*"),)

    return checks


def reading_checks(services: Services, context: CallContext, request: Request) -> Sequence[AccessCheck]:
    """Return the checks of GetSecretValue; without id and stage it asks for the `AWSCURRENT` version."""
    keys = _requested(request)
    if "VersionId" not in request:
        keys.setdefault("secretsmanager:VersionStage", CURRENT)
    return (_on_secret("GetSecretValue", services, context, request, keys),)


def create_checks(services: Services, context: CallContext, request: Request) -> Sequence[AccessCheck]:
    """Return the checks of CreateSecret; tags given with it need TagResource too (AWS API page of CreateSecret)."""
    tags = tuple((tag.get("Key", ""), tag.get("Value", "")) for tag in request.get("Tags", ()))
    keys = _requested(request) | _tag_keys("aws:RequestTag/", tags)
    if tags:
        keys["aws:TagKeys"] = [key for key, _ in tags]
    resource = name_arn(
        partition=context.partition, region=context.region, account_id=context.account_id, name=request["Name"]
    )
    actions = ("CreateSecret", "TagResource") if tags else ("CreateSecret",)
    return [
        AccessCheck(action=f"secretsmanager:{action}", resource=resource, named=request["Name"], condition_keys=keys)
        for action in actions
    ]


def _on_secret(operation: str, services: Services, context: CallContext, request: Request, keys: Keys) -> AccessCheck:
    named = request["SecretId"]
    secret = services.secrets.find(context, named)
    if secret is None:
        resource = _absent_arn(context, named)
    else:
        resource = secret.arn
        for prefix in ("aws:ResourceTag/", "secretsmanager:ResourceTag/"):
            keys |= _tag_keys(prefix, secret.tags)
    return AccessCheck(action=f"secretsmanager:{operation}", resource=resource, named=named, condition_keys=keys)


def _absent_arn(context: CallContext, secret_id: str) -> str:
    if secret_id.startswith("arn:"):
        return secret_id
    locator = locate(secret_id, account_id=context.account_id, region=context.region)
    return name_arn(
        partition=context.partition, region=locator.region, account_id=locator.account_id, name=locator.name
    )


def _requested(request: Request) -> Keys:
    return {key: str(request[member]) for member, key in _NAMED_KEYS.items() if member in request}


def _tag_keys(prefix: str, tags: Tags) -> Keys:
    return {f"{prefix}{key}": value for key, value in tags}
