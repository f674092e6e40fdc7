"""Who a caller is: the account root, a user, or a federated session narrowed by a policy."""

from __future__ import annotations

from dataclasses import dataclass

from vault.domain.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """An authenticated identity and the policies that bound it.

    The account root needs no identity policy. `session_policy` only ever narrows: a session may do what both its
    owner and its policy allow.
    """

    account_id: str
    arn: str
    user_id: str
    access_key_id: str
    is_root: bool = False
    identity_policies: tuple[Policy, ...] = ()
    session_policy: Policy | None = None
    owner_arn: str = ""
    """For a session: the ARN of the identity it was made from."""

    @property
    def kind(self) -> str:
        """Return what CloudTrail calls such a caller."""
        if self.owner_arn:
            return "FederatedUser"
        return "Root" if self.is_root else "IAMUser"

    @property
    def name(self) -> str:
        """Return the caller's name: the last part of its ARN."""
        return self.arn.rpartition("/")[2].rpartition(":")[2]
