"""Passwords and the account's password policy over HTTP with boto3."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.testing.wire import refusal
from tests.wire.iam.conftest import ACCOUNT, allowing

FIRST, SECOND = "Correct-Horse-1", "Battery-Staple-2"


@pytest.fixture
def no_policy(iam: Any) -> Iterator[None]:
    """Takes the account's password policy off again."""
    yield
    iam.delete_account_password_policy()


@pytest.mark.shows("iam:CreateLoginProfile", "iam:GetLoginProfile", "iam:UpdateLoginProfile", "iam:DeleteLoginProfile")
def test_a_password_is_set_changed_and_taken_away(iam: Any, user: str) -> None:
    made = iam.create_login_profile(UserName=user, Password=FIRST)["LoginProfile"]
    assert (made["UserName"], made["PasswordResetRequired"]) == (user, False)
    assert iam.get_login_profile(UserName=user)["LoginProfile"] == made
    told = ("EntityAlreadyExists", f"Login Profile for user {user} already exists.")
    assert refusal(iam.create_login_profile, UserName=user, Password=FIRST) == told
    iam.update_login_profile(UserName=user, PasswordResetRequired=True)
    assert iam.get_login_profile(UserName=user)["LoginProfile"]["PasswordResetRequired"] is True
    assert refusal(iam.delete_user, UserName=user)[0] == "DeleteConflict"
    iam.delete_login_profile(UserName=user)
    told = ("NoSuchEntity", f"Login Profile for User {user} cannot be found.")
    assert refusal(iam.get_login_profile, UserName=user) == told
    assert refusal(iam.delete_login_profile, UserName=user) == told


@pytest.mark.parametrize("password", ["Ab1-xyz", "alllowercaseletters"])
def test_without_a_policy_a_password_is_long_and_mixed(iam: Any, user: str, password: str) -> None:
    assert refusal(iam.create_login_profile, UserName=user, Password=password)[0] == "PasswordPolicyViolation"


@pytest.mark.shows("iam:UpdateAccountPasswordPolicy", "iam:GetAccountPasswordPolicy", "iam:DeleteAccountPasswordPolicy")
def test_what_an_update_of_the_policy_does_not_name_is_as_at_first(iam: Any, no_policy: None) -> None:
    missing = ("NoSuchEntity", f"The Password Policy with domain name {ACCOUNT} cannot be found.")
    assert refusal(iam.get_account_password_policy) == missing
    told = ("NoSuchEntity", "The account policy with name PasswordPolicy cannot be found.")
    assert refusal(iam.delete_account_password_policy) == told
    iam.update_account_password_policy(MinimumPasswordLength=10, MaxPasswordAge=60, HardExpiry=True)
    iam.update_account_password_policy()
    assert iam.get_account_password_policy()["PasswordPolicy"] == {
        "AllowUsersToChangePassword": False,
        "ExpirePasswords": False,
        "MinimumPasswordLength": 6,
        "RequireLowercaseCharacters": False,
        "RequireNumbers": False,
        "RequireSymbols": False,
        "RequireUppercaseCharacters": False,
    }


@pytest.mark.parametrize(
    ("rule", "password"),
    [
        ("RequireUppercaseCharacters", "lowercase-1"),
        ("RequireLowercaseCharacters", "UPPERCASE-1"),
        ("RequireNumbers", "Without-one"),
        ("RequireSymbols", "Without1Symbol"),
    ],
)
def test_a_policy_says_what_is_missing(iam: Any, user: str, no_policy: None, rule: str, password: str) -> None:
    iam.update_account_password_policy(**{rule: True})
    assert refusal(iam.create_login_profile, UserName=user, Password=password)[0] == "PasswordPolicyViolation"
    iam.create_login_profile(UserName=user, Password=FIRST)


@pytest.mark.shows("iam:ChangePassword")
def test_a_user_changes_the_own_password_where_it_may(iam: Any, user: str, client_of: Callable[..., Any]) -> None:
    iam.create_login_profile(UserName=user, Password=FIRST)
    own = client_of(user, "iam")
    change = {"OldPassword": FIRST, "NewPassword": SECOND}
    assert refusal(own.change_password, **change)[0] == "AccessDenied"
    iam.put_user_policy(UserName=user, PolicyName="own", PolicyDocument=allowing("iam:ChangePassword"))
    assert refusal(own.change_password, OldPassword="Wrong-Horse-3", NewPassword=SECOND)[0] == "AccessDenied"
    own.change_password(**change)
    assert refusal(own.change_password, **change)[0] == "AccessDenied"


def test_a_policy_lets_every_user_change_the_own_password(
    iam: Any, user: str, client_of: Callable[..., Any], no_policy: None
) -> None:
    iam.update_account_password_policy(AllowUsersToChangePassword=True, PasswordReusePrevention=2)
    iam.create_login_profile(UserName=user, Password=FIRST)
    own = client_of(user, "iam")
    own.change_password(OldPassword=FIRST, NewPassword=SECOND)
    code = refusal(own.change_password, OldPassword=SECOND, NewPassword=FIRST)[0]
    assert code == "PasswordPolicyViolation"


def test_whoever_is_no_user_has_no_password(iam: Any) -> None:
    assert refusal(iam.change_password, OldPassword=FIRST, NewPassword=SECOND)[0] == "InvalidUserType"


def test_guesses_of_the_old_password_are_counted(iam: Any, user: str, client_of: Callable[..., Any]) -> None:
    iam.create_login_profile(UserName=user, Password=FIRST)
    iam.put_user_policy(UserName=user, PolicyName="own", PolicyDocument=allowing("iam:ChangePassword"))
    own = client_of(user, "iam")
    for _ in range(5):
        refusal(own.change_password, OldPassword="Wrong-Horse-3", NewPassword=SECOND)
    assert refusal(own.change_password, OldPassword=FIRST, NewPassword=SECOND)[0] == "AccessDenied"
