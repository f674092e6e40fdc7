"""Who signs: long-lived access keys and the sessions made from them, as principals with their policies."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime

from strongroom.kernel.secretvalue import SecretValue
from vault.domain.errors import DecryptionFailed
from vault.domain.policy import Policy
from vault.domain.policy_documents import parse_identity_policy
from vault.domain.principals import Principal
from vault.domain.sessions import Session
from vault.services.keyring import Keyring
from vault.services.remembered import Remembered
from vault.services.sts import TOKEN_PURPOSE, federated_arn
from vault.storage.store import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """An identity together with the key its requests must be signed with."""

    principal: Principal
    secret: SecretValue
    expires: datetime | None = None


class Signers:
    """The signers of a store, remembered while nothing about identities changes."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._known: Remembered[Signer] = Remembered()

    def find(self, tx: UnitOfWork, access_key_id: str, token: str | None) -> Signer | None:
        """Return who signs with an access key and, for a temporary one, its session token; None for nobody."""
        identities = IdentityService(tx, self._keyring)

        def look_up() -> Signer | None:
            return identities.long_lived(access_key_id) if token is None else identities.session(access_key_id, token)

        return self._known.get(tx.meta.generation, (access_key_id, token), look_up)


class IdentityService:
    """Looks signers up in one transaction."""

    def __init__(self, tx: UnitOfWork, keyring: Keyring) -> None:
        self._tx = tx
        self._keyring = keyring

    def long_lived(self, access_key_id: str) -> Signer | None:
        """Return the signer of a stored access key, or None."""
        identity = self._tx.identities.find(access_key_id)
        if identity is None:
            return None
        policies = tuple(parse_identity_policy(json.dumps(document)) for document in identity.policies)
        principal = _principal(identity.account_id, identity.user_arn, access_key_id, policies)
        return Signer(principal=principal, secret=self._keyring.open_access_key(identity))

    def session(self, access_key_id: str, token: str) -> Signer | None:
        """Return the signer of a session token; None where it is not ours, not this key's, or its owner is gone."""
        session = self._open(token)
        if session is None or session.access_key_id != access_key_id:
            return None
        owner = self.long_lived(session.owner_key_id)
        if owner is None:
            return None
        return Signer(
            principal=_session_principal(owner.principal, session), secret=session.secret, expires=session.expires
        )

    def _open(self, token: str) -> Session | None:
        try:
            sealed = base64.b64decode(token, validate=True)
            return Session.from_bytes(self._keyring.open_token(TOKEN_PURPOSE, sealed))
        except (binascii.Error, ValueError, DecryptionFailed):
            return None


def _principal(account_id: str, arn: str, access_key_id: str, policies: tuple[Policy, ...]) -> Principal:
    is_root = arn.endswith(":root")
    return Principal(
        account_id=account_id,
        arn=arn,
        user_id=account_id if is_root else arn.rpartition("/")[2],
        access_key_id=access_key_id,
        is_root=is_root,
        identity_policies=policies,
    )


def _session_principal(owner: Principal, session: Session) -> Principal:
    nothing = Policy(statements=(), source="session policy")
    return Principal(
        account_id=owner.account_id,
        arn=federated_arn(owner.account_id, session.name),
        user_id=f"{owner.account_id}:{session.name}",
        access_key_id=session.access_key_id,
        is_root=owner.is_root,
        identity_policies=owner.identity_policies,
        session_policy=parse_identity_policy(session.policy, source="session policy") if session.policy else nothing,
        owner_arn=owner.arn,
    )
