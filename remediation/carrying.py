"""Carries secrets from one store to another: read back and compared, and nothing overwritten that differs.

Both are whatever their boto3 clients speak to. A secret arrives with its name, description, tags and current value, and
its version keeps its id, so that what is said of a version stays true. Older versions, policies, rotation and replicas
stay where they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from remediation.migrate import store_errors
from strongroom.kernel.errors import CheckFailed
from strongroom.kernel.secretvalue import SecretValue

_AMAZONS = "aws:"
"""Tags of this prefix are set by AWS alone."""


class Outcome(StrEnum):
    """What became of a secret."""

    COPIED = "copied"
    WOULD_COPY = "would copy"
    SAME = "same"
    DIFFERS = "differs"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """One secret, and what became of it; `note` says what a person should know."""

    name: str
    outcome: Outcome
    note: str = ""


def carry(
    source: Any, target: Any, names: Sequence[str], *, kms_key: str = "", dry_run: bool = False
) -> Iterator[Carried]:
    """Copy the secrets of `names`, or all, from one client's store to the other's; yield each as it is done.

    With `dry_run` nothing is changed. Raises `CheckFailed` where the target gives back something else than it was
    given, `Denied`, `VaultUnavailable`.
    """
    for entry in _entries(source, names):
        yield _carried(source, target, entry, kms_key, dry_run)


def _entries(source: Any, names: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    for name in names:
        with store_errors(name):
            yield source.describe_secret(SecretId=name)
    if not names:
        with store_errors("all secrets"):
            for page in source.get_paginator("list_secrets").paginate():
                yield from page["SecretList"]


def _carried(source: Any, target: Any, entry: Mapping[str, Any], kms_key: str, dry_run: bool) -> Carried:
    name = entry["Name"]
    current = _current(source, entry["ARN"])
    if current is None:
        return Carried(name=name, outcome=Outcome.UNREADABLE, note="it has no current value, or is to be deleted")
    there = _current(target, name)
    if there is None and dry_run:
        return Carried(name=name, outcome=Outcome.WOULD_COPY)
    if there is None:
        _create(target, entry, current, kms_key)
        if not _equal(current, _current(target, name)):
            raise CheckFailed(f"the store did not give {name} back as it was stored", hint="look at it by hand")
        return Carried(name=name, outcome=Outcome.COPIED, note=_left_behind(entry))
    if _equal(current, there):
        return Carried(name=name, outcome=Outcome.SAME)
    return Carried(name=name, outcome=Outcome.DIFFERS, note="the other store has another value, which is left as it is")


def _current(client: Any, name: str) -> Mapping[str, Any] | None:
    with store_errors(name):
        try:
            answer: Mapping[str, Any] = client.get_secret_value(SecretId=name)
        except (client.exceptions.ResourceNotFoundException, client.exceptions.InvalidRequestException):
            return None
    return answer


def _create(target: Any, entry: Mapping[str, Any], current: Mapping[str, Any], kms_key: str) -> None:
    tags = [tag for tag in entry.get("Tags", ()) if not tag["Key"].startswith(_AMAZONS)]
    content = {member: current[member] for member in ("SecretString", "SecretBinary") if member in current}
    more = {"Description": entry.get("Description", ""), "KmsKeyId": kms_key, "Tags": tags}
    with store_errors(entry["Name"]):
        target.create_secret(
            Name=entry["Name"],
            ClientRequestToken=current["VersionId"],
            **content,
            **{member: value for member, value in more.items() if value},
        )


def _equal(one: Mapping[str, Any], other: Mapping[str, Any] | None) -> bool:
    return other is not None and _value(one) == _value(other)


def _value(answer: Mapping[str, Any]) -> tuple[str, SecretValue]:
    member = "SecretString" if "SecretString" in answer else "SecretBinary"
    return member, SecretValue(answer[member])


def _left_behind(entry: Mapping[str, Any]) -> str:
    """Return what of a secret did not come along, in words."""
    rotates = "rotation" if entry.get("RotationEnabled") else ""
    replicas = "replicas" if entry.get("ReplicationStatus") else ""
    left = [each for each in (rotates, replicas) if each]
    return f"not its {' and '.join(left)}: set that up there" if left else ""
