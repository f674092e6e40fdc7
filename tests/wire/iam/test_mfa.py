"""MFA devices over HTTP with boto3: made, enabled, asked for codes that are good once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.testing.authenticator import Authenticator
from tests.testing.wire import refusal
from tests.wire.iam.conftest import ACCOUNT, allowing, trusting

SINCE_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


@pytest.fixture
def serial(iam: Any, user: str) -> tuple[str, Authenticator]:
    """The serial number of a device that is enabled for the user, and what shows its codes."""
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName=user)["VirtualMFADevice"]
    shown = Authenticator(made["Base32StringSeed"])
    iam.enable_mfa_device(UserName=user, SerialNumber=made["SerialNumber"], **shown.two)
    return made["SerialNumber"], shown


@pytest.mark.shows("iam:CreateVirtualMFADevice", "iam:ListVirtualMFADevices", "iam:DeleteVirtualMFADevice")
@pytest.mark.parametrize("path", [None, "/", "/a-path/", "/a//b/"])
def test_a_device_is_made_listed_and_deleted(iam: Any, name: str, path: str | None) -> None:
    asked = {} if path is None else {"Path": path}
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName=name, **asked)["VirtualMFADevice"]
    serial = f"arn:aws:iam::{ACCOUNT}:mfa{path or '/'}{name}"
    assert (made["SerialNumber"], made["QRCodePNG"][:4]) == (serial, b"\x89PNG")
    listed = iam.list_virtual_mfa_devices(AssignmentStatus="Unassigned")["VirtualMFADevices"]
    assert {"SerialNumber": serial} in listed
    told = ("EntityAlreadyExists", "MFADevice entity at the same path and name already exists.")
    assert refusal(iam.create_virtual_mfa_device, VirtualMFADeviceName=name, **asked) == told
    iam.delete_virtual_mfa_device(SerialNumber=serial)
    told = ("NoSuchEntity", f"MFA Device with serial number {serial} does not exist.")
    assert refusal(iam.delete_virtual_mfa_device, SerialNumber=serial) == told


@pytest.mark.parametrize("path", ["no-slash/", "/no-slash"])
def test_a_path_that_is_none_is_told(raw_iam: Any, name: str, path: str) -> None:
    code, told = refusal(raw_iam.create_virtual_mfa_device, VirtualMFADeviceName=name, Path=path)
    assert (code, told[:43]) == ("ValidationError", "The specified value for path is invalid. It")


@pytest.mark.shows("iam:EnableMFADevice", "iam:ListMFADevices", "iam:GetMFADevice", "iam:DeactivateMFADevice")
def test_a_device_is_enabled_by_two_codes_in_a_row(iam: Any, user: str) -> None:
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName=user)["VirtualMFADevice"]
    serial, shown = made["SerialNumber"], Authenticator(made["Base32StringSeed"])
    asked = {"UserName": user, "SerialNumber": serial}
    for wrong in (("000000", "000001"), (shown.code(), shown.code()), (shown.code(), shown.code(-1))):
        codes = {"AuthenticationCode1": wrong[0], "AuthenticationCode2": wrong[1]}
        assert refusal(iam.enable_mfa_device, **asked, **codes)[0] == "InvalidAuthenticationCode"
    iam.enable_mfa_device(**asked, **shown.two)
    (device,) = iam.list_mfa_devices(UserName=user)["MFADevices"]
    assert (device["UserName"], device["SerialNumber"]) == (user, serial)
    assert iam.get_mfa_device(SerialNumber=serial)["UserName"] == user
    assigned = iam.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"]
    assert user in [each["User"]["UserName"] for each in assigned]
    told = ("EntityAlreadyExists", "MFA Device is already in use.")
    assert refusal(iam.enable_mfa_device, **asked, **shown.two) == told
    assert refusal(iam.delete_virtual_mfa_device, SerialNumber=serial)[0] == "DeleteConflict"
    iam.deactivate_mfa_device(**asked)
    assert iam.list_mfa_devices(UserName=user)["MFADevices"] == []
    assert refusal(iam.deactivate_mfa_device, **asked)[0] == "NoSuchEntity"


def test_the_codes_that_enabled_a_device_do_not_enable_it_again(
    iam: Any, user: str, serial: tuple[str, Authenticator]
) -> None:
    asked = {"UserName": user, "SerialNumber": serial[0]}
    iam.deactivate_mfa_device(**asked)
    assert refusal(iam.enable_mfa_device, **asked, **serial[1].two)[0] == "InvalidAuthenticationCode"


@pytest.mark.shows("iam:ResyncMFADevice")
def test_a_device_whose_clock_is_off_is_set(iam: Any, user: str, serial: tuple[str, Authenticator]) -> None:
    arn, shown = serial
    asked = {"UserName": user, "SerialNumber": arn}
    later = {"AuthenticationCode1": shown.code(9), "AuthenticationCode2": shown.code(10)}
    iam.resync_mfa_device(**asked, **later)
    assert refusal(iam.resync_mfa_device, **asked, **later)[0] == "InvalidAuthenticationCode"


@pytest.mark.shows("iam:TagMFADevice", "iam:UntagMFADevice", "iam:ListMFADeviceTags")
def test_a_device_has_tags(iam: Any, serial: tuple[str, Authenticator]) -> None:
    iam.tag_mfa_device(SerialNumber=serial[0], Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    iam.untag_mfa_device(SerialNumber=serial[0], TagKeys=["a"])
    assert iam.list_mfa_device_tags(SerialNumber=serial[0])["Tags"] == [{"Key": "b", "Value": "2"}]


@pytest.mark.shows("sts:GetSessionToken")
def test_a_code_is_good_once(user: str, serial: tuple[str, Authenticator], client_of: Callable[..., Any]) -> None:
    arn, shown = serial
    sts = client_of(user, "sts")
    told = ("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. ")
    # The one that enabled it was used.
    assert refusal(sts.get_session_token, SerialNumber=arn, TokenCode=shown.code()) == told
    sts.get_session_token(SerialNumber=arn, TokenCode=shown.code(1))
    assert refusal(sts.get_session_token, SerialNumber=arn, TokenCode=shown.code(1)) == told


def test_a_device_of_somebody_else_vouches_for_nobody(
    iam: Any, name: str, serial: tuple[str, Authenticator], client_of: Callable[..., Any]
) -> None:
    arn, shown = serial
    iam.create_user(UserName=f"{name}-other")
    sts = client_of(f"{name}-other", "sts")
    code, told = refusal(sts.get_session_token, SerialNumber=arn, TokenCode=shown.code(1))
    assert (code, "unable to validate MFA code" in told) == ("AccessDenied", True)


def test_after_wrong_codes_a_right_one_has_to_wait(
    user: str, serial: tuple[str, Authenticator], client_of: Callable[..., Any]
) -> None:
    arn, shown = serial
    sts = client_of(user, "sts")
    for _ in range(5):
        refusal(sts.get_session_token, SerialNumber=arn, TokenCode="000000")
    assert refusal(sts.get_session_token, SerialNumber=arn, TokenCode=shown.code(1))[0] == "AccessDenied"


def test_policies_tell_sessions_with_mfa_from_others(
    iam: Any,
    user: str,
    serial: tuple[str, Authenticator],
    client_of: Callable[..., Any],
    session_client: Callable[..., Any],
) -> None:
    iam.put_user_policy(
        UserName=user, PolicyName="mfa", PolicyDocument=allowing("secretsmanager:ListSecrets", Condition=SINCE_MFA)
    )
    arn, shown = serial
    own, sts = client_of(user), client_of(user, "sts")
    assert refusal(own.list_secrets)[0] == "AccessDeniedException"
    without = session_client(sts.get_session_token()["Credentials"])
    assert refusal(without.list_secrets)[0] == "AccessDeniedException"
    with_code = sts.get_session_token(SerialNumber=arn, TokenCode=shown.code(1))["Credentials"]
    session_client(with_code).list_secrets()


def test_sessions_without_mfa_are_kept_from_iam(
    iam: Any,
    user: str,
    serial: tuple[str, Authenticator],
    client_of: Callable[..., Any],
    session_client: Callable[..., Any],
) -> None:
    iam.put_user_policy(UserName=user, PolicyName="all", PolicyDocument=allowing("*"))
    arn, shown = serial
    sts = client_of(user, "sts")
    without = session_client(sts.get_session_token()["Credentials"], "iam")
    assert refusal(without.list_users)[0] == "InvalidClientTokenId"
    with_code = sts.get_session_token(SerialNumber=arn, TokenCode=shown.code(1))["Credentials"]
    session_client(with_code, "iam").list_users()
    federated = sts.get_federation_token(Name="fed", Policy=allowing("*"))["Credentials"]
    assert refusal(session_client(federated, "iam").list_users)[0] == "InvalidClientTokenId"


def test_a_role_may_ask_for_mfa(
    iam: Any, user: str, serial: tuple[str, Authenticator], client_of: Callable[..., Any]
) -> None:
    trust = trusting({"AWS": f"arn:aws:iam::{ACCOUNT}:user/{user}"}, Condition=SINCE_MFA)
    iam.create_role(RoleName=user, AssumeRolePolicyDocument=trust)
    arn, shown = serial
    sts = client_of(user, "sts")
    asked = {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/{user}", "RoleSessionName": "one"}
    assert refusal(sts.assume_role, **asked)[0] == "AccessDenied"
    assert refusal(sts.assume_role, **asked, SerialNumber=arn, TokenCode="000000")[0] == "AccessDenied"
    sts.assume_role(**asked, SerialNumber=arn, TokenCode=shown.code(1))


def test_the_seed_stands_nowhere_in_the_trail(iam: Any, name: str, server: Any) -> None:
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
    asked = [{"AttributeKey": "EventName", "AttributeValue": "CreateVirtualMFADevice"}]
    events = server.client("cloudtrail").lookup_events(LookupAttributes=asked)["Events"]
    assert made["Base32StringSeed"].decode() not in json.dumps([each["CloudTrailEvent"] for each in events])
