"""How Secrets Manager shows secrets and versions. Unset members are absent, never null or empty, as AWS has it.

One list may be empty: that of a secret's tags, once all that it had are taken off (recorded from AWS).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

from vault.domain.rotation import RotationConfig
from vault.domain.secret import Secret, ValueKind
from vault.domain.versions import SecretVersion
from vault.services.secrets import SecretReading

Answer = dict[str, Any]

_DEFAULT_KEY = "DefaultEncryptionKey"


def present(**members: Any) -> Answer:
    """Return the members that are set."""
    return {name: value for name, value in members.items() if value not in (None, "", [], {})}


def _metadata(secret: Secret) -> Answer:
    """Return what DescribeSecret and ListSecrets have in common."""
    shown = present(
        ARN=secret.arn,
        Name=secret.name,
        Type=secret.kind,
        Description=secret.description,
        KmsKeyId=secret.kms_key,
        LastChangedDate=secret.changed,
        LastAccessedDate=midnight(secret.accessed),
        CreatedDate=secret.created,
        PrimaryRegion=secret.primary_region if secret.replicated else None,
    )
    if secret.tags or secret.untagged:
        shown["Tags"] = [{"Key": key, "Value": value} for key, value in secret.tags]
    rotation = secret.shown_rotation
    return shown | (_rotation(rotation) if rotation is not None else {})


def _rotation(rotation: RotationConfig) -> Answer:
    rules = present(
        AutomaticallyAfterDays=rotation.shown_after_days,
        Duration=rotation.rules.duration,
        ScheduleExpression=rotation.rules.schedule,
    )
    return {"RotationEnabled": rotation.enabled} | present(
        RotationLambdaARN=rotation.function_arn,
        RotationRules=rules,
        LastRotatedDate=rotation.last_rotated,
        NextRotationDate=rotation.next_rotation,
    )


def description(secret: Secret) -> Answer:
    """Return a secret as DescribeSecret shows it."""
    deletion = secret.deletion
    shown = _metadata(secret) | present(
        DeletedDate=deletion.purge_at if deletion is not None else None,
        VersionIdsToStages=secret.versions.ids_to_stages,
    )
    if secret.shown_rotation is not None and not secret.shown_rotation.enabled:
        # ListSecrets keeps it; DescribeSecret has none while rotation is off (AWS API page of DescribeSecret).
        shown.pop("LastRotatedDate", None)
    return shown


def list_entry(secret: Secret) -> Answer:
    """Return a secret as ListSecrets shows it."""
    deletion = secret.deletion
    return _metadata(secret) | present(
        DeletedDate=deletion.requested if deletion is not None else None,
        SecretVersionsToStages=secret.versions.ids_to_stages,
    )


def value_entry(reading: SecretReading) -> Answer:
    """Return a value as GetSecretValue and BatchGetSecretValue show it."""
    is_text = reading.content.kind is ValueKind.STRING
    return present(
        ARN=reading.secret.arn,
        Name=reading.secret.name,
        VersionId=reading.version.version_id,
        SecretString=reading.content.value.reveal_text() if is_text else None,
        SecretBinary=None if is_text else reading.content.value.reveal(),
        VersionStages=sorted(reading.version.stages),
        CreatedDate=reading.version.created,
    )


def version_entry(version: SecretVersion, key_name: Callable[[str], str | None]) -> Answer:
    """Return a version as ListSecretVersionIds shows it; `key_name` names its keys but the one that AWS manages."""
    return present(
        VersionId=version.version_id,
        VersionStages=sorted(version.stages),
        LastAccessedDate=midnight(version.accessed),
        CreatedDate=version.created,
        KmsKeyIds=[key_name(key_id) or _DEFAULT_KEY for key_id in version.key_ids] if version.has_value else [],
    )


def midnight(day: date | None) -> datetime | None:
    """Return the beginning of a day in UTC, as which days are shown."""
    return None if day is None else datetime.combine(day, time(), UTC)
