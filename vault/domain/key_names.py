"""What a caller may write where a key or alias is asked for, and AWS's words for what is wrong with it.

A `KeyId` is a key id (a UUID, or `mrk-` and 32 hex digits), a key ARN, an alias (`alias/…`) or an alias ARN. Operations
that change a key take no alias. Source: AWS KMS API Reference, the parameter `KeyId` of each operation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from vault.domain.errors import ValidationFailed
from vault.domain.keys import alias_arn, key_arn
from vault.domain.kms_errors import InvalidAliasName, InvalidArn, KeyNotFound, ReservedAlias

_KEY_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32}")
_ARN_PARTS = 6
_PREFIX = "alias/"
_RESERVED = "alias/aws/"
_WITHIN_ALIAS = re.compile(r"[a-zA-Z0-9/_-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLocator:
    """Where a `KeyId` points: an account and region, and a key id or an alias."""

    account_id: str
    region: str
    key_id: str = ""
    alias: str = ""

    def arn(self, partition: str) -> str:
        """Return the ARN of what is pointed at."""
        if self.alias:
            return alias_arn(partition, self.region, self.account_id, self.alias)
        return key_arn(partition, self.region, self.account_id, self.key_id)

    def not_found(self, partition: str) -> KeyNotFound:
        """Return the refusal where nothing is there."""
        if self.alias:
            return KeyNotFound(f"Alias {self.arn(partition)} is not found.")
        return KeyNotFound(f"Key '{self.arn(partition)}' does not exist")


def locate_key(text: str, *, account_id: str, region: str, aliases: bool = True) -> KeyLocator:
    """Return where `text` points, for a caller of `account_id` and `region`; `aliases` tells whether those serve.

    Raises `KeyNotFound` for what cannot be a key's id and for an ARN of another region, `InvalidArn`.
    """
    if not text.startswith("arn:"):
        return _named(text, text, account_id, region, aliases=aliases)
    parts = text.split(":", _ARN_PARTS - 1)
    if len(parts) != _ARN_PARTS or parts[2] != "kms":
        raise InvalidArn(f"Invalid arn {text}")
    if parts[3] != region:
        raise KeyNotFound(f"Invalid arn {parts[3]}")
    resource = parts[5]
    if not resource.startswith(("key/", _PREFIX)):
        raise InvalidArn(f"Invalid arn {text}")
    return _named(resource.removeprefix("key/"), text, parts[4], region, aliases=aliases)


def _named(name: str, text: str, account_id: str, region: str, *, aliases: bool) -> KeyLocator:
    if name.startswith(_PREFIX) and aliases:
        return KeyLocator(account_id=account_id, region=region, alias=name)
    if not _KEY_ID.fullmatch(name):
        raise KeyNotFound(f"Invalid keyId '{text}'")
    return KeyLocator(account_id=account_id, region=region, key_id=name)


def check_new_alias(name: str) -> None:
    """Raise for a name no alias of a caller can have: `ValidationFailed`, `ReservedAlias`, `InvalidAliasName`."""
    if not name.startswith(_PREFIX) or name == _PREFIX:
        raise ValidationFailed(
            'Alias must start with the prefix "alias/". Please see '
            "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"
        )
    if name.startswith(_RESERVED):
        raise ReservedAlias
    if not _WITHIN_ALIAS.fullmatch(name):
        raise InvalidAliasName(f"{name} contains invalid characters for an alias")
