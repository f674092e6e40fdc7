"""Finds what is in one account, or says in IAM's words that it is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from vault.domain.errors import ValidationFailed
from vault.domain.iam.entities import (
    AccountSettings,
    Entity,
    Group,
    Holder,
    ManagedPolicy,
    MfaDevice,
    Role,
    User,
)
from vault.domain.iam.errors import EntityAlreadyExists, NoSuchEntity
from vault.domain.iam.names import policy_place
from vault.services.iam.managed import OWNER, aws_policies
from vault.storage.store import UnitOfWork

Kept = TypeVar("Kept", bound=Entity)
Held = TypeVar("Held", bound=Holder)

RESERVED = "strongroom-"
"""How the names of the store's own users begin, whose keys nobody manages here."""


class Directory:
    """The entities of one account in one transaction."""

    def __init__(self, tx: UnitOfWork, account_id: str) -> None:
        self.tx = tx
        self.account_id = account_id

    def user(self, name: str) -> User:
        """Return a user. Raises `NoSuchEntity`."""
        return self._named(User, name)

    def group(self, name: str) -> Group:
        """Return a group. Raises `NoSuchEntity`."""
        return self._named(Group, name)

    def role(self, name: str) -> Role:
        """Return a role. Raises `NoSuchEntity`."""
        return self._named(Role, name)

    def holder(self, kind: type[Held], name: str) -> Held:
        """Return what policies hang on. Raises `NoSuchEntity`."""
        return self._named(kind, name)

    def find(self, kind: type[Kept], name: str) -> Kept | None:
        """Return the entity of exactly that name."""
        found = self.tx.iam.find(kind, self.account_id, name)
        return found if found is not None and found.name == name else None

    def policy(self, policy_arn: str, *, wanted: str = "was not found.") -> ManagedPolicy:
        """Return a managed policy, the account's or one of AWS's.

        Raises `ValidationFailed` for what is no ARN, `NoSuchEntity` with the sentence that ends in `wanted`.
        """
        owner, path, name = policy_place(policy_arn)
        known = aws_policies().get(name) if owner == OWNER else None
        found = self.find(ManagedPolicy, name) if owner == self.account_id else known
        if found is None or found.path != path:
            raise NoSuchEntity(f"Policy {policy_arn} {wanted}")
        return found

    def own_policy(self, policy_arn: str) -> ManagedPolicy:
        """Return a managed policy of the account. Raises as `policy`, and `ValidationFailed` for one of AWS's."""
        if policy_place(policy_arn)[0] == OWNER:
            raise ValidationFailed(f"ARN {policy_arn} is not valid.")
        return self.policy(policy_arn)

    def attachable(self, policy_arn: str) -> ManagedPolicy:
        """Return a managed policy that is to be attached. Raises as `policy`."""
        return self.policy(policy_arn, wanted="does not exist or is not attachable.")

    def device(self, serial: str) -> MfaDevice:
        """Return an MFA device by its serial number. Raises `NoSuchEntity`."""
        found = self.find_device(serial)
        if found is None:
            raise NoSuchEntity(f"MFA Device with serial number {serial} does not exist.")
        return found

    def find_device(self, serial: str) -> MfaDevice | None:
        """Return an MFA device of the account."""
        start = f"arn:aws:iam::{self.account_id}:mfa"
        return self.find(MfaDevice, serial.removeprefix(start)) if serial.startswith(f"{start}/") else None

    def settings(self, now: datetime) -> AccountSettings:
        """Return what is set for the account."""
        found = self.find(AccountSettings, self.account_id)
        return found or AccountSettings(
            account_id=self.account_id, name=self.account_id, path="", entity_id=self.account_id, created=now
        )

    def require_free(self, kind: type[Entity], name: str, told: str) -> None:
        """Raise `EntityAlreadyExists` where the name is taken, whatever the case of its letters."""
        reserved = kind is User and name.lower().startswith(RESERVED)
        if reserved or self.tx.iam.find(kind, self.account_id, name) is not None:
            raise EntityAlreadyExists(told)

    def rename(self, entity: Kept, name: str | None, path: str | None, told: str) -> Kept:
        """Keep an entity under another name or path, and return it. Raises `EntityAlreadyExists`."""
        changed = replace(entity, name=name or entity.name, path=path or entity.path)
        if changed.name.lower() != entity.name.lower():
            self.require_free(type(entity), changed.name, told)
            self.tx.iam.remove(entity)
        self.tx.iam.save(changed)
        return changed

    def holders(self) -> Iterator[User | Group | Role]:
        """Yield everything that policies hang on."""
        yield from self.tx.iam.all(User, self.account_id)
        yield from self.tx.iam.all(Group, self.account_id)
        yield from self.tx.iam.all(Role, self.account_id)

    def members(self, group: str) -> list[User]:
        """Return the users of a group."""
        return [user for user in self.tx.iam.all(User, self.account_id) if group in user.groups]

    def change(self, kind: type[Held], name: str, how: Callable[[Held], Held]) -> None:
        """Keep what policies hang on as `how` changes it. Raises `NoSuchEntity`."""
        self.tx.iam.save(how(self._named(kind, name)))

    def _named(self, kind: type[Kept], name: str) -> Kept:
        found = self.find(kind, name)
        if found is None:
            raise NoSuchEntity(f"The {kind.kind} with name {name} cannot be found.")
        return found
