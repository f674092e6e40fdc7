"""Roles: who may become what. Source: IAM API Reference, pages of the operations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

from vault.domain.context import CallContext
from vault.domain.iam import tagging
from vault.domain.iam.documents import check_size, check_trust_policy
from vault.domain.iam.entities import ManagedPolicy, Role, Trusted
from vault.domain.iam.names import ROLE, check_path, new_id
from vault.domain.tags import Tags
from vault.services.iam.directory import Directory
from vault.services.iam.trusting import as_of_now, trusted_now
from vault.services.iam.users import require_bare

TRUST_CHARACTERS = 2048
_TRUST_TOO_LONG = f"Cannot exceed quota for ACLSizePerRole: {TRUST_CHARACTERS}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRole:
    """What a role is made with."""

    name: str
    path: str | None
    trust: str
    description: str = ""
    max_seconds: int = 3600
    tags: Tags = ()
    boundary: ManagedPolicy | None = None


class Roles:
    """The operations on roles of one account."""

    def __init__(self, directory: Directory, random: Random) -> None:
        self._directory = directory
        self._iam = directory.tx.iam
        self._random = random

    def create(self, context: CallContext, new: NewRole) -> Role:
        """Make a role. Raises `EntityAlreadyExists`, `MalformedPolicyDocument`, `InvalidInput` for tags."""
        self._directory.require_free(Role, new.name, f"Role with name {new.name} already exists.")
        trusted = self._trusted(new.trust)
        made = Role(
            account_id=context.account_id,
            name=new.name,
            path=check_path(new.path),
            entity_id=new_id(ROLE, self._random),
            created=context.now.replace(microsecond=0),
            trust=new.trust,
            trusted=trusted,
            description=new.description,
            max_seconds=new.max_seconds,
            tags=tagging.checked(new.tags),
            boundary="" if new.boundary is None else new.boundary.arn,
        )
        self._iam.save(made)
        return made

    def list(self, within: Callable[[str], bool]) -> Sequence[Role]:
        """Return the roles whose paths are `within`, by name."""
        found = (role for role in self._iam.all(Role, self._directory.account_id) if within(role.path))
        return [as_of_now(self._directory.tx, role) for role in found]

    def named(self, name: str) -> Role:
        """Return a role as it trusts now. Raises `NoSuchEntity`."""
        return as_of_now(self._directory.tx, self._directory.role(name))

    def update(self, name: str, *, description: str | None, max_seconds: int | None) -> Role:
        """Change a role's description or longest session, and return it. Raises `NoSuchEntity`."""
        role = self._directory.role(name)
        changed = replace(
            role,
            description=role.description if description is None else description,
            max_seconds=max_seconds or role.max_seconds,
        )
        self._iam.save(changed)
        return changed

    def trust(self, name: str, document: str) -> None:
        """Put another trust policy. Raises `NoSuchEntity`, `MalformedPolicyDocument`."""
        role = self._directory.role(name)
        self._iam.save(replace(role, trust=document, trusted=self._trusted(document)))

    def delete(self, name: str) -> None:
        """Delete a role without policies. Raises `NoSuchEntity`, `DeleteConflict`."""
        role = self._directory.role(name)
        require_bare(role)
        self._iam.remove(role)
        self._iam.forget_use(role.entity_id)

    def _trusted(self, document: str) -> Trusted:
        """Return whom a trust policy names. Raises `MalformedPolicyDocument`."""
        check_trust_policy(document)
        check_size([document], TRUST_CHARACTERS, _TRUST_TOO_LONG)
        return trusted_now(self._directory.tx, document)
