"""Secret names, ARNs, and what a caller may write where a secret is asked for.

A secret's ARN is `arn:<partition>:secretsmanager:<region>:<account>:secret:<name>-<suffix>`, the suffix being six
letters and digits drawn at each creation (AWS user guide, "AWS Secrets Manager secret ARN"). A `SecretId` is

    a name         found in the caller's account and region
    a full ARN     its resource ends in `-` and six letters or digits
    a partial ARN  the same without the suffix

A partial ARN of a name that itself ends in `-xxxxxx` reads as a full one and finds nothing, as on AWS; so a name
that equals another secret's name plus suffix never captures a lookup of the other.
"""

from __future__ import annotations

import random
import re
import string
from dataclasses import dataclass
from functools import lru_cache

from vault.domain.errors import ResourceNotFound, ValidationFailed

_NAME = re.compile(r"[A-Za-z0-9/_+=.@!-]{1,512}\Z")
_SUFFIXED = re.compile(r".+-[A-Za-z0-9]{6}\Z")
_SUFFIX_ALPHABET = string.ascii_letters + string.digits
_SUFFIX_LENGTH = 6

NOT_FOUND = "Secrets Manager can't find the specified secret."
_INVALID_NAME = (
    "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretLocator:
    """Where a `SecretId` points: an account and region, and either a name or a full ARN."""

    account_id: str
    region: str
    name: str = ""
    arn: str = ""
    """Set for a full ARN only; `name` is then empty."""


def check_name(name: str) -> str:
    """Return `name` as it is. Raises `ValidationFailed` with AWS's text for characters a name cannot hold."""
    if not _NAME.match(name):
        raise ValidationFailed(_INVALID_NAME)
    return name


def name_arn(*, partition: str, region: str, account_id: str, name: str) -> str:
    """Return the ARN of `name` without its random suffix."""
    return f"arn:{partition}:secretsmanager:{region}:{account_id}:secret:{name}"


def new_arn(*, partition: str, region: str, account_id: str, name: str, source: random.Random) -> str:
    """Return a fresh ARN of `name`, its suffix drawn from `source`."""
    suffix = "".join(source.choices(_SUFFIX_ALPHABET, k=_SUFFIX_LENGTH))
    return f"{name_arn(partition=partition, region=region, account_id=account_id, name=name)}-{suffix}"


@lru_cache(maxsize=1024)
def locate(secret_id: str, *, account_id: str, region: str) -> SecretLocator:
    """Return where `secret_id` points, for a caller of `account_id` and `region`.

    Raises `ResourceNotFound` for an ARN that is not one of a secret, `ValidationFailed` for what cannot be a name.
    """
    if not secret_id.startswith("arn:"):
        return SecretLocator(account_id=account_id, region=region, name=check_name(secret_id))
    parts = secret_id.split(":", 6)
    if len(parts) != 7 or parts[2] != "secretsmanager" or parts[5] != "secret" or not parts[6]:
        raise ResourceNotFound(NOT_FOUND)
    _, _, _, arn_region, arn_account, _, resource = parts
    if _SUFFIXED.match(resource):
        return SecretLocator(account_id=arn_account, region=arn_region, arn=secret_id)
    return SecretLocator(account_id=arn_account, region=arn_region, name=resource)
