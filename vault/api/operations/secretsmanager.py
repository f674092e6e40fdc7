"""Secrets Manager on the wire: decoded request to service call, and back; no rules here.

A request arrives checked against the published model, so required members are there and of their type. Unset members
of an answer are absent, never null or empty.
"""

from __future__ import annotations

from collections.abc import Mapping

from vault.api.operations import (
    secretsmanager_batch,
    secretsmanager_policies,
    secretsmanager_replication,
    secretsmanager_tags,
)
from vault.api.operations.secretsmanager_access import (
    create_checks,
    reading_checks,
    rotation_checks,
    unbound_checks,
)
from vault.api.operations.secretsmanager_answers import (
    Answer,
    description,
    list_entry,
    present,
    value_entry,
    version_entry,
)
from vault.api.operations.secretsmanager_members import Request, search_filters, tag_pairs
from vault.api.operations.secretsmanager_replication import replication_status, wanted_replicas
from vault.api.operations.secretsmanager_table import operation
from vault.domain.context import CallContext
from vault.domain.errors import InvalidParameter
from vault.domain.names import locate, name_arn
from vault.domain.operation import Operation
from vault.domain.passwords import DEFAULT_LENGTH, PasswordRules
from vault.domain.rotation_rules import RotationRules
from vault.domain.secret import SecretContent, secret_content
from vault.services.binding import Services
from vault.services.listing import DEFAULT_PAGE, SecretQuery
from vault.services.secrets import NewSecret, SecretChange


def _create(services: Services, context: CallContext, request: Request) -> Answer:
    _refuse(request, "CrossAccountPrimaryARN")
    new = NewSecret(
        name=request["Name"],
        token=request.get("ClientRequestToken"),
        content=_content(request),
        description=request.get("Description", ""),
        kind=request.get("Type", ""),
        kms_key_id=request.get("KmsKeyId"),
        tags=tag_pairs(request),
    )
    secret, version_id = services.secrets.create(context, new)
    wanted = wanted_replicas(request)
    if wanted and not secret.replicas:
        force = request.get("ForceOverwriteReplicaSecret", False)
        secret = services.replication.replicate(context, secret.arn, wanted, force=force)
    status = replication_status(services, secret)
    return present(ARN=secret.arn, Name=secret.name, VersionId=version_id, ReplicationStatus=status)


def _get_value(services: Services, context: CallContext, request: Request) -> Answer:
    reading = services.secrets.get_value(
        context, request["SecretId"], version_id=request.get("VersionId"), stage=request.get("VersionStage")
    )
    return value_entry(reading)


def _put_value(services: Services, context: CallContext, request: Request) -> Answer:
    token = request.get("ClientRequestToken")
    secret = services.secrets.put_value(
        context,
        request["SecretId"],
        token=token,
        content=_content(request),
        stages=request.get("VersionStages"),
        rotation_token=request.get("RotationToken"),
    )
    stages = secret.versions.ids_to_stages.get(token or "")
    return present(ARN=secret.arn, Name=secret.name, VersionId=token, VersionStages=stages)


def _describe(services: Services, context: CallContext, request: Request) -> Answer:
    secret = services.secrets.describe(context, request["SecretId"])
    return description(secret) | present(ReplicationStatus=replication_status(services, secret))


def _list(services: Services, context: CallContext, request: Request) -> Answer:
    query = SecretQuery(
        filters=search_filters(request),
        planned_deletion=request.get("IncludePlannedDeletion", False),
        sort_by=request.get("SortBy", "created-date"),
        descending=request.get("SortOrder", "asc") == "desc",
    )
    page = services.listing.secrets(
        context, query, limit=request.get("MaxResults", DEFAULT_PAGE), next_token=request.get("NextToken", "")
    )
    return {"SecretList": [list_entry(secret) for secret in page.items]} | present(NextToken=page.next_token)


def _list_versions(services: Services, context: CallContext, request: Request) -> Answer:
    secret = services.secrets.describe(context, request["SecretId"])
    page = services.listing.versions(
        secret,
        deprecated=request.get("IncludeDeprecated", False),
        limit=request.get("MaxResults", DEFAULT_PAGE),
        next_token=request.get("NextToken", ""),
    )
    entries = [version_entry(version, services.secrets.key_name) for version in page.items]
    return {"Versions": entries} | present(ARN=secret.arn, Name=secret.name, NextToken=page.next_token)


def _update(services: Services, context: CallContext, request: Request) -> Answer:
    change = SecretChange(
        token=request.get("ClientRequestToken"),
        content=_content(request),
        description=request.get("Description"),
        kind=request.get("Type"),
        kms_key_id=request.get("KmsKeyId"),
    )
    secret, version_id = services.secrets.update(context, request["SecretId"], change)
    return present(ARN=secret.arn, Name=secret.name, VersionId=version_id)


def _update_version_stage(services: Services, context: CallContext, request: Request) -> Answer:
    secret = services.secrets.update_version_stage(
        context,
        request["SecretId"],
        stage=request["VersionStage"],
        move_to=request.get("MoveToVersionId"),
        remove_from=request.get("RemoveFromVersionId"),
    )
    return present(ARN=secret.arn, Name=secret.name)


def _rotate(services: Services, context: CallContext, request: Request) -> Answer:
    _refuse(request, "ExternalSecretRotationMetadata", "ExternalSecretRotationRoleArn")
    rules = request.get("RotationRules")
    token = request.get("ClientRequestToken")
    secret = services.rotation.rotate(
        context,
        request["SecretId"],
        token=token,
        function_arn=request.get("RotationLambdaARN"),
        rules=_rotation_rules(rules) if rules is not None else None,
        immediately=request.get("RotateImmediately", True),
    )
    return present(ARN=secret.arn, Name=secret.name, VersionId=token)


def _cancel_rotate(services: Services, context: CallContext, request: Request) -> Answer:
    secret, pending = services.rotation.cancel(context, request["SecretId"])
    return present(ARN=secret.arn, Name=secret.name, VersionId=pending)


def _delete(services: Services, context: CallContext, request: Request) -> Answer:
    secret_id = request["SecretId"]
    secret = services.secrets.delete(
        context,
        secret_id,
        window_days=request.get("RecoveryWindowInDays"),
        force=request.get("ForceDeleteWithoutRecovery", False),
    )
    if secret is None or secret.deletion is None:
        return _absent_deleted(context, secret_id)
    return present(ARN=secret.arn, Name=secret.name, DeletionDate=secret.deletion.purge_at)


def _restore(services: Services, context: CallContext, request: Request) -> Answer:
    secret = services.secrets.restore(context, request["SecretId"])
    return present(ARN=secret.arn, Name=secret.name)


def _random_password(services: Services, context: CallContext, request: Request) -> Answer:
    rules = PasswordRules(
        length=request.get("PasswordLength", DEFAULT_LENGTH),
        exclude_characters=request.get("ExcludeCharacters", ""),
        exclude_lowercase=request.get("ExcludeLowercase", False),
        exclude_uppercase=request.get("ExcludeUppercase", False),
        exclude_numbers=request.get("ExcludeNumbers", False),
        exclude_punctuation=request.get("ExcludePunctuation", False),
        include_space=request.get("IncludeSpace", False),
        require_each_included_type=request.get("RequireEachIncludedType", True),
    )
    return {"RandomPassword": services.secrets.random_password(rules).reveal_text()}


def _content(request: Request) -> SecretContent | None:
    return secret_content(request.get("SecretString"), request.get("SecretBinary"))


def _refuse(request: Request, *members: str) -> None:
    """Refuse what is not offered here by name, rather than ignore it."""
    for member in members:
        if request.get(member):
            raise InvalidParameter(f"{member} is not supported.")


def _rotation_rules(rules: Request) -> RotationRules:
    return RotationRules(
        after_days=rules.get("AutomaticallyAfterDays"),
        schedule=rules.get("ScheduleExpression"),
        duration=rules.get("Duration"),
    )


def _absent_deleted(context: CallContext, secret_id: str) -> Answer:
    locator = locate(secret_id, account_id=context.account_id, region=context.region)
    arn = locator.arn or name_arn(
        partition=context.partition, region=locator.region, account_id=locator.account_id, name=locator.name
    )
    return present(ARN=arn, Name=locator.name or arn.rpartition(":")[2], DeletionDate=context.now)


OPERATIONS: Mapping[str, Operation] = {
    each.name: each
    for each in (
        operation("CreateSecret", _create, checks=create_checks),
        operation("GetSecretValue", _get_value, checks=reading_checks, read_only=True, recorded=(), reads_value=True),
        operation("PutSecretValue", _put_value),
        operation("DescribeSecret", _describe, read_only=True, recorded=()),
        operation("ListSecrets", _list, checks=unbound_checks("ListSecrets"), read_only=True, recorded=()),
        operation("ListSecretVersionIds", _list_versions, read_only=True, recorded=()),
        operation("UpdateSecret", _update),
        operation("UpdateSecretVersionStage", _update_version_stage),
        operation("RotateSecret", _rotate, checks=rotation_checks),
        operation("CancelRotateSecret", _cancel_rotate),
        operation("DeleteSecret", _delete),
        operation("RestoreSecret", _restore),
        operation(
            "GetRandomPassword",
            _random_password,
            checks=unbound_checks("GetRandomPassword"),
            read_only=True,
            recorded=(),
        ),
        *secretsmanager_batch.OPERATIONS,
        *secretsmanager_policies.OPERATIONS,
        *secretsmanager_replication.OPERATIONS,
        *secretsmanager_tags.OPERATIONS,
    )
}
