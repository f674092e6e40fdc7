"""Managed policies and their versions. Source: IAM API Reference, pages of the operations; IAM quotas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

from vault.domain.context import CallContext
from vault.domain.errors import ValidationFailed
from vault.domain.iam import tagging
from vault.domain.iam.documents import check_identity_policy, check_size
from vault.domain.iam.entities import Group, ManagedPolicy, PolicyVersion, Role, User
from vault.domain.iam.errors import DeleteConflict, NoSuchEntity, QuotaExceeded
from vault.domain.iam.names import POLICY, check_path, new_id
from vault.domain.tags import Tags
from vault.services.iam.directory import Directory
from vault.services.iam.managed import aws_policies

CHARACTERS = 6144
VERSIONS = 5
_TOO_LONG = f"Cannot exceed quota for PolicySize: {CHARACTERS}"
_TOO_MANY = (
    f"A managed policy can have up to {VERSIONS} versions. Before you create a new version, you must delete an "
    "existing version."
)
_HAS_VERSIONS = (
    "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The "
    "default version is deleted with the policy."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPolicy:
    """What a managed policy is made with."""

    name: str
    path: str | None
    document: str
    description: str = ""
    tags: Tags = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """How often policies are attached, and serve as boundaries, by ARN."""

    attached: Counter[str]
    bounding: Counter[str]


class ManagedPolicies:
    """The operations on managed policies of one account, and on those of AWS."""

    def __init__(self, directory: Directory, random: Random) -> None:
        self._directory = directory
        self._iam = directory.tx.iam
        self._random = random

    def create(self, context: CallContext, new: NewPolicy) -> ManagedPolicy:
        """Make a policy. Raises `EntityAlreadyExists`, `MalformedPolicyDocument`, `InvalidInput`, `QuotaExceeded`."""
        taken = f"A policy called {new.name} already exists. Duplicate names are not allowed."
        self._directory.require_free(ManagedPolicy, new.name, taken)
        _check(new.document)
        now = context.now.replace(microsecond=0)
        made = ManagedPolicy(
            account_id=context.account_id,
            name=new.name,
            path=check_path(new.path),
            entity_id=new_id(POLICY, self._random),
            created=now,
            updated=now,
            versions=(PolicyVersion(number=1, document=new.document, created=now),),
            default=1,
            newest=1,
            description=new.description,
            tags=tagging.checked(new.tags, folded=False),
        )
        self._iam.save(made)
        return made

    def list(self, within: Callable[[str], bool], *, scope: str = "All") -> Sequence[ManagedPolicy]:
        """Return the policies whose paths are `within`, by name: `Local`, `AWS` or `All`."""
        own = self._iam.all(ManagedPolicy, self._directory.account_id) if scope != "AWS" else []
        known = aws_policies().values() if scope != "Local" else ()
        together = sorted((*own, *known), key=lambda policy: policy.name.lower())
        return [policy for policy in together if within(policy.path)]

    def usage(self) -> Usage:
        """Count how often each policy is used."""
        attached: Counter[str] = Counter()
        bounding: Counter[str] = Counter()
        for holder in self._directory.holders():
            attached.update(holder.attached)
            if not isinstance(holder, Group) and holder.boundary:
                bounding[holder.boundary] += 1
        return Usage(attached=attached, bounding=bounding)

    def users_of(self, policy_arn: str, *, bounding: bool = False) -> Sequence[User | Group | Role]:
        """Return what a policy is attached to, or what it bounds. Raises `NoSuchEntity`."""
        wanted = self._directory.policy(policy_arn).arn
        if bounding:
            bounded = [each for each in self._directory.holders() if not isinstance(each, Group)]
            return [each for each in bounded if each.boundary == wanted]
        return [each for each in self._directory.holders() if wanted in each.attached]

    def delete(self, policy_arn: str) -> None:
        """Delete a policy that nobody uses and that has one version. Raises `NoSuchEntity`, `DeleteConflict`."""
        policy = self._directory.own_policy(policy_arn)
        usage = self.usage()
        if usage.attached[policy.arn] or usage.bounding[policy.arn]:
            raise DeleteConflict("Cannot delete a policy attached to entities.")
        if len(policy.versions) > 1:
            raise DeleteConflict(_HAS_VERSIONS)
        self._iam.remove(policy)

    def add_version(self, context: CallContext, policy_arn: str, document: str, *, default: bool) -> PolicyVersion:
        """Add a version and return it; `default` makes it the one that holds.

        Raises `NoSuchEntity`, `MalformedPolicyDocument`, `QuotaExceeded` for a sixth one.
        """
        policy = self._directory.own_policy(policy_arn)
        if len(policy.versions) == VERSIONS:
            raise QuotaExceeded(_TOO_MANY)
        _check(document)
        now = context.now.replace(microsecond=0)
        added = PolicyVersion(number=policy.newest + 1, document=document, created=now)
        self._iam.save(
            replace(
                policy,
                versions=(*policy.versions, added),
                newest=added.number,
                default=added.number if default else policy.default,
                updated=now,
            )
        )
        return added

    def version(self, policy_arn: str, version_id: str) -> tuple[ManagedPolicy, PolicyVersion]:
        """Return a policy with one of its versions. Raises `NoSuchEntity`."""
        missing = f"version {version_id} does not exist or is not attachable."
        policy = self._directory.policy(policy_arn, wanted=missing)
        found = policy.version(version_id)
        if found is None:
            raise NoSuchEntity(f"Policy {policy_arn} {missing}")
        return policy, found

    def delete_version(self, policy_arn: str, version_id: str) -> None:
        """Delete a version that is not the default. Raises `NoSuchEntity`, `DeleteConflict`."""
        self._directory.own_policy(policy_arn)
        policy, version = self.version(policy_arn, version_id)
        if version.number == policy.default:
            raise DeleteConflict("Cannot delete the default version of a policy.")
        self._iam.save(replace(policy, versions=tuple(each for each in policy.versions if each != version)))

    def set_default(self, context: CallContext, policy_arn: str, version_id: str) -> None:
        """Make a version the one that holds. Raises `NoSuchEntity`, `ValidationFailed` for AWS's policies."""
        policy, version = self.version(policy_arn, version_id)
        if policy.account_id != self._directory.account_id:
            raise ValidationFailed(f"ARN {policy_arn} is not valid.")
        self._iam.save(replace(policy, default=version.number, updated=context.now.replace(microsecond=0)))


def _check(document: str) -> None:
    check_identity_policy(document, managed=True)
    check_size([document], CHARACTERS, _TOO_LONG)
