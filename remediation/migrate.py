"""Puts the planned values into the store, and does not believe it until each has come back equal.

The store is whatever the boto3 client speaks to. Nothing that is there is ever overwritten.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from remediation.errors import Refused
from remediation.model import Layout, SecretPlan
from strongroom.kernel.errors import CheckFailed, Denied, StrongroomError, VaultUnavailable
from strongroom.kernel.leaktags import LEAKED
from strongroom.kernel.secretvalue import SecretValue

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_SOURCE_TAG = "strongroom:source"
_DENIED = frozenset(
    ["AccessDeniedException", "UnrecognizedClientException", "InvalidSignatureException", "ExpiredTokenException"]
)
_TAG_LIMIT = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A secret that the store holds and has given back; `created` is false where it was there, equal, before."""

    name: str
    arn: str
    created: bool


def migrate(
    planned: Iterable[SecretPlan], client: SecretsManagerClient, progress: Callable[[str], None]
) -> tuple[Stored, ...]:
    """Store each secret, or find it there with the same value, and read it back.

    Raises `Refused` for a name that holds another value, `CheckFailed` where the store gives back something else,
    `Denied` and `VaultUnavailable`. What was stored before an error stays, and is reused by the next run.
    """
    return tuple(_migrated(secret, client, progress) for secret in planned)


def _migrated(secret: SecretPlan, client: SecretsManagerClient, progress: Callable[[str], None]) -> Stored:
    present = _read(secret.name, client)
    if present is None:
        _create(secret, client)
        progress(f"stored {secret.name}")
        return _read_back(secret, client, created=True)
    if not _holds(secret, present):
        raise Refused(
            f"the store has a secret {secret.name} with another value; it is left as it is",
            hint="if it was rotated or edited since, merge the earlier fix; else rename or delete the secret",
        )
    progress(f"found {secret.name} with the same value")
    return _read_back(secret, client, created=False)


def _read_back(secret: SecretPlan, client: SecretsManagerClient, *, created: bool) -> Stored:
    answer = _read(secret.name, client)
    if answer is None or not _holds(secret, answer):
        raise CheckFailed(f"the store did not give {secret.name} back as it was stored; no code was changed")
    return Stored(name=secret.name, arn=str(answer["ARN"]), created=created)


def _read(name: str, client: SecretsManagerClient) -> Mapping[str, Any] | None:
    with store_errors(name):
        try:
            return client.get_secret_value(SecretId=name)
        except client.exceptions.ResourceNotFoundException:
            return None


def _create(secret: SecretPlan, client: SecretsManagerClient) -> None:
    payload = secret.payload()
    content: dict[str, Any] = (
        {"SecretBinary": payload.reveal()}
        if secret.layout is Layout.BINARY
        else {"SecretString": payload.reveal_text()}
    )
    paths = sorted({reference.path for reference in secret.references})
    version = str(uuid.uuid4())
    tags = {_SOURCE_TAG: secret.fingerprints[0][:_TAG_LIMIT], LEAKED: version}
    with store_errors(secret.name):
        client.create_secret(
            Name=secret.name,
            ClientRequestToken=version,
            Description=f"Moved out of {', '.join(paths)}"[:2048],
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
            **content,
        )


def _holds(secret: SecretPlan, answer: Mapping[str, Any]) -> bool:
    if "SecretBinary" in answer:
        return SecretValue(answer["SecretBinary"]) == secret.payload()
    text = SecretValue(answer.get("SecretString", ""))
    return text == secret.payload() or _same_fields(secret, text)


def _same_fields(secret: SecretPlan, text: SecretValue) -> bool:
    """Tell whether a JSON secret has every planned field; others, such as `masterarn`, may have been added."""
    if secret.layout is not Layout.FIELDS:
        return False
    try:
        document = json.loads(text.reveal_text())
    except ValueError:
        return False
    wanted = {name: SecretValue(str(part)) for name, part in secret.fields().items()}
    return isinstance(document, dict) and all(
        name in document and SecretValue(str(document[name])) == part for name, part in wanted.items()
    )


@contextmanager
def store_errors(name: str) -> Iterator[None]:
    """Turn what boto3 raises about the secret `name` into our errors: at most a code, never a value."""
    try:
        yield
    except ClientError as error:
        raise _refusal(name, str(error.response.get("Error", {}).get("Code", "unknown"))) from None
    except BotoCoreError as error:
        raise VaultUnavailable(
            f"the store did not answer for {name}: {type(error).__name__}",
            hint="strongroom doctor shows which store is used and why",
        ) from None


def _refusal(name: str, code: str) -> StrongroomError:
    if code in _DENIED:
        return Denied(f"the store does not allow this for {name} ({code})")
    if code == "ResourceExistsException":
        return Refused(f"the store has a secret {name} already, without a readable value; it is left as it is")
    if code == "InvalidRequestException":
        return Refused(
            f"the store refuses {name} in its present state, such as scheduled deletion",
            hint=f"strongroom vault restore {name}, or wait until it is deleted",
        )
    return StrongroomError(f"the store refused {name} ({code})")
