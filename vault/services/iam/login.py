"""Passwords of users: set by whoever may, changed by the user, and tried when somebody logs in.

A try is three steps, so that the slow check keeps nobody waiting: `begin` in a transaction, `Try.matches` without one,
`conclude` in another. Wrong tries are counted; after some, none is taken for a while, right or wrong, and an answer
does not tell which. Source: IAM API Reference, pages of the operations.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from datetime import datetime

from strongroom.kernel.secretvalue import SecretValue
from vault.crypto.passwords import is_password, new_verifier, nobodys
from vault.domain.context import CallContext
from vault.domain.errors import AccessDenied, PasswordRefused
from vault.domain.iam.entities import Login, User
from vault.domain.iam.errors import EntityAlreadyExists, NoSuchEntity, PasswordPolicyViolation
from vault.domain.iam.passwords import PasswordPolicy, check_password
from vault.domain.iam.tries import may_try
from vault.services.iam.directory import Directory
from vault.services.keyring import Keyring

_REMEMBERED = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One try to log in, as far as a store is asked before the password is checked."""

    user: str
    verifier: bytes
    known: bool
    """Whether there is such a user with a password, who may try now."""

    def matches(self, password: SecretValue) -> bool:
        """Check the password; it takes the same time whether there is such a user or not."""
        return is_password(password, self.verifier) and self.known


class Logins:
    """The operations on passwords of one account."""

    def __init__(self, directory: Directory, keyring: Keyring) -> None:
        self._directory = directory
        self._iam = directory.tx.iam
        self._keyring = keyring

    def policy(self, now: datetime) -> PasswordPolicy | None:
        """Return the account's password policy, None where none was set."""
        content = self._directory.settings(now).password_policy
        return None if content is None else PasswordPolicy.from_document(content)

    def set_policy(self, now: datetime, policy: PasswordPolicy | None) -> None:
        """Set the account's password policy, or with None take it off."""
        content = None if policy is None else policy.document()
        self._iam.save(replace(self._directory.settings(now), password_policy=content))

    def create(self, context: CallContext, user: str, password: SecretValue, *, reset: bool) -> Login:
        """Give a user a password. Raises `NoSuchEntity`, `EntityAlreadyExists`, `PasswordPolicyViolation`."""
        found = self._directory.user(user)
        if found.login is not None:
            raise EntityAlreadyExists(f"Login Profile for user {user} already exists.")
        made = self._with_password(context, found, password, reset=reset)
        self._iam.save(replace(found, login=made))
        return made

    def get(self, user: str) -> Login:
        """Return what is known of a user's password. Raises `NoSuchEntity`."""
        found = self._directory.user(user).login
        if found is None:
            raise NoSuchEntity(f"Login Profile for User {user} cannot be found.")
        return found

    def update(self, context: CallContext, user: str, password: SecretValue | None, *, reset: bool | None) -> None:
        """Set another password, or whether the user must. Raises `NoSuchEntity`, `PasswordPolicyViolation`."""
        login, found = self.get(user), self._directory.user(user)
        wanted = login.reset_required if reset is None else reset
        if password is not None:
            login = self._with_password(context, found, password, reset=wanted)
        self._iam.save(replace(found, login=replace(login, reset_required=wanted)))

    def delete(self, user: str) -> None:
        """Take a user's password away. Raises `NoSuchEntity`."""
        self.get(user)
        self._directory.change(User, user, lambda found: replace(found, login=None))

    def change(self, context: CallContext, user: str, old: SecretValue, new: SecretValue) -> None:
        """Let a user change the password. Raises `AccessDenied` for a wrong old one, `PasswordPolicyViolation`."""
        attempt = self.begin(user, context.now)
        if not attempt.known or not attempt.matches(old):
            raise PasswordRefused("The old password was incorrect.", user=user)
        found = self._directory.user(user)
        self._iam.save(replace(found, login=self._with_password(context, found, new, reset=False)))

    def begin(self, user: str, now: datetime) -> Try:
        """Begin a try. It never tells whether there is such a user."""
        found = self._directory.find(User, user)
        login = None if found is None else found.login
        if found is None or login is None or not may_try(login.failures, login.last_failure, now):
            return Try(user=user, verifier=nobodys(), known=False)
        return Try(user=user, verifier=self._verifier(found, login.verifiers[0]), known=True)

    def conclude(self, attempt: Try, now: datetime, *, good: bool) -> User | None:
        """Count a try, and return the user where it was good and nothing changed meanwhile."""
        found = self._directory.find(User, attempt.user)
        if not attempt.known or found is None or found.login is None:
            return None
        if good and self._verifier(found, found.login.verifiers[0]) == attempt.verifier:
            login = replace(found.login, failures=0, last_failure=None, last_used=now.replace(microsecond=0))
            used = replace(found, login=login)
            self._iam.save(used)
            return used
        self.count_failure(attempt.user, now)
        return None

    def count_failure(self, user: str, now: datetime) -> None:
        """Count a password that was not the right one."""
        found = self._directory.find(User, user)
        if found is not None and found.login is not None:
            wrong = replace(found.login, failures=found.login.failures + 1, last_failure=now)
            self._iam.save(replace(found, login=wrong))

    def must_change(self, user: User, now: datetime) -> bool:
        """Tell whether a user who logged in has to set another password first. Raises `AccessDenied` past that."""
        policy, login = self.policy(now), self.get(user.name)
        expired = policy is not None and policy.expired(login.changed, now)
        if expired and policy is not None and policy.hard_expiry:
            raise AccessDenied("The password has expired and must be reset by an administrator.")
        return login.reset_required or expired

    def _with_password(self, context: CallContext, user: User, password: SecretValue, *, reset: bool) -> Login:
        policy = self.policy(context.now)
        alias = self._directory.settings(context.now).alias
        check_password(password.reveal_text(), policy, names=(user.name, user.account_id, *([alias] if alias else [])))
        known = () if user.login is None else user.login.verifiers
        barred = known[: 0 if policy is None else policy.reuse_prevention]
        if any(is_password(password, self._verifier(user, each)) for each in barred):
            raise PasswordPolicyViolation("Password should not be one that was used before")
        sealed = self._keyring.seal_verifier(user.entity_id, new_verifier(password))
        now = context.now.replace(microsecond=0)
        return Login(
            created=now if user.login is None else user.login.created,
            changed=now,
            verifiers=(base64.b64encode(sealed).decode("ascii"), *known)[:_REMEMBERED],
            reset_required=reset,
            last_used=None if user.login is None else user.login.last_used,
        )

    def _verifier(self, user: User, kept: str) -> bytes:
        return self._keyring.open_verifier(user.entity_id, base64.b64decode(kept))
