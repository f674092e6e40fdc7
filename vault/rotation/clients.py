"""What rotation functions reach: clients that may do one thing each, and the settings their templates know."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vault.domain.tags import Tags
from vault.rotation.rotators.base import KeyPair

_VARIABLE = "STRONGROOM_ROTATION_"
_TAG = "strongroom:"
_SETTINGS = (
    "EXCLUDE_CHARACTERS",
    "PASSWORD_LENGTH",
    "EXCLUDE_NUMBERS",
    "EXCLUDE_PUNCTUATION",
    "EXCLUDE_UPPERCASE",
    "EXCLUDE_LOWERCASE",
    "REQUIRE_EACH_INCLUDED_TYPE",
    "USERNAME_CHARACTER_LIMIT",
    "REMINDER",
    "KEEPS_PREVIOUS",
)
"""Variables of AWS's rotation templates that concern new users and passwords, and what our own functions go by."""
_ACTIONS = ("DescribeSecret", "GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage")
_KEY_ACTIONS = ["kms:Decrypt", "kms:GenerateDataKey"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """Makers of clients. `scoped` takes an account, a region and a session policy to a client of Secrets Manager.

    `signed` takes a service, an account, a region and an access key to a client that signs with it.
    """

    scoped: Callable[[str, str, str], Any]
    signed: Callable[[str, str, str, KeyPair], Any]


def rotating_policy(arn: str, key_arns: Sequence[str]) -> str:
    """Return what a function may do about the secret that it rotates, under its customers' KMS keys."""
    statements: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": [f"secretsmanager:{name}" for name in _ACTIONS], "Resource": arn},
        {"Effect": "Allow", "Action": "secretsmanager:GetRandomPassword", "Resource": "*"},
    ]
    if key_arns:
        statements.append({"Effect": "Allow", "Action": _KEY_ACTIONS, "Resource": list(key_arns)})
    return _document(statements)


def reading_policy(arn: str) -> str:
    """Return what a function may do about another secret that it needs, such as a superuser's."""
    actions = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
    return _document(
        [
            {"Effect": "Allow", "Action": actions, "Resource": arn},
            # Which key that secret is under is known once it is read; the key's own policy decides.
            {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"},
        ]
    )


def settings_of(variables: Mapping[str, str], tags: Tags) -> dict[str, str]:
    """Return the settings of a rotation, by the names of AWS's templates.

    `PASSWORD_LENGTH` is the tag `strongroom:password-length` of the secret, else the variable
    `STRONGROOM_ROTATION_PASSWORD_LENGTH` of the server; the others likewise.
    """
    told = dict(tags)
    tagged = {name: told.get(f"{_TAG}{name.lower().replace('_', '-')}") for name in _SETTINGS}
    found = {name: tagged[name] or variables.get(f"{_VARIABLE}{name}") for name in _SETTINGS}
    return {name: text for name, text in found.items() if text}


def _document(statements: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
