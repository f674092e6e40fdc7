"""Logging in with a password, and a code where the user has a device: the way to temporary credentials without a key.

Two transactions with the slow check between them, so that it keeps nobody waiting. Every try is recorded as CloudTrail
records a console login. Source: IAM User Guide, "How IAM users sign in to AWS"; AWS CloudTrail User Guide, "AWS
Management Console sign-in events".
"""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from strongroom.kernel.clock import Clock
from strongroom.kernel.secretvalue import SecretValue
from vault.domain.context import CallContext
from vault.domain.errors import AccessDenied, VaultError
from vault.domain.iam.entities import AccountSettings, User
from vault.domain.principals import Principal
from vault.domain.trail import call_event
from vault.services.iam.directory import Directory
from vault.services.iam.login import Logins, Try
from vault.services.iam.mfa import Mfa
from vault.services.identities import IdentityService
from vault.services.keyring import Keyring
from vault.services.sts import TemporaryCredentials, TokenService
from vault.storage.store import Store, UnitOfWork

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
"""What CloudTrail has for the name of a user that there is not: it may be a password typed at the wrong place."""
_FAILED = "Authentication failed"


class Wanted(StrEnum):
    """What a login still needs once the password was right."""

    CODE = "code"
    NEW_PASSWORD = "new_password"  # noqa: S105 - the name of a member


_RIGHT_SO_FAR = {Wanted.CODE: "CheckMfa", Wanted.NEW_PASSWORD: "PasswordUpdateRequired"}
"""What a try is called whose password was right."""


class MoreWanted(Exception):
    """The password was right; something more is to be given."""

    def __init__(self, wanted: Wanted) -> None:
        super().__init__(f"a {wanted.value.replace('_', ' ')} is needed")
        self.wanted = wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginRequest:
    """What somebody logs in with. `account` is an id or an alias, empty for the only one there is."""

    user: str
    password: SecretValue
    account: str = ""
    code: str = ""
    new_password: SecretValue | None = None
    seconds: int | None = None
    source_ip: str = ""
    user_agent: str = ""


class SignIn:
    """Logs users of one store in."""

    def __init__(self, store: Store, keyring: Keyring, region: str, clock: Clock) -> None:
        self._store = store
        self._keyring = keyring
        self._region = region
        self._clock = clock

    def credentials(self, request: LoginRequest) -> TemporaryCredentials:
        """Return credentials of the user.

        Raises `AccessDenied` for whatever is wrong, which it does not tell, `MoreWanted`, `PasswordPolicyViolation`
        for a new password that must not be.
        """
        with self._store.transaction() as tx:
            account = _account(tx, request.account)
            attempt = self._logins(tx, account).begin(request.user, self._clock())
        good = attempt.matches(request.password)
        with self._store.transaction() as tx:
            outcome = self._concluded(tx, account, attempt, request, good=good)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def _concluded(
        self, tx: UnitOfWork, account: str, attempt: Try, request: LoginRequest, *, good: bool
    ) -> TemporaryCredentials | VaultError | MoreWanted:
        """Return credentials, or what refuses them: what was counted and recorded by then stays."""
        context = self._context(account, request)
        user = self._logins(tx, account).conclude(attempt, context.now, good=good)
        try:
            made = self._made(tx, context, user, request)
        except MoreWanted as more:
            _record(tx, context, user, request, wanted=more.wanted)
            return more
        except VaultError as error:
            _record(tx, context, user, request, failed=error)
            return error
        _record(tx, context, user, request)
        return made

    def _made(
        self, tx: UnitOfWork, context: CallContext, user: User | None, request: LoginRequest
    ) -> TemporaryCredentials:
        if user is None:
            raise AccessDenied(_FAILED)
        mfa = self._vouched(tx, user, request, context.now)
        logins = self._logins(tx, user.account_id)
        if logins.must_change(user, context.now):
            if request.new_password is None:
                raise MoreWanted(Wanted.NEW_PASSWORD)
            logins.update(context, user.name, request.new_password, reset=False)
        principal = IdentityService(tx, self._keyring).user(user)
        tokens = TokenService(self._keyring, principal, random.SystemRandom())
        return tokens.login(replace(context, principal_arn=user.arn), seconds=request.seconds, mfa=mfa)

    def _vouched(self, tx: UnitOfWork, user: User, request: LoginRequest, now: datetime) -> datetime | None:
        """Return now where one of the user's devices vouches; None where there is no device."""
        if not user.devices:
            return None
        if not request.code:
            raise MoreWanted(Wanted.CODE)
        devices = Mfa(Directory(tx, user.account_id), self._keyring)
        if any(devices.use(user.name, serial, request.code, now) for serial in user.devices):
            return now
        for serial in user.devices:
            devices.count_failure(serial, now)
        raise AccessDenied(_FAILED)

    def _logins(self, tx: UnitOfWork, account: str) -> Logins:
        return Logins(Directory(tx, account), self._keyring)

    def _context(self, account: str, request: LoginRequest) -> CallContext:
        return CallContext(
            account_id=account,
            region=self._region,
            principal_arn="",
            access_key_id="",
            request_id=str(uuid.uuid4()),
            now=self._clock(),
            source_ip=request.source_ip,
            user_agent=request.user_agent,
        )


def _account(tx: UnitOfWork, wanted: str) -> str:
    """Return the account of an id or an alias. Raises `AccessDenied` for none, as for a wrong password."""
    known = tx.meta.accounts()
    if not wanted and len(known) == 1:
        return known[0]
    for account in known:
        settings = tx.iam.find(AccountSettings, account, account)
        if wanted == account or (wanted and settings is not None and settings.alias == wanted):
            return account
    raise AccessDenied(_FAILED if wanted else "There are several accounts: say which one.")


def _record(
    tx: UnitOfWork,
    context: CallContext,
    user: User | None,
    request: LoginRequest,
    *,
    failed: VaultError | None = None,
    wanted: Wanted | None = None,
) -> None:
    """Record a try, under AWS's names; a right password is recorded, too, where something more is wanted."""
    name = "ConsoleLogin" if wanted is None else _RIGHT_SO_FAR[wanted]
    who = Principal(
        account_id=context.account_id,
        arn="" if user is None else user.arn,
        user_id="" if user is None else user.entity_id,
        access_key_id="",
    )
    event: dict[str, Any] = call_event(
        context,
        who,
        service="signin",
        name=name,
        read_only=False,
        parameters={},
        response={name: "Success" if failed is None else "Failure"},
    )
    event["eventType"] = "AwsConsoleSignIn"
    event["userIdentity"] = {
        "type": "IAMUser",
        "accountId": context.account_id,
        "userName": HIDDEN if user is None else user.name,
        **({} if user is None else {"arn": user.arn, "principalId": user.entity_id}),
    }
    event["additionalEventData"] = {"MFAUsed": "Yes" if request.code else "No"}
    if failed is not None:
        event["errorMessage"] = failed.message
    tx.trail.append(event, at=context.now)
