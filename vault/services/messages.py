"""Messages between regions: the replication credential of a deployment, and what is sealed under it.

Every region's store holds the same credential, as the access key of a user that may do nothing else. Requests are
signed with it, and what they carry is sealed under a key derived from it, bound to operation, account and both regions.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from strongroom.kernel.canonical import canonical_json
from strongroom.kernel.secretvalue import SecretValue
from vault.crypto.aead import seal, unseal
from vault.crypto.kdf import transport_key
from vault.domain.envelope import tag, untag
from vault.domain.errors import AccessDenied, DecryptionFailed
from vault.domain.policy_documents import parse_identity_policy
from vault.domain.principals import Principal
from vault.domain.secret import SecretContent, ValueKind
from vault.services.keyring import Keyring
from vault.storage.identities import Identity
from vault.storage.store import UnitOfWork

ACTIONS = [f"strongroom:{name}" for name in ("PutReplica", "RemoveReplica", "LeaveReplica", "SetRegion")]
"""What regions tell each other, and nothing else of a server: it must not be sealed with their credential."""
USER = "user/strongroom-replication"
SENDS, NEXT = "replication_sends/", "replication_next/"
"""Facts of a store whose credential of an account is being renewed, with its id behind: the ids of the one that it
sends with, and of the new one."""
POLICY: Mapping[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ACTIONS, "Resource": "*"}],
}
_KEYS_POLICY = parse_identity_policy(
    json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "*"}],
        }
    ),
    source="replication",
)


def user_arn(account_id: str) -> str:
    """Return the ARN of the user whose access key is the credential."""
    return f"arn:aws:iam::{account_id}:{USER}"


def sealer(account_id: str, access_key_id: str) -> Principal:
    """Return who opens and seals values for replicas: it may use every KMS key, and calls nothing."""
    return Principal(
        account_id=account_id,
        arn=user_arn(account_id),
        user_id="strongroom-replication",
        access_key_id=access_key_id,
        identity_policies=(_KEYS_POLICY,),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """The access key that regions sign with towards each other."""

    access_key_id: str
    secret: SecretValue
    account_id: str

    def seal(self, content: Mapping[str, Any], *, operation: str, source: str, target: str) -> bytes:
        """Return JSON values sealed for one operation from one region to another."""
        key = transport_key(self.secret, self.account_id)
        return tag(seal(key, canonical_json(content), self._bound(operation, source, target)))

    def open(self, message: bytes, *, operation: str, source: str, target: str) -> dict[str, Any]:
        """Return what `seal` sealed for the same. Raises `AccessDenied`."""
        key = transport_key(self.secret, self.account_id)
        try:
            content: dict[str, Any] = json.loads(unseal(key, untag(message), self._bound(operation, source, target)))
        except DecryptionFailed:
            raise AccessDenied("The message was not sealed by a region of this deployment.") from None
        return content

    def _bound(self, operation: str, source: str, target: str) -> bytes:
        return canonical_json(["replication", operation, self.account_id, source, target])


def find_credential(
    tx: UnitOfWork, keyring: Keyring, account_id: str, access_key_id: str | None = None
) -> Credential | None:
    """Return the credential that an account's store sends with, or that of an id; None where there is none.

    While it is being renewed a store has two, and takes messages that were sent with either.
    """
    known = {each.access_key_id: each for each in find_identities(tx, account_id)}
    if access_key_id is None:
        sends = (tx.meta.get(SENDS + account_id) or b"").decode() if len(known) > 1 else ""
        access_key_id = sends if sends in known else min(known, default="")
    found = known.get(access_key_id)
    if found is None:
        return None
    secret = keyring.open_access_key(found)
    return Credential(access_key_id=found.access_key_id, secret=secret, account_id=account_id)


def find_identities(tx: UnitOfWork, account_id: str, name: str = USER) -> list[Identity]:
    """Return the identities of one of an account's own users.

    By default those whose access keys are credentials of the deployment, one unless it is being renewed.
    """
    wanted = f"arn:aws:iam::{account_id}:{name}"
    return [each for each in tx.identities.list(account_id) if each.user_arn == wanted]


def written(content: SecretContent) -> list[str]:
    """Return a value as it stands in a message: its kind, and its bytes in base64."""
    return [content.kind.value, base64.b64encode(content.value.reveal()).decode("ascii")]


def read(value: list[str]) -> SecretContent:
    """Return the value that `written` wrote."""
    kind, data = value
    return SecretContent(kind=ValueKind(kind), value=SecretValue(base64.b64decode(data)))
