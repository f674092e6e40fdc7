"""Users and groups, and who is in which. Source: IAM API Reference, pages of the operations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from vault.domain.context import CallContext
from vault.domain.iam import tagging
from vault.domain.iam.entities import Group, Holder, ManagedPolicy, User
from vault.domain.iam.errors import DeleteConflict, QuotaExceeded
from vault.domain.iam.names import GROUP, USER, check_path, new_id
from vault.domain.tags import Tags
from vault.services.iam.directory import Directory

GROUPS_PER_USER = 10
_DETACH = "Cannot delete entity, must detach all policies first."
_INLINE = "Cannot delete entity, must delete policies first."


class Users:
    """The operations on users of one account."""

    def __init__(self, directory: Directory, random: Random) -> None:
        self._directory = directory
        self._iam = directory.tx.iam
        self._random = random

    def create(
        self, context: CallContext, name: str, *, path: str | None, tags: Tags, boundary: ManagedPolicy | None
    ) -> User:
        """Make a user. Raises `EntityAlreadyExists`, `ValidationFailed` for a path, `InvalidInput` for tags."""
        self._directory.require_free(User, name, f"User with name {name} already exists.")
        made = User(
            account_id=context.account_id,
            name=name,
            path=check_path(path),
            entity_id=new_id(USER, self._random),
            created=context.now.replace(microsecond=0),
            tags=tagging.checked(tags),
            boundary="" if boundary is None else boundary.arn,
        )
        self._iam.save(made)
        return made

    def list(self, within: Callable[[str], bool]) -> Sequence[User]:
        """Return the users whose paths are `within`, by name."""
        return [user for user in self._iam.all(User, self._directory.account_id) if within(user.path)]

    def update(self, name: str, *, new_name: str | None, new_path: str | None) -> None:
        """Give a user another name or path; keys, devices and memberships go along.

        Raises `NoSuchEntity`, `EntityAlreadyExists`, `ValidationFailed`.
        """
        user = self._directory.user(name)
        path = None if new_path is None else check_path(new_path)
        told = f"User with name {new_name} already exists."
        changed = self._directory.rename(user, new_name, path, told)
        for key in user.keys:
            self._move(key.access_key_id, changed)
        for serial in user.devices:
            device = self._directory.device(serial)
            self._iam.save(replace(device, user=changed.name))

    def delete(self, name: str) -> None:
        """Delete a user that nothing hangs on. Raises `NoSuchEntity`, `DeleteConflict`."""
        user = self._directory.user(name)
        require_bare(user)
        if user.login is not None:
            raise DeleteConflict("Cannot delete entity, must delete login profile first.")
        if user.keys or user.devices:
            raise DeleteConflict("Cannot delete entity, must remove referenced objects first.")
        if user.groups:
            raise DeleteConflict("Cannot delete entity, must remove users from group first.")
        self._iam.remove(user)

    def _move(self, access_key_id: str, user: User) -> None:
        identities = self._directory.tx.identities
        found = identities.find(access_key_id)
        if found is not None:
            identities.remove(access_key_id)
            identities.add(replace(found, user_arn=user.arn))


class Groups:
    """The operations on groups of one account."""

    def __init__(self, directory: Directory, random: Random) -> None:
        self._directory = directory
        self._iam = directory.tx.iam
        self._random = random

    def create(self, context: CallContext, name: str, *, path: str | None) -> Group:
        """Make a group. Raises `EntityAlreadyExists`, `ValidationFailed` for a path."""
        self._directory.require_free(Group, name, f"Group with name {name} already exists.")
        made = Group(
            account_id=context.account_id,
            name=name,
            path=check_path(path),
            entity_id=new_id(GROUP, self._random),
            created=context.now.replace(microsecond=0),
        )
        self._iam.save(made)
        return made

    def list(self, within: Callable[[str], bool]) -> Sequence[Group]:
        """Return the groups whose paths are `within`, by name."""
        return [group for group in self._iam.all(Group, self._directory.account_id) if within(group.path)]

    def update(self, name: str, *, new_name: str | None, new_path: str | None) -> None:
        """Give a group another name or path. Raises `NoSuchEntity`, `EntityAlreadyExists`, `ValidationFailed`."""
        group = self._directory.group(name)
        path = None if new_path is None else check_path(new_path)
        members = self._directory.members(group.name)
        told = f"Group with name {new_name} already exists."
        changed = self._directory.rename(group, new_name, path, told)
        for user in members:
            names = tuple(changed.name if each == group.name else each for each in user.groups)
            self._iam.save(replace(user, groups=names))

    def delete(self, name: str) -> None:
        """Delete a group without users and policies. Raises `NoSuchEntity`, `DeleteConflict`."""
        group = self._directory.group(name)
        require_bare(group)
        if self._directory.members(name):
            raise DeleteConflict("Cannot delete entity, must remove users from group first.")
        self._iam.remove(group)

    def add(self, group: str, user: str) -> None:
        """Put a user into a group; one that is in it stays. Raises `NoSuchEntity`, `QuotaExceeded`."""
        found = self._directory.user(user)
        self._directory.group(group)
        if group in found.groups:
            return
        if len(found.groups) == GROUPS_PER_USER:
            raise QuotaExceeded(f"Cannot exceed quota for GroupsPerUser: {GROUPS_PER_USER}")
        self._iam.save(replace(found, groups=(*found.groups, group)))

    def remove(self, group: str, user: str) -> None:
        """Take a user out of a group; one that is not in it stays out. Raises `NoSuchEntity`."""
        found = self._directory.user(user)
        self._directory.group(group)
        if group in found.groups:
            self._iam.save(replace(found, groups=tuple(each for each in found.groups if each != group)))

    def of(self, user: str) -> Sequence[Group]:
        """Return the groups of a user, by name. Raises `NoSuchEntity`."""
        return [self._directory.group(name) for name in sorted(self._directory.user(user).groups, key=str.lower)]


def require_bare(holder: Holder) -> None:
    """Raise `DeleteConflict` where policies hang on what is to be deleted."""
    if holder.attached:
        raise DeleteConflict(_DETACH)
    if holder.inline:
        raise DeleteConflict(_INLINE)
