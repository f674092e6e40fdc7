"""Who signs: long-lived access keys and the sessions made from them, as principals with their policies.

Principals are made of what stands in the store when they call: users with their groups, roles, managed policies.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from strongroom.kernel.secretvalue import SecretValue
from vault.domain.errors import DecryptionFailed
from vault.domain.iam.documents import known_identity_policy
from vault.domain.iam.entities import Group, Holder, ManagedPolicy, Role, User
from vault.domain.iam.errors import NoSuchEntity
from vault.domain.iam.names import last_name
from vault.domain.policy import Policy
from vault.domain.policy_documents import parse_identity_policy
from vault.domain.principals import Principal, SessionFacts
from vault.domain.sessions import Session, SessionKind, SessionScope
from vault.services.iam.directory import RESERVED, Directory
from vault.services.keyring import Keyring
from vault.services.remembered import Remembered
from vault.services.sts import TOKEN_PURPOSE, assumed_arn, federated_arn
from vault.storage.identities import Identity
from vault.storage.store import UnitOfWork

_SESSION_POLICY = "session policy"
_IDENTITY_POLICY = "identity-based policy"
_BOUNDARY = "permissions boundary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """An identity together with the key its requests must be signed with."""

    principal: Principal
    secret: SecretValue
    expires: datetime | None = None
    elsewhere: bool = False
    """Whether another region's store keeps the identity."""


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
        """Return the signer of a stored access key, or None; so also for one that is not active."""
        identity = self._tx.identities.find(access_key_id)
        if identity is None:
            return None
        principal = self._principal(identity)
        if principal is None:
            return None
        return Signer(principal=principal, secret=self._keyring.open_access_key(identity))

    def session(self, access_key_id: str, token: str) -> Signer | None:
        """Return the signer of a session token; None where it is not ours, not this key's, or its owner is gone."""
        session = self._open(token)
        if session is None or session.access_key_id != access_key_id:
            return None
        principal = _OWNERS[session.kind](self, session)
        if principal is None:
            return None
        return Signer(principal=principal, secret=session.secret, expires=session.expires)

    def user(self, user: User, access_key_id: str = "") -> Principal:
        """Return a user as who calls."""
        directory = Directory(self._tx, user.account_id)
        groups = [directory.find(Group, name) for name in user.groups]
        holders: list[Holder] = [user, *(group for group in groups if group is not None)]
        return Principal(
            account_id=user.account_id,
            arn=user.arn,
            user_id=user.entity_id,
            access_key_id=access_key_id,
            identity_policies=tuple(_policies(directory, holders)),
            boundary=_boundary(directory, user.boundary),
            tags=user.tags,
        )

    def role(self, role: Role, session_name: str, access_key_id: str = "") -> Principal:
        """Return a session of a role as who calls."""
        directory = Directory(self._tx, role.account_id)
        return Principal(
            account_id=role.account_id,
            arn=assumed_arn(role, session_name),
            user_id=f"{role.entity_id}:{session_name}",
            access_key_id=access_key_id,
            identity_policies=tuple(_policies(directory, [role])),
            boundary=_boundary(directory, role.boundary),
            owner_arn=role.arn,
            tags=role.tags,
        )

    def _principal(self, identity: Identity) -> Principal | None:
        name = last_name(identity.user_arn)
        if identity.user_arn.endswith(":root") or name.startswith(RESERVED):
            return _own(identity)
        user = Directory(self._tx, identity.account_id).find(User, name)
        known = () if user is None else user.keys
        active = any(key.active and key.access_key_id == identity.access_key_id for key in known)
        return self.user(user, identity.access_key_id) if user is not None and active else None

    def _of_owner(self, session: Session) -> Principal | None:
        owner = self.long_lived(session.owner)
        if owner is None or owner.principal.user_id != session.owner_id:
            return None
        facts = SessionFacts(issued=session.issued, mfa=session.mfa, source_identity=session.scope.source_identity)
        known = replace(owner.principal, access_key_id=session.access_key_id, session=facts)
        if session.kind is SessionKind.USER:
            return known
        return replace(
            known,
            arn=federated_arn(session.account_id, session.name),
            user_id=f"{session.account_id}:{session.name}",
            owner_arn=owner.principal.arn,
            session_policy=self._session_policy(session),
            tags=session.scope.tags,
        )

    def _of_login(self, session: Session) -> Principal | None:
        user = Directory(self._tx, session.account_id).find(User, session.owner)
        if user is None or user.login is None or user.entity_id != session.owner_id:
            return None
        facts = SessionFacts(issued=session.issued, mfa=session.mfa, login=True)
        return replace(self.user(user, session.access_key_id), session=facts)

    def _of_role(self, session: Session) -> Principal | None:
        role = Directory(self._tx, session.account_id).find(Role, session.owner)
        if role is None or role.entity_id != session.owner_id:
            return None
        scope = session.scope
        facts = SessionFacts(
            issued=session.issued,
            mfa=session.mfa,
            source_identity=scope.source_identity,
            transitive=scope.transitive,
            owner_id=role.entity_id,
        )
        return replace(
            self.role(role, session.name, session.access_key_id),
            session_policy=self._session_policy(session) if scope.narrowed else None,
            tags=_overlaid(role, scope),
            session=facts,
        )

    def _session_policy(self, session: Session) -> Policy:
        """Return what the session's policies allow together; nothing where there are none."""
        directory = Directory(self._tx, session.account_id)
        texts = [session.scope.policy] if session.scope.policy else []
        for policy_arn in session.scope.policy_arns:
            try:
                texts.append(directory.policy(policy_arn).text)
            except NoSuchEntity:
                continue
        policies = [parse_identity_policy(text, source=_SESSION_POLICY) for text in texts]
        return Policy(
            statements=tuple(statement for policy in policies for statement in policy.statements),
            source=_SESSION_POLICY,
        )

    def _open(self, token: str) -> Session | None:
        try:
            sealed = base64.b64decode(token, validate=True)
            return Session.from_bytes(self._keyring.open_token(TOKEN_PURPOSE, sealed))
        except (binascii.Error, ValueError, DecryptionFailed):
            return None


_OWNERS = {
    SessionKind.FEDERATED: IdentityService._of_owner,
    SessionKind.USER: IdentityService._of_owner,
    SessionKind.LOGIN: IdentityService._of_login,
    SessionKind.ROLE: IdentityService._of_role,
}


def _own(identity: Identity) -> Principal:
    """Return the account root or one of the store's own users, whose policies lie beside their keys."""
    is_root = identity.user_arn.endswith(":root")
    return Principal(
        account_id=identity.account_id,
        arn=identity.user_arn,
        user_id=identity.account_id if is_root else last_name(identity.user_arn),
        access_key_id=identity.access_key_id,
        is_root=is_root,
        identity_policies=tuple(parse_identity_policy(json.dumps(document)) for document in identity.policies),
    )


def _policies(directory: Directory, holders: Iterable[Holder]) -> Iterable[Policy]:
    for holder in holders:
        yield from (known_identity_policy(text, _IDENTITY_POLICY) for _, text in holder.inline)
        attached: Iterable[ManagedPolicy] = (directory.policy(each) for each in holder.attached)
        yield from (known_identity_policy(policy.text, _IDENTITY_POLICY) for policy in attached)


def _boundary(directory: Directory, policy_arn: str) -> Policy | None:
    return known_identity_policy(directory.policy(policy_arn).text, _BOUNDARY) if policy_arn else None


def _overlaid(role: Role, scope: SessionScope) -> tuple[tuple[str, str], ...]:
    """Return the tags of a role's session: its own take the place of the role's of the same key."""
    own = {key.lower() for key, _ in scope.tags}
    return (*(pair for pair in role.tags if pair[0].lower() not in own), *scope.tags)
