"""Passwords and the account's password policy on the wire."""

from __future__ import annotations

from collections.abc import Sequence

from strongroom.kernel.secretvalue import SecretValue
from vault.api.operations.iam.table import Answer, Request, anything, named, operation
from vault.domain.context import CallContext
from vault.domain.iam.entities import Login, User
from vault.domain.iam.errors import InvalidUserType, NoSuchEntity
from vault.domain.iam.passwords import PasswordPolicy
from vault.domain.operation import AccessCheck, Operation
from vault.services.binding import Services


def _shown(user: str, login: Login) -> Answer:
    return {
        "LoginProfile": {
            "UserName": user,
            "CreateDate": login.created,
            "PasswordResetRequired": login.reset_required,
        }
    }


def _create(services: Services, context: CallContext, request: Request) -> Answer:
    name = services.iam.own_name(request.get("UserName"))
    password = SecretValue(request["Password"])
    made = services.iam.logins.create(context, name, password, reset=request.get("PasswordResetRequired", False))
    return _shown(name, made)


def _get(services: Services, context: CallContext, request: Request) -> Answer:
    name = services.iam.own_name(request.get("UserName"))
    return _shown(name, services.iam.logins.get(name))


def _update(services: Services, context: CallContext, request: Request) -> Answer:
    password = SecretValue(request["Password"]) if "Password" in request else None
    services.iam.logins.update(context, request["UserName"], password, reset=request.get("PasswordResetRequired"))
    return {}


def _delete(services: Services, context: CallContext, request: Request) -> Answer:
    services.iam.logins.delete(services.iam.own_name(request.get("UserName")))
    return {}


def _change(services: Services, context: CallContext, request: Request) -> Answer:
    if services.iam.principal.kind != "IAMUser":
        raise InvalidUserType("Only IAM Users can change their own password")
    old, new = SecretValue(request["OldPassword"]), SecretValue(request["NewPassword"])
    services.iam.logins.change(context, services.iam.principal.name, old, new)
    return {}


def _change_checks(services: Services, context: CallContext, request: Request) -> Sequence[AccessCheck]:
    """Return nothing to ask for where the account's policy lets every user change the own password."""
    policy = services.iam.logins.policy(context.now)
    if policy is not None and policy.allow_change:
        return ()
    arn = services.iam.principal.arn
    return (AccessCheck(action="iam:ChangePassword", resource=arn, named=arn),)


_MEMBERS = {
    "MinimumPasswordLength": "minimum_length",
    "RequireSymbols": "require_symbols",
    "RequireNumbers": "require_numbers",
    "RequireUppercaseCharacters": "require_uppercase",
    "RequireLowercaseCharacters": "require_lowercase",
    "AllowUsersToChangePassword": "allow_change",
    "MaxPasswordAge": "max_age_days",
    "PasswordReusePrevention": "reuse_prevention",
    "HardExpiry": "hard_expiry",
}
_SHOWN_WHEN_SET = ("MaxPasswordAge", "PasswordReusePrevention", "HardExpiry")


def _policy(services: Services, context: CallContext, request: Request) -> Answer:
    policy = services.iam.logins.policy(context.now)
    if policy is None:
        raise NoSuchEntity(f"The Password Policy with domain name {context.account_id} cannot be found.")
    members = {member: getattr(policy, name) for member, name in _MEMBERS.items()}
    unset = [member for member in _SHOWN_WHEN_SET if members[member] in (None, 0)]
    shown = {member: value for member, value in members.items() if member not in unset}
    return {"PasswordPolicy": shown | {"ExpirePasswords": policy.max_age_days > 0}}


def _set_policy(services: Services, context: CallContext, request: Request) -> Answer:
    named_so = {_MEMBERS[member]: value for member, value in request.items()}
    services.iam.logins.set_policy(context.now, PasswordPolicy(**named_so))
    return {}


def _delete_policy(services: Services, context: CallContext, request: Request) -> Answer:
    if services.iam.logins.policy(context.now) is None:
        raise NoSuchEntity("The account policy with name PasswordPolicy cannot be found.")
    services.iam.logins.set_policy(context.now, None)
    return {}


_USER = named(User, "UserName")

OPERATIONS = (
    operation("CreateLoginProfile", _create, _USER, recorded=("LoginProfile",)),
    operation("GetLoginProfile", _get, _USER, read_only=True),
    operation("UpdateLoginProfile", _update, _USER),
    operation("DeleteLoginProfile", _delete, _USER),
    Operation(service="iam", name="ChangePassword", read_only=False, checks=_change_checks, run=_change),
    operation("GetAccountPasswordPolicy", _policy, anything, read_only=True),
    operation("UpdateAccountPasswordPolicy", _set_policy, anything),
    operation("DeleteAccountPasswordPolicy", _delete_policy, anything),
)
