"""Temporary credentials and who is asking: the part of STS that `run` and rotation need."""

from __future__ import annotations

import base64
import secrets
import string
from dataclasses import dataclass

from strongroom.kernel.secretvalue import SecretValue
from vault.domain.context import CallContext
from vault.domain.errors import AccessDenied
from vault.domain.policy_documents import parse_identity_policy
from vault.domain.principals import Principal
from vault.domain.sessions import Session, lifetime
from vault.services.keyring import Keyring

TOKEN_PURPOSE = "sts-session"  # noqa: S105 - the name of a subkey
_KEY_ALPHABET = string.ascii_uppercase + "234567"
_EMPTY_POLICY = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporaryCredentials:
    """A new session and the token that proves it."""

    session: Session
    token: SecretValue
    federated_arn: str
    federated_id: str


class TokenService:
    """Makes and names sessions on behalf of `principal`."""

    def __init__(self, keyring: Keyring, principal: Principal) -> None:
        self._keyring = keyring
        self._principal = principal

    def federation_token(
        self, context: CallContext, *, name: str, policy: str | None, seconds: int | None
    ) -> TemporaryCredentials:
        """Return credentials that may do what both the caller and `policy` allow; without a policy: nothing.

        Raises `MalformedPolicyDocument` for a policy that is not understood whole, `AccessDenied` for a caller that is
        a session itself. Source: STS API Reference, "GetFederationToken".
        """
        if self._principal.owner_arn:
            raise AccessDenied("Cannot call GetFederationToken with session credentials")
        if policy:
            parse_identity_policy(policy, source="session policy")
        session = Session(
            access_key_id="ASIA" + "".join(secrets.choice(_KEY_ALPHABET) for _ in range(16)),
            secret=SecretValue(base64.b64encode(secrets.token_bytes(30))),
            owner_key_id=context.access_key_id,
            name=name,
            policy=policy or _EMPTY_POLICY,
            expires=(context.now + lifetime(seconds, is_root=self._principal.is_root)).replace(microsecond=0),
        )
        token = base64.b64encode(self._keyring.seal_token(TOKEN_PURPOSE, session.to_bytes()))
        return TemporaryCredentials(
            session=session,
            token=SecretValue(token),
            federated_arn=federated_arn(context.account_id, name),
            federated_id=f"{context.account_id}:{name}",
        )

    def caller_identity(self, context: CallContext) -> tuple[str, str, str]:
        """Return account id, ARN and user id of the caller."""
        return context.account_id, self._principal.arn, self._principal.user_id


def federated_arn(account_id: str, name: str) -> str:
    """Return the ARN of a federated user."""
    return f"arn:aws:sts::{account_id}:federated-user/{name}"
