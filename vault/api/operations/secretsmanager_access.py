"""Which permissions a Secrets Manager request needs, and the condition keys that describe it.

The resource is the stored secret's ARN. For an absent secret it is the ARN its name would have, without a suffix, so
that whoever may not touch the secret is denied alike whether it exists or not. Source: AWS Service Authorization
Reference, "Actions, resources, and condition keys for AWS Secrets Manager".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vault.api.operations.secretsmanager_members import Request, tag_pairs
from vault.domain.context import CallContext
from vault.domain.names import locate, name_arn
from vault.domain.operation import AccessCheck
from vault.domain.policy_documents import known_resource_policy
from vault.domain.secret import Secret
from vault.domain.tags import Tags
from vault.domain.versions import CURRENT
from vault.services.binding import Services

Keys = dict[str, str | Sequence[str]]
Checks = Callable[[Services, CallContext, Request], Sequence[AccessCheck]]

_REQUESTED = {
    "SecretId": "secretsmanager:SecretId",
    "VersionId": "secretsmanager:VersionId",
    "VersionStage": "secretsmanager:VersionStage",
    "Name": "secretsmanager:Name",
    "Description": "secretsmanager:Description",
    "KmsKeyId": "secretsmanager:KmsKeyId",
    "RotationLambdaARN": "secretsmanager:RotationLambdaARN",
    "RecoveryWindowInDays": "secretsmanager:RecoveryWindowInDays",
    "ForceDeleteWithoutRecovery": "secretsmanager:ForceDeleteWithoutRecovery",
    "BlockPublicPolicy": "secretsmanager:BlockPublicPolicy",
    "ForceOverwriteReplicaSecret": "secretsmanager:ForceOverwriteReplicaSecret",
}


def secret_checks(operation: str) -> Checks:
    """Return the checks of an operation on one secret, named by `SecretId`."""

    def checks(services: Services, context: CallContext, request: Request) -> Sequence[AccessCheck]:
        return (_on_secret(operation, services, context, request, _requested),)

    return checks


def unbound_checks(operation: str) -> Checks:
    """Return the checks of an operation that has no resource."""

    def checks(services: Services, context: CallContext, request: Request) -> Sequence[AccessCheck]:
        return (AccessCheck(action=f"secretsmanager:{operation}", resource="*", named="*"),)

    return checks


def reading_checks(services: Services, context: CallContext, request: Request) -> Sequence[AccessCheck]:
    """Return the checks of GetSecretValue; without id and stage it asks for the `AWSCURRENT` version."""
    return (_on_secret("GetSecretValue", services, context, request, _read),)


def batch_checks(services: Services, context: CallContext, request: Request) -> Sequence[AccessCheck]:
    """Return the checks of the call itself; a search lists secrets too. Each secret is asked for by itself later."""
    actions = ("BatchGetSecretValue", "ListSecrets") if request.get("Filters") else ("BatchGetSecretValue",)
    return [check for action in actions for check in unbound_checks(action)(services, context, request)]


def rotation_checks(services: Services, context: CallContext, request: Request) -> Sequence[AccessCheck]:
    """Return the checks of RotateSecret: whoever has a function rotate must be let invoke it (AWS API page)."""
    check = _on_secret("RotateSecret", services, context, request, _requested)
    secret = services.secrets.find(context, request["SecretId"])
    stored = None if secret is None or secret.rotation is None else secret.rotation.function_arn
    named = request.get("RotationLambdaARN", stored)
    return [check] if named is None else [check, _on_function(services, named)]


def _on_function(services: Services, arn: str) -> AccessCheck:
    # Most stores are read and written all day, and asked for a rotation now and then.
    from vault.domain.function_names import place_of
    from vault.domain.function_policy import INVOKE, parsed_policy

    place = place_of(arn)
    return AccessCheck(
        action=INVOKE,
        resource=arn,
        named=arn,
        account_id="" if place is None else place.account_id,
        resource_policy=lambda: parsed_policy(services.function_calls.of_arn(arn)),
    )


def stored_check(action: str, secret: Secret) -> AccessCheck:
    """Return the check of an action on a secret that was found, and that the caller has not named."""
    return AccessCheck(
        action=action,
        resource=secret.arn,
        describe=lambda: _of_secret(secret),
        account_id=secret.account_id,
        resource_policy=lambda: known_resource_policy(secret.policy) if secret.policy else None,
    )


def validation_checks(services: Services, context: CallContext, request: Request) -> Sequence[AccessCheck]:
    """Return the checks of ValidateResourcePolicy, which asks for PutResourcePolicy too; it may name no secret."""
    checks = secret_checks if "SecretId" in request else unbound_checks
    actions = ("ValidateResourcePolicy", "PutResourcePolicy")
    return [check for action in actions for check in checks(action)(services, context, request)]


def create_checks(services: Services, context: CallContext, request: Request) -> Sequence[AccessCheck]:
    """Return the checks of CreateSecret; tags and replicas given with it need more (AWS API page of CreateSecret)."""
    tags = tag_pairs(request)
    resource = name_arn(
        partition=context.partition, region=context.region, account_id=context.account_id, name=request["Name"]
    )
    more = (("TagResource", bool(tags)), ("ReplicateSecretToRegions", bool(request.get("AddReplicaRegions"))))
    actions = ("CreateSecret", *(action for action, needed in more if needed))
    return [
        AccessCheck(
            action=f"secretsmanager:{action}",
            resource=resource,
            named=request["Name"],
            describe=lambda: _requested(request),
        )
        for action in actions
    ]


def _on_secret(
    operation: str,
    services: Services,
    context: CallContext,
    request: Request,
    requested: Callable[[Request], Keys],
) -> AccessCheck:
    named = request["SecretId"]
    secret = services.secrets.find(context, named)

    def describe() -> Keys:
        return requested(request) | (_of_secret(secret) if secret is not None else {})

    return AccessCheck(
        action=f"secretsmanager:{operation}",
        resource=secret.arn if secret is not None else _absent_arn(context, named),
        named=named,
        describe=describe,
        account_id=_owner(context, secret, named),
        resource_policy=lambda: None if secret is None or not secret.policy else known_resource_policy(secret.policy),
    )


def _owner(context: CallContext, secret: Secret | None, secret_id: str) -> str:
    """Return the account whose secret is meant: of an absent one whose ARN is given, that which the ARN names."""
    if secret is not None:
        return secret.account_id
    return locate(secret_id, account_id=context.account_id, region=context.region).account_id


def _absent_arn(context: CallContext, secret_id: str) -> str:
    if secret_id.startswith("arn:"):
        return secret_id
    locator = locate(secret_id, account_id=context.account_id, region=context.region)
    return name_arn(
        partition=context.partition, region=locator.region, account_id=locator.account_id, name=locator.name
    )


def _of_secret(secret: Secret) -> Keys:
    keys: Keys = {"secretsmanager:SecretPrimaryRegion": secret.primary_region}
    if secret.rotation is not None:
        keys["secretsmanager:resource/AllowRotationLambdaArn"] = secret.rotation.function_arn
    for prefix in ("aws:ResourceTag/", "secretsmanager:ResourceTag/"):
        keys |= _tag_keys(prefix, secret.tags)
    return keys


def _requested(request: Request) -> Keys:
    keys: Keys = {key: _text(request[member]) for member, key in _REQUESTED.items() if member in request}
    tags = tag_pairs(request)
    tag_names = [key for key, _ in tags] or list(request.get("TagKeys", ()))
    if tag_names:
        keys["aws:TagKeys"] = tag_names
    if "AddReplicaRegions" in request:
        keys["secretsmanager:AddReplicaRegions"] = [each.get("Region", "") for each in request["AddReplicaRegions"]]
    return keys | _tag_keys("aws:RequestTag/", tags)


def _read(request: Request) -> Keys:
    keys = _requested(request)
    if "VersionId" not in request:
        keys.setdefault("secretsmanager:VersionStage", CURRENT)
    return keys


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _tag_keys(prefix: str, tags: Tags) -> Keys:
    return {f"{prefix}{key}": value for key, value in tags}
