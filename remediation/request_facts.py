"""What the store knows about the secrets of a request: their keys, when they rotate, which version leaked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from remediation.migrate import Stored, store_errors
from strongroom.kernel.leaktags import LEAKED

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_AMAZONS = "alias/aws/secretsmanager"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One stored secret."""

    key: str = ""
    """The ARN of the customer's KMS key it is under; nothing for the one that everybody in the account may use."""
    version: str = ""
    """The version that holds the value which stood in the code, as far as a tag says."""
    due: str = ""
    """The day by which it rotates by itself (ISO 8601, UTC), where it does."""


def facts(stored: Iterable[Stored], client: SecretsManagerClient) -> Mapping[str, Facts]:
    """Return what the store says of each secret, by name. Raises `Denied`, `VaultUnavailable`, `StrongroomError`."""
    found: dict[str, Facts] = {}
    for secret in stored:
        with store_errors(secret.name):
            found[secret.name] = _facts(secret.arn, client.describe_secret(SecretId=secret.arn))
    return found


def _facts(arn: str, answer: Mapping[str, Any]) -> Facts:
    tags = {tag["Key"]: tag["Value"] for tag in answer.get("Tags", ())}
    due = answer.get("NextRotationDate")
    return Facts(
        key=_key(arn, answer.get("KmsKeyId", "")),
        version=tags.get(LEAKED, ""),
        due=due.astimezone(UTC).date().isoformat() if due is not None else "",
    )


def _key(arn: str, key: str) -> str:
    """Return a key's ARN, which the store tells as ARN, id or alias; that of an alias is nothing a policy can name."""
    if not key or key.endswith(_AMAZONS):
        return ""
    if key.startswith("arn:"):
        return key
    _, partition, _, region, account, *_ = arn.split(":")
    return f"arn:{partition}:kms:{region}:{account}:{key if key.startswith('alias/') else f'key/{key}'}"
