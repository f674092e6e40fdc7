"""Who a caller is, and how the principals that a policy names are told from others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from vault.domain.policy import Policy, PrincipalSet
from vault.domain.tags import Tags

_ROOT = re.compile(r"arn:[^:]+:iam::(\d{12}):root")


class Named(IntEnum):
    """How closely a policy names a caller; the closer, the fewer other policies are asked for their consent."""

    NOT = 0
    ACCOUNT = 1
    """By its account, which then decides by policies of its own."""
    OWNER = 2
    """A session by the role or user it was made from, or as one of everybody."""
    USER = 3
    """A user by its own name, or as one of everybody."""
    SESSION = 4
    """A session by its own name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFacts:
    """What is told of the session that a caller has, where it has one."""

    issued: datetime
    mfa: datetime | None = None
    """When an MFA device vouched for the caller."""
    source_identity: str = ""
    transitive: tuple[str, ...] = ()
    """Keys of the tags that sessions made from this one have as well."""
    owner_id: str = ""
    """The unique id of the role."""
    login: bool = False
    """Whether it was made by a password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """An authenticated identity and the policies that bound it.

    The account root needs no identity policy. `boundary` and `session_policy` only ever narrow: a session may do what
    both its owner and its policy allow.
    """

    account_id: str
    arn: str
    user_id: str
    access_key_id: str
    is_root: bool = False
    identity_policies: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    session_policy: Policy | None = None
    owner_arn: str = ""
    """For a session with a name of its own: the ARN of the identity it was made from."""
    tags: Tags = ()
    session: SessionFacts | None = None
    service: str = ""
    """For a service of the store that acts for itself: its name, such as `rolesanywhere.amazonaws.com`."""

    @property
    def kind(self) -> str:
        """Return what CloudTrail calls such a caller."""
        if self.service:
            return "AWSService"
        if self.owner_arn:
            return "AssumedRole" if ":role/" in self.owner_arn else "FederatedUser"
        return "Root" if self.is_root else "IAMUser"

    def barred_from(self, service: str, operation: str) -> bool:
        """Tell whether temporary credentials of the caller's kind are refused an operation, whatever policies say.

        Source: IAM User Guide, "Compare AWS STS credentials".
        """
        if self.session is None or self.kind == "AssumedRole" or operation == "GetCallerIdentity":
            return False
        if self.kind == "FederatedUser":
            return service in ("iam", "sts")
        return service == "iam" and self.session.mfa is None and not self.session.login

    @property
    def principal_arn(self) -> str:
        """Return what policies compare with `aws:PrincipalArn`: of a role's session the role."""
        return self.owner_arn if self.kind == "AssumedRole" else self.arn

    @property
    def name(self) -> str:
        """Return the caller's name: the last part of its ARN."""
        return self.arn.rpartition("/")[2].rpartition(":")[2]

    def named_in(self, principals: PrincipalSet) -> Named:
        """Return how closely `principals` name the caller. Those of a NotPrincipal name whom they leave."""
        names = principals.named.get("AWS", ())
        if self.service:
            named = self.service in principals.named.get("Service", ())
            return Named.SESSION if named is not principals.negated else Named.NOT
        if principals.negated:
            return Named.NOT if self._left_out(names) else Named.ACCOUNT
        if self.owner_arn and self.arn in names:
            return Named.SESSION
        if not self.owner_arn and (self.arn in names or "*" in names):
            return Named.USER
        if self.owner_arn and (self.owner_arn in names or "*" in names):
            return Named.OWNER
        return Named.ACCOUNT if self._account_in(names) else Named.NOT

    def _left_out(self, names: tuple[str, ...]) -> bool:
        """Tell whether a NotPrincipal leaves the caller out: its session, its owner and its account must all be named.

        Source: IAM User Guide, "AWS JSON policy elements: NotPrincipal".
        """
        whole = (self.arn, *([self.owner_arn] if self.owner_arn else []))
        return "*" in names or (all(each in names for each in whole) and self._account_in(names))

    def _account_in(self, names: tuple[str, ...]) -> bool:
        accounts = {found[1] if (found := _ROOT.fullmatch(name)) else name for name in names}
        return self.account_id in accounts
