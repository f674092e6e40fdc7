"""Temporary credentials and who is asking: STS for one caller.

Who may assume a role is asked by the gateway, of the role's trust policy; what is asked here fits no policy: how long,
for whom at all, and whether tags hold together. Source: STS API Reference, pages of the operations.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from strongroom.kernel.secretvalue import SecretValue
from vault.domain.context import CallContext
from vault.domain.errors import AccessDenied, ValidationFailed
from vault.domain.iam.entities import Role
from vault.domain.iam.errors import InvalidParameterValue, PackedPolicyTooLarge
from vault.domain.iam.names import new_access_key_id
from vault.domain.iam.tagging import SAME_KEY
from vault.domain.policy_documents import parse_identity_policy
from vault.domain.principals import Principal
from vault.domain.sessions import (
    CHAINED_SECONDS,
    ROLE_SECONDS,
    Session,
    SessionKind,
    SessionScope,
    lifetime,
)
from vault.domain.tags import Tags
from vault.services.keyring import Keyring

TOKEN_PURPOSE = "sts-session"  # noqa: S105 - the name of a subkey
_TAG_CONFLICT = (
    "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the "
    "calling session."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporaryCredentials:
    """A new session and the token that proves it."""

    session: Session
    token: SecretValue
    arn: str
    user_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRequest:
    """What a session of a role is asked for with."""

    name: str
    seconds: int | None = None
    scope: SessionScope = field(default_factory=SessionScope)


class TokenService:
    """Makes and names sessions on behalf of `principal`."""

    def __init__(self, keyring: Keyring, principal: Principal, random: Random) -> None:
        self._keyring = keyring
        self._principal = principal
        self._random = random

    def federation_token(
        self, context: CallContext, *, name: str, scope: SessionScope, seconds: int | None
    ) -> TemporaryCredentials:
        """Return credentials that may do what both the caller and the session policy allow; without one: nothing.

        Raises `MalformedPolicyDocument` for a policy that is not understood whole, `AccessDenied` for a caller that is
        a session itself, `PackedPolicyTooLarge`.
        """
        self._require_long_lived("GetFederationToken")
        _check_scope(scope)
        session = replace(self._new(context, SessionKind.FEDERATED, seconds), name=name, scope=scope)
        return self._sealed(session, federated_arn(context.account_id, name), f"{context.account_id}:{name}")

    def session_token(self, context: CallContext, *, seconds: int | None, mfa: datetime | None) -> TemporaryCredentials:
        """Return credentials of the caller itself. Raises `AccessDenied` for a caller that is a session."""
        self._require_long_lived("GetSessionToken")
        session = replace(self._new(context, SessionKind.USER, seconds), mfa=mfa)
        return self._sealed(session, self._principal.arn, self._principal.user_id)

    def login(self, context: CallContext, *, seconds: int | None, mfa: datetime | None) -> TemporaryCredentials:
        """Return credentials of the caller, who is a user that proved to be it by a password."""
        made = self._new(context, SessionKind.LOGIN, seconds)
        return self._sealed(
            replace(made, owner=self._principal.name, mfa=mfa), self._principal.arn, self._principal.user_id
        )

    def assume_role(self, context: CallContext, role: Role, request: RoleRequest) -> TemporaryCredentials:
        """Return credentials of a role.

        Raises `AccessDenied` for the account root, `ValidationFailed` for a time that the role does not let,
        `InvalidParameterValue` for tags, `MalformedPolicyDocument`, `PackedPolicyTooLarge`.
        """
        if self._principal.is_root:
            raise AccessDenied("Roles may not be assumed by root accounts.")
        scope = self._inherited(request.scope)
        _check_scope(scope)
        return role_session(
            self._keyring,
            self._random,
            role,
            name=request.name,
            scope=scope,
            issued=context.now.replace(microsecond=0),
            lasts=timedelta(seconds=self._seconds(role, request.seconds)),
        )

    def caller_identity(self, context: CallContext) -> tuple[str, str, str]:
        """Return account id, ARN and user id of the caller."""
        return context.account_id, self._principal.arn, self._principal.user_id

    def _new(self, context: CallContext, kind: SessionKind, seconds: int | None) -> Session:
        issued = context.now.replace(microsecond=0)
        return Session(
            kind=kind,
            access_key_id=new_access_key_id("ASIA", self._random),
            secret=_new_secret(),
            account_id=context.account_id,
            owner=context.access_key_id,
            owner_id=self._principal.user_id,
            name="",
            issued=issued,
            expires=issued + lifetime(seconds, is_root=self._principal.is_root),
        )

    def _sealed(self, session: Session, arn: str, user_id: str) -> TemporaryCredentials:
        return _sealed(self._keyring, session, arn, user_id)

    def _require_long_lived(self, operation: str) -> None:
        if self._principal.session is not None:
            raise AccessDenied(f"Cannot call {operation} with session credentials")

    def _seconds(self, role: Role, asked: int | None) -> int:
        chained = self._principal.kind == "AssumedRole"
        if chained and asked is not None and asked > CHAINED_SECONDS:
            raise ValidationFailed(
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
            )
        if asked is not None and asked > role.max_seconds:
            raise ValidationFailed("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
        return asked or ROLE_SECONDS

    def _inherited(self, scope: SessionScope) -> SessionScope:
        """Return the scope with the tags that the calling session hands on, and its source identity."""
        _check_tags(scope)
        session = self._principal.session
        if session is None or self._principal.kind != "AssumedRole":
            return scope
        handed = {key.lower() for key in session.transitive}
        if any(key.lower() in handed for key, _ in scope.tags):
            raise InvalidParameterValue(_TAG_CONFLICT)
        if session.source_identity and scope.source_identity not in ("", session.source_identity):
            raise AccessDenied("The source identity of the calling session can't be changed.")
        kept = tuple(pair for pair in self._principal.tags if pair[0].lower() in handed)
        return replace(
            scope,
            tags=(*kept, *scope.tags),
            transitive=(*session.transitive, *scope.transitive),
            source_identity=session.source_identity or scope.source_identity,
        )


def role_session(
    keyring: Keyring,
    random: Random,
    role: Role,
    *,
    name: str,
    scope: SessionScope,
    issued: datetime,
    lasts: timedelta,
) -> TemporaryCredentials:
    """Return credentials of a role, whoever has asked for them and may."""
    session = Session(
        kind=SessionKind.ROLE,
        access_key_id=new_access_key_id("ASIA", random),
        secret=_new_secret(),
        account_id=role.account_id,
        owner=role.name,
        owner_id=role.entity_id,
        name=name,
        issued=issued,
        expires=issued + lasts,
        scope=scope,
    )
    return _sealed(keyring, session, assumed_arn(role, name), f"{role.entity_id}:{name}")


def _sealed(keyring: Keyring, session: Session, arn: str, user_id: str) -> TemporaryCredentials:
    token = base64.b64encode(keyring.seal_token(TOKEN_PURPOSE, session.to_bytes()))
    return TemporaryCredentials(session=session, token=SecretValue(token), arn=arn, user_id=user_id)


def checked_tags(tags: Sequence[tuple[str, str]]) -> Tags:
    """Return session tags. Raises `InvalidParameterValue` for a key given twice, whatever its case."""
    keys = [key.lower() for key, _ in tags]
    if len(set(keys)) != len(keys):
        raise InvalidParameterValue(SAME_KEY)
    if any(key.startswith("aws:") for key in keys):
        raise InvalidParameterValue("Tag keys beginning with aws: are reserved for system use.")
    return tuple(tags)


def _check_tags(scope: SessionScope) -> None:
    checked_tags(scope.tags)
    keys = {key.lower() for key, _ in scope.tags}
    if any(key.lower() not in keys for key in scope.transitive):
        raise InvalidParameterValue("The specified transitive tag key must be included in the requested tags.")


def _check_scope(scope: SessionScope) -> None:
    if scope.policy:
        parse_identity_policy(scope.policy, source="session policy")
    size = scope.packed_size
    if size is not None and size > 100:
        raise PackedPolicyTooLarge(f"Packed size of session tags and policies consumes {size}% of allotted space.")


def _new_secret() -> SecretValue:
    return SecretValue(base64.b64encode(secrets.token_bytes(30)))


def federated_arn(account_id: str, name: str) -> str:
    """Return the ARN of a federated user."""
    return f"arn:aws:sts::{account_id}:federated-user/{name}"


def assumed_arn(role: Role, session_name: str) -> str:
    """Return the ARN of a session of a role."""
    return f"arn:aws:sts::{role.account_id}:assumed-role/{role.name}/{session_name}"
