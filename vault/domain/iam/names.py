"""Ids, paths and ARNs of IAM's entities.

Source: IAM User Guide, "IAM identifiers" (friendly names and paths, ARNs, unique id prefixes) and "IAM and AWS STS
quotas".
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from random import Random

from vault.domain.errors import ValidationFailed

USER = "user"
GROUP = "group"
ROLE = "role"
POLICY = "policy"
MFA = "mfa"
ACCOUNT = "account"

ID_PREFIXES = {USER: "AIDA", GROUP: "AGPA", ROLE: "AROA", POLICY: "ANPA"}
_ID_ALPHABET = string.ascii_uppercase + "234567"
_ID_LENGTH = 17
_PATH = re.compile(r"/|/[\x21-\x7e]+/")
_INVALID_PATH = (
    "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters "
    "and/or / characters."
)
_POLICY_ARN = re.compile(r"arn:(aws[a-z-]*):iam::(aws|\d{12}):policy(/(?:[\x21-\x7e]+/)?)([\w+=,.@-]+)", re.ASCII)


def new_id(kind: str, source: Random) -> str:
    """Return a fresh unique id of an entity, its letters drawn from `source`."""
    return ID_PREFIXES[kind] + "".join(source.choices(_ID_ALPHABET, k=_ID_LENGTH))


def new_access_key_id(prefix: str, source: Random) -> str:
    """Return a fresh access key id: `AKIA` for one that lasts, `ASIA` for a temporary one."""
    return prefix + "".join(source.choices(_ID_ALPHABET, k=16))


def check_path(path: str | None) -> str:
    """Return the path, `/` where none is given. Raises `ValidationFailed` for what is no path."""
    if path is None:
        return "/"
    if not _PATH.fullmatch(path):
        raise ValidationFailed(_INVALID_PATH)
    return path


def arn(kind: str, account_id: str, path: str, name: str) -> str:
    """Return the ARN of an entity."""
    return f"arn:aws:iam::{account_id}:{kind}{path}{name}"


def root_arn(account_id: str) -> str:
    """Return the ARN of an account's root."""
    return f"arn:aws:iam::{account_id}:root"


def policy_place(policy_arn: str) -> tuple[str, str, str]:
    """Return account (or `aws`), path and name that a managed policy's ARN tells.

    Raises `ValidationFailed` for a text that is no such ARN.
    """
    found = _POLICY_ARN.fullmatch(policy_arn)
    if found is None:
        raise ValidationFailed("Invalid ARN:  Could not be parsed!")
    return found[2], found[3], found[4]


def last_name(entity_arn: str) -> str:
    """Return the friendly name at the end of an entity's ARN."""
    return entity_arn.rpartition("/")[2]


def under(prefix: str | None) -> Callable[[str], bool]:
    """Return a test whether a path lies under a prefix; everything does where none is given."""
    return (lambda _: True) if prefix is None else (lambda path: path.startswith(prefix))
