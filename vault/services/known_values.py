"""What a secret holds, to be kept out of texts that others write: its labeled values, and its superuser secret's.

Nothing is recorded: nobody gets to see what is opened. Source for the members that are no secrets: Secrets Manager User
Guide, "JSON structure of AWS Secrets Manager secrets".
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from strongroom.kernel.secretvalue import SecretValue
from vault.domain.errors import VaultError
from vault.domain.secret import Secret
from vault.domain.versions import CURRENT, PENDING, PREVIOUS
from vault.services.keyring import Keyring
from vault.storage.store import UnitOfWork

_PLAIN = {"engine", "host", "port", "username", "dbname", "masterarn", "dbInstanceIdentifier", "dbClusterIdentifier"}
_SUPERUSER = "masterarn"


def known_values(tx: UnitOfWork, keyring: Keyring, arn: str) -> list[SecretValue] | None:
    """Return the values, and of those that are JSON each member by itself; None where one does not open."""
    values: list[SecretValue] = []
    waiting, seen = [arn], {arn}
    while waiting:
        secret = tx.secrets.find_arn(waiting.pop())
        try:
            opened = [] if secret is None else list(_opened(tx, keyring, secret))
        except VaultError:
            return None
        for value in opened:
            values.append(value)
            content = _content(value)
            values += [SecretValue(text) for text in _texts(content)]
            further = content.get(_SUPERUSER) if isinstance(content, dict) else None
            if isinstance(further, str) and further not in seen:
                seen.add(further)
                waiting.append(further)
    return values


def _opened(tx: UnitOfWork, keyring: Keyring, secret: Secret) -> Iterator[SecretValue]:
    for version in secret.versions.labelled((CURRENT, PREVIOUS, PENDING)):
        if not version.has_value:
            continue
        sealed = tx.secrets.find_version(secret.arn, version.version_id)
        key = tx.keys.find(version.key_id)
        if key is None:
            raise VaultError("its KMS key is gone")
        yield keyring.open_version(tx.keys, key, secret, sealed).value


def _content(value: SecretValue) -> Any:
    try:
        return json.loads(value.reveal())
    except (ValueError, RecursionError):
        return None


def _texts(content: Any) -> Iterator[str]:
    """Yield all texts and numbers within a value that may be secrets."""
    if isinstance(content, dict):
        for name, each in content.items():
            if name not in _PLAIN:
                yield from _texts(each)
    elif isinstance(content, list):
        for each in content:
            yield from _texts(each)
    elif isinstance(content, str | int | float) and not isinstance(content, bool):
        yield str(content)
