"""Puts the planned values into the store, and does not believe it until each has come back equal.

The store is whatever the boto3 client speaks to. Nothing that is there is ever overwritten.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from remediation.errors import Refused
from remediation.model import Layout, SecretPlan
from strongroom.kernel.errors import CheckFailed, Denied, StrongroomError, VaultUnavailable
from strongroom.kernel.leaktags import KEEPS_PREVIOUS, LEAKED, SHARED, SOURCE, UNDONE
from strongroom.kernel.secretvalue import SecretValue

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

DENIED = frozenset(
    ["AccessDeniedException", "UnrecognizedClientException", "InvalidSignatureException", "ExpiredTokenException"]
)
_TAG_LIMIT = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A secret that the store holds and has given back; `created` is false where it was there, equal, before."""

    name: str
    arn: str
    created: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How values get into a store: the client that speaks to it, and who is told before each step.

    `versions` gives the version id that each secret is stored under, by name; `storing` is told name and version
    before that is done, and `progress` in words for a person.
    """

    client: SecretsManagerClient
    versions: Mapping[str, str]
    storing: Callable[[str, str], None]
    progress: Callable[[str], None]


def migrate(planned: Sequence[SecretPlan], way: Way) -> tuple[Stored, ...]:
    """Store each secret, or find it there with the same value, and read it back.

    Raises `Refused` for a name that holds another value, `CheckFailed` where the store gives back something else,
    `Denied` and `VaultUnavailable`. What was stored before an error stays, and is reused by the next run.
    """
    stored: list[Stored] = []
    for number, secret in enumerate(planned, start=1):
        way.progress(f"storing {number} of {len(planned)}")
        stored.append(_migrated(secret, way))
    return tuple(stored)


def _migrated(secret: SecretPlan, way: Way) -> Stored:
    version = way.versions[secret.name]
    present, restored = _present(secret.name, way)
    if present is None:
        way.storing(secret.name, version)
        if _create(secret, version, way.client):
            return _read_back(secret, way.client, created=True)
        present = read(secret.name, way.client) or {}
    if not holds(secret, present):
        raise Refused(
            f"the store has a secret {secret.name} with another value; it is left as it is",
            hint="if it was rotated or edited since, merge the earlier fix; else rename or delete the secret",
        )
    ours = restored or present.get("VersionId") == version
    if not ours:
        _share(secret, way)
    return _read_back(secret, way.client, created=ours)


def _share(secret: SecretPlan, way: Way) -> None:
    """Mark a secret that another run made, so that its undo leaves it; who may not do that may still reuse it."""
    tags = [SHARED, *([KEEPS_PREVIOUS] if secret.keeps_previous else [])]
    with suppress(Denied), store_errors(secret.name):
        way.client.tag_resource(SecretId=secret.name, Tags=[{"Key": key, "Value": "true"} for key in tags])


def _present(name: str, way: Way) -> tuple[Mapping[str, Any] | None, bool]:
    """Return what the store has under a name, and whether it had to be had back from its deletion by an undo."""
    try:
        return read(name, way.client), False
    except Refused:
        if not _is_undone(name, way):
            raise
    _restore(name, way)
    return read(name, way.client), True


def _is_undone(name: str, way: Way) -> bool:
    """Tell whether a secret waits for its deletion since a fix was undone."""
    with store_errors(name):
        found = way.client.describe_secret(SecretId=name)
    return found.get("DeletedDate") is not None and any(tag["Key"] == UNDONE for tag in found.get("Tags", ()))


def _restore(name: str, way: Way) -> None:
    with store_errors(name):
        stages = way.client.describe_secret(SecretId=name)["VersionIdsToStages"]
        current = next(version for version, labels in stages.items() if "AWSCURRENT" in labels)
        way.storing(name, current)
        way.client.restore_secret(SecretId=name)
        way.client.untag_resource(SecretId=name, TagKeys=[UNDONE])


def _read_back(secret: SecretPlan, client: SecretsManagerClient, *, created: bool) -> Stored:
    answer = read(secret.name, client)
    if answer is None or not holds(secret, answer):
        raise CheckFailed(f"the store did not give {secret.name} back as it was stored; no code was changed")
    return Stored(name=secret.name, arn=str(answer["ARN"]), created=created)


def read(name: str, client: SecretsManagerClient) -> Mapping[str, Any] | None:
    """Return what GetSecretValue answers for a secret, None where there is none. Raises as `store_errors` does."""
    with store_errors(name):
        try:
            return client.get_secret_value(SecretId=name)
        except client.exceptions.ResourceNotFoundException:
            return None


def _create(secret: SecretPlan, version: str, client: SecretsManagerClient) -> bool:
    """Make a secret; return False where somebody else has made one of that name in the meantime."""
    payload = secret.payload()
    content: dict[str, Any] = (
        {"SecretBinary": payload.reveal()}
        if secret.layout is Layout.BINARY
        else {"SecretString": payload.reveal_text()}
    )
    paths = sorted({reference.path for reference in secret.references})
    tags = {SOURCE: secret.fingerprints[0][:_TAG_LIMIT], LEAKED: version}
    tags |= {KEEPS_PREVIOUS: "true"} if secret.keeps_previous else {}
    with store_errors(secret.name):
        try:
            client.create_secret(
                Name=secret.name,
                ClientRequestToken=version,
                Description=f"Moved out of {', '.join(paths)}"[:2048],
                Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
                **content,
            )
        except client.exceptions.ResourceExistsException:
            return False
    return True


def holds(secret: SecretPlan, answer: Mapping[str, Any]) -> bool:
    """Tell whether what GetSecretValue answered is what the plan would store."""
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
    if code in DENIED:
        return Denied(f"the store does not allow this for {name} ({code})")
    if code == "InvalidRequestException":
        return Refused(
            f"the store refuses {name} in its present state, such as scheduled deletion",
            hint=f"strongroom vault restore {name}, or wait until it is deleted",
        )
    return StrongroomError(f"the store refused {name} ({code})")
