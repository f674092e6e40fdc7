"""What hangs on users, groups and roles: policies of their own, attached ones, boundaries and tags.

Source: IAM API Reference, pages of the operations; "IAM and AWS STS quotas".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vault.domain.iam import tagging
from vault.domain.iam.documents import check_identity_policy, check_size
from vault.domain.iam.entities import Group, Holder, ManagedPolicy, MfaDevice, Role, User
from vault.domain.iam.errors import NoSuchEntity, QuotaExceeded
from vault.domain.tags import Tags
from vault.services.iam.directory import Directory

ATTACHED = 10
INLINE_CHARACTERS = {User.kind: 2048, Group.kind: 5120, Role.kind: 10_240}
_PLURAL = {User.kind: "PoliciesPerUser", Group.kind: "PoliciesPerGroup", Role.kind: "PoliciesPerRole"}


class Holding:
    """The operations on what hangs on the entities of one account."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._iam = directory.tx.iam

    def put_inline(self, kind: type[Holder], name: str, policy: str, document: str) -> None:
        """Put a policy of the entity's own, in place of an earlier one of that name.

        Raises `NoSuchEntity`, `MalformedPolicyDocument`, `QuotaExceeded` where they are too long together.
        """
        holder = self._directory.holder(kind, name)
        check_identity_policy(document)
        policies = {**dict(holder.inline), policy: document}
        most = INLINE_CHARACTERS[holder.kind]
        told = f"Maximum policy size of {most} bytes exceeded for {holder.kind} {name}"
        check_size(list(policies.values()), most, told)
        self._iam.save(replace(holder, inline=tuple(policies.items())))

    def inline(self, kind: type[Holder], name: str, policy: str) -> str:
        """Return a policy of the entity's own. Raises `NoSuchEntity`."""
        holder = self._directory.holder(kind, name)
        return _own(holder, policy)

    def delete_inline(self, kind: type[Holder], name: str, policy: str) -> None:
        """Delete a policy of the entity's own. Raises `NoSuchEntity`."""
        holder = self._directory.holder(kind, name)
        _own(holder, policy)
        self._iam.save(replace(holder, inline=tuple(each for each in holder.inline if each[0] != policy)))

    def attach(self, kind: type[Holder], name: str, policy_arn: str) -> None:
        """Attach a managed policy; one that is attached stays so.

        Raises `NoSuchEntity`, `ValidationFailed` for what is no ARN, `QuotaExceeded` for too many.
        """
        holder = self._directory.holder(kind, name)
        wanted = self._directory.attachable(policy_arn).arn
        if wanted in holder.attached:
            return
        if len(holder.attached) == ATTACHED:
            raise QuotaExceeded(f"Cannot exceed quota for {_PLURAL[holder.kind]}: {ATTACHED}")
        self._iam.save(replace(holder, attached=(*holder.attached, wanted)))

    def detach(self, kind: type[Holder], name: str, policy_arn: str) -> None:
        """Detach a managed policy. Raises `NoSuchEntity` for one that is not attached, `ValidationFailed`."""
        holder = self._directory.holder(kind, name)
        wanted = self._directory.policy(policy_arn).arn
        if wanted not in holder.attached:
            raise NoSuchEntity(f"Policy {policy_arn} was not found.")
        self._iam.save(replace(holder, attached=tuple(each for each in holder.attached if each != wanted)))

    def attached(self, kind: type[Holder], name: str) -> Sequence[ManagedPolicy]:
        """Return the managed policies that are attached. Raises `NoSuchEntity`."""
        return [self._directory.policy(each) for each in self._directory.holder(kind, name).attached]

    def bound(self, kind: type[User] | type[Role], name: str, policy_arn: str | None) -> None:
        """Set the permissions boundary, or with None take it off. Raises `NoSuchEntity`, `ValidationFailed`."""
        holder = self._directory.holder(kind, name)
        boundary = "" if policy_arn is None else self._directory.attachable(policy_arn).arn
        self._iam.save(replace(holder, boundary=boundary))

    def tag(self, entity: User | Role | ManagedPolicy | MfaDevice, tags: Tags) -> None:
        """Add tags. Raises `InvalidInput`, `QuotaExceeded`."""
        self._iam.save(replace(entity, tags=tagging.joined(entity.tags, tags, folded=_folded(entity))))

    def untag(self, entity: User | Role | ManagedPolicy | MfaDevice, keys: Sequence[str]) -> None:
        """Take tags off; a key that is not there changes nothing."""
        self._iam.save(replace(entity, tags=tagging.without(entity.tags, keys, folded=_folded(entity))))


def _own(holder: Holder, policy: str) -> str:
    found = dict(holder.inline).get(policy)
    if found is None:
        raise NoSuchEntity(f"The {holder.kind} policy with name {policy} cannot be found.")
    return found


def _folded(entity: object) -> bool:
    return isinstance(entity, User | Role)
