"""IAM's services for one caller, each made when it is first asked for."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from random import Random

from vault.domain.errors import MfaRefused, ValidationFailed
from vault.domain.principals import Principal
from vault.services.iam.access_keys import AccessKeys
from vault.services.iam.account import Account
from vault.services.iam.anywhere import Anywhere
from vault.services.iam.directory import Directory
from vault.services.iam.holding import Holding
from vault.services.iam.login import Logins
from vault.services.iam.mfa import Mfa
from vault.services.iam.policies import ManagedPolicies
from vault.services.iam.roles import Roles
from vault.services.iam.simulator import Simulator
from vault.services.iam.users import Groups, Users
from vault.services.iam.workloads import Workloads
from vault.services.keyring import Keyring
from vault.storage.store import UnitOfWork


class Iam:
    """What IAM's operations are translated to. Valid while the transaction `tx` lasts."""

    def __init__(self, tx: UnitOfWork, keyring: Keyring, principal: Principal, random: Random) -> None:
        self._tx = tx
        self._keyring = keyring
        self._random = random
        self.principal = principal

    @cached_property
    def directory(self) -> Directory:
        """What is in the caller's account."""
        return Directory(self._tx, self.principal.account_id)

    @cached_property
    def users(self) -> Users:
        """Users."""
        return Users(self.directory, self._random)

    @cached_property
    def groups(self) -> Groups:
        """Groups."""
        return Groups(self.directory, self._random)

    @cached_property
    def roles(self) -> Roles:
        """Roles."""
        return Roles(self.directory, self._random)

    @cached_property
    def policies(self) -> ManagedPolicies:
        """Managed policies."""
        return ManagedPolicies(self.directory, self._random)

    @cached_property
    def holding(self) -> Holding:
        """What hangs on users, groups and roles."""
        return Holding(self.directory)

    @cached_property
    def access_keys(self) -> AccessKeys:
        """Access keys."""
        return AccessKeys(self.directory, self._keyring, self._random)

    @cached_property
    def logins(self) -> Logins:
        """Passwords."""
        return Logins(self.directory, self._keyring)

    @cached_property
    def account(self) -> Account:
        """The account as a whole."""
        return Account(self.directory)

    @cached_property
    def simulator(self) -> Simulator:
        """Simulations of policies."""
        return Simulator(self.directory)

    def anywhere(self, region: str) -> Anywhere:
        """Return IAM Roles Anywhere in a region."""
        return Anywhere(self._tx, self.principal.account_id, region)

    @cached_property
    def workloads(self) -> Workloads:
        """Sessions for certificates."""
        return Workloads(self._tx, self._keyring, self._random)

    @cached_property
    def mfa(self) -> Mfa:
        """MFA devices."""
        return Mfa(self.directory, self._keyring)

    def require_code(self, serial: str, code: str, now: datetime) -> None:
        """Use a code of the caller's MFA device up. Raises `MfaRefused`."""
        caller = self.principal.name
        told = "MultiFactorAuthentication failed"
        if self.principal.kind != "IAMUser" or not self.mfa.owns(caller, serial):
            raise MfaRefused(
                f"{told}, unable to validate MFA code.  Please verify your MFA serial number is valid and associated "
                "with this user.",
                serial=serial,
            )
        if not self.mfa.use(caller, serial, code, now):
            raise MfaRefused(f"{told} with invalid MFA one time pass code. ", serial=serial)

    def own_name(self, asked: str | None) -> str:
        """Return the user that is asked for, by default the caller.

        Raises `ValidationFailed` for a caller who is none and names none.
        """
        if asked is not None:
            return asked
        if self.principal.kind != "IAMUser":
            raise ValidationFailed("Must specify userName when calling with non-User credentials")
        return self.principal.name
