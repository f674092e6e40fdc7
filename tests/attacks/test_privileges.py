"""Callers who are let in and want more: keys that ended, sessions that widen, policies that lock out."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.attacks.conftest import WANTED
from tests.testing.authenticator import Authenticator
from tests.testing.server import Server
from tests.testing.wire import refusal

ACCOUNT = "123456789012"
READ = "secretsmanager:GetSecretValue"
Make = Callable[..., Any]


def _policy(effect: str, *actions: str, resource: Any = "*", **more: Any) -> str:
    statement = {"Effect": effect, "Action": list(actions), "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def attacker(iam: Any) -> str:
    """The name of a user who may do nothing yet."""
    name = f"attacker-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=name)
    return name


@pytest.fixture
def key(iam: Any, attacker: str) -> dict[str, str]:
    """The attacker's access key."""
    made: dict[str, str] = iam.create_access_key(UserName=attacker)["AccessKey"]
    return made


@pytest.fixture
def own(server: Server, key: dict[str, str]) -> Make:
    """Makes the attacker's clients."""

    def make(service: str = "secretsmanager", session: dict[str, str] | None = None) -> Any:
        signer = session or key
        token = {"aws_session_token": signer["SessionToken"]} if "SessionToken" in signer else {}
        return server.client(
            service,
            aws_access_key_id=signer["AccessKeyId"],
            aws_secret_access_key=signer["SecretAccessKey"],
            **token,
        )

    return make


def _allow(iam: Any, user: str, *actions: str, **more: Any) -> None:
    iam.put_user_policy(UserName=user, PolicyName="own", PolicyDocument=_policy("Allow", *actions, **more))


def test_a_user_without_policies_may_nothing(own: Make) -> None:
    assert refusal(own().get_secret_value, SecretId=WANTED)[0] == "AccessDeniedException"
    assert refusal(own().list_secrets)[0] == "AccessDeniedException"
    assert refusal(own("kms").list_keys)[0] == "AccessDeniedException"
    assert refusal(own("iam").list_users)[0] == "AccessDenied"
    assert refusal(own("cloudtrail").lookup_events)[0] == "AccessDeniedException"


_ESCALATIONS: dict[str, Callable[[Any, str], Any]] = {
    "attach the administrator's policy": lambda iam, me: iam.attach_user_policy(
        UserName=me, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
    ),
    "write an own policy": lambda iam, me: iam.put_user_policy(
        UserName=me, PolicyName="all", PolicyDocument=_policy("Allow", "*")
    ),
    "join the administrators": lambda iam, me: iam.add_user_to_group(GroupName="administrators", UserName=me),
    "make a key for another": lambda iam, _: iam.create_access_key(UserName="victim"),
    "set a password of another": lambda iam, _: iam.create_login_profile(UserName="victim", Password="Mine-Now-1"),
    "change what a role trusts": lambda iam, _: iam.update_assume_role_policy(RoleName="strong", PolicyDocument="{}"),
    "make a version the default": lambda iam, _: iam.set_default_policy_version(
        PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/theirs", VersionId="v1"
    ),
    "take the boundary off": lambda iam, me: iam.delete_user_permissions_boundary(UserName=me),
    "make a user": lambda iam, _: iam.create_user(UserName="accomplice"),
    "make a role": lambda iam, _: iam.create_role(RoleName="backdoor", AssumeRolePolicyDocument="{}"),
    "tag itself": lambda iam, me: iam.tag_user(UserName=me, Tags=[{"Key": "role", "Value": "admin"}]),
    "take a device off another": lambda iam, _: iam.deactivate_mfa_device(
        UserName="victim", SerialNumber=f"arn:aws:iam::{ACCOUNT}:mfa/victim"
    ),
    "loosen the password policy": lambda iam, _: iam.update_account_password_policy(MinimumPasswordLength=6),
    "learn who there is": lambda iam, _: iam.get_account_authorization_details(),
}


@pytest.mark.parametrize("attempt", list(_ESCALATIONS.values()), ids=list(_ESCALATIONS))
def test_a_user_who_may_read_secrets_cannot(
    iam: Any, own: Make, attacker: str, attempt: Callable[[Any, str], Any]
) -> None:
    _allow(iam, attacker, "secretsmanager:*")
    with pytest.raises(Exception, match="AccessDenied"):
        attempt(own("iam"), attacker)


def test_whoever_may_do_everything_stays_within_the_boundary(iam: Any, own: Make, attacker: str) -> None:
    _allow(iam, attacker, "*")
    made = iam.create_policy(PolicyName=f"b-{attacker}", PolicyDocument=_policy("Allow", "iam:Get*", "iam:Put*"))
    iam.put_user_permissions_boundary(UserName=attacker, PermissionsBoundary=made["Policy"]["Arn"])
    mine = own("iam")
    mine.get_user()
    mine.put_user_policy(UserName=attacker, PolicyName="more", PolicyDocument=_policy("Allow", "*"))
    assert refusal(own().get_secret_value, SecretId=WANTED)[0] == "AccessDeniedException"


def test_a_deny_that_is_attached_is_not_outvoted(iam: Any, own: Make, attacker: str) -> None:
    iam.attach_user_policy(UserName=attacker, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    own().get_secret_value(SecretId=WANTED)
    iam.attach_user_policy(UserName=attacker, PolicyArn="arn:aws:iam::aws:policy/AWSDenyAll")
    code, told = refusal(own().get_secret_value, SecretId=WANTED)
    assert (code, "explicit deny" in told) == ("AccessDeniedException", True)


def test_a_key_that_was_made_inactive_signs_nothing(iam: Any, own: Make, attacker: str, key: dict[str, str]) -> None:
    _allow(iam, attacker, READ, "sts:*")
    session = own("sts").get_session_token()["Credentials"]
    own(session=session).get_secret_value(SecretId=WANTED)
    iam.update_access_key(UserName=attacker, AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert refusal(own().get_secret_value, SecretId=WANTED)[0] == "UnrecognizedClientException"
    # Its sessions end with it.
    assert refusal(own(session=session).get_secret_value, SecretId=WANTED)[0] == "UnrecognizedClientException"


def test_a_key_that_was_deleted_signs_nothing(iam: Any, own: Make, attacker: str, key: dict[str, str]) -> None:
    _allow(iam, attacker, READ)
    own().get_secret_value(SecretId=WANTED)
    iam.delete_access_key(UserName=attacker, AccessKeyId=key["AccessKeyId"])
    assert refusal(own().get_secret_value, SecretId=WANTED)[0] == "UnrecognizedClientException"


@pytest.mark.parametrize("spoiled", ["none", "anothers", "cut", "turned", "a letter"])
def test_a_temporary_key_needs_its_own_token(iam: Any, own: Make, attacker: str, spoiled: str) -> None:
    _allow(iam, attacker, READ, "sts:*")
    session, another = (own("sts").get_session_token()["Credentials"] for _ in range(2))
    token = session["SessionToken"]
    tokens = {
        "none": None,
        "anothers": another["SessionToken"],
        "cut": token[:-4],
        "turned": token[::-1],
        "a letter": ("B" if token[40] == "A" else "A").join((token[:40], token[41:])),
    }
    wrong = {**session, "SessionToken": tokens[spoiled]}
    if tokens[spoiled] is None:
        del wrong["SessionToken"]
    assert refusal(own(session=wrong).get_secret_value, SecretId=WANTED)[0] == "UnrecognizedClientException"


def test_a_session_does_not_widen_what_its_owner_may(iam: Any, own: Make, attacker: str) -> None:
    _allow(iam, attacker, "sts:GetFederationToken", "secretsmanager:ListSecrets")
    wide = own("sts").get_federation_token(Name="wide", Policy=_policy("Allow", "*"))["Credentials"]
    own(session=wide).list_secrets()
    assert refusal(own(session=wide).get_secret_value, SecretId=WANTED)[0] == "AccessDeniedException"


def test_sessions_make_no_sessions_of_their_owner(iam: Any, own: Make, attacker: str) -> None:
    _allow(iam, attacker, "sts:*")
    session = own("sts").get_session_token()["Credentials"]
    again = own("sts", session)
    assert refusal(again.get_session_token)[0] == "AccessDenied"
    assert refusal(again.get_federation_token, Name="again")[0] == "AccessDenied"


def test_a_session_policy_does_not_widen_a_role(iam: Any, own: Make, attacker: str) -> None:
    me = {"AWS": f"arn:aws:iam::{ACCOUNT}:user/{attacker}"}
    trust = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": me, "Action": "sts:AssumeRole"}}
    iam.create_role(RoleName=attacker, AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_role_policy(
        RoleName=attacker, PolicyName="own", PolicyDocument=_policy("Allow", "secretsmanager:ListSecrets")
    )
    asked = {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/{attacker}", "RoleSessionName": "wide"}
    wide = own("sts").assume_role(**asked, Policy=_policy("Allow", "*"))["Credentials"]
    own(session=wide).list_secrets()
    assert refusal(own(session=wide).get_secret_value, SecretId=WANTED)[0] == "AccessDeniedException"


def test_a_device_of_another_does_not_vouch(iam: Any, own: Make, attacker: str) -> None:
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName=f"victim-{attacker}")["VirtualMFADevice"]
    victim = f"victim-{attacker}"
    iam.create_user(UserName=victim)
    shown = Authenticator(made["Base32StringSeed"])
    iam.enable_mfa_device(UserName=victim, SerialNumber=made["SerialNumber"], **shown.two)
    asked = {"SerialNumber": made["SerialNumber"], "TokenCode": shown.code(1)}
    assert refusal(own("sts").get_session_token, **asked)[0] == "AccessDenied"


def test_many_secrets_at_once_are_asked_for_one_by_one(iam: Any, own: Make, server: Server, attacker: str) -> None:
    mine = server.client().create_secret(Name=f"mine/{attacker}", SecretString="mine")["ARN"]
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": ["secretsmanager:BatchGetSecretValue"], "Resource": "*"},
            {"Effect": "Allow", "Action": [READ], "Resource": mine},
        ],
    }
    iam.put_user_policy(UserName=attacker, PolicyName="own", PolicyDocument=json.dumps(document))
    found = own().batch_get_secret_value(SecretIdList=[mine, WANTED])
    assert [each["SecretString"] for each in found["SecretValues"]] == ["mine"]
    assert [each["ErrorCode"] for each in found["Errors"]] == ["AccessDeniedException"]


def test_a_policy_that_locks_everybody_out_is_not_put(server: Server) -> None:
    secrets, kms = server.client(), server.client("kms")
    nobody = {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"},
    }
    told = refusal(secrets.put_resource_policy, SecretId=WANTED, ResourcePolicy=json.dumps(nobody))[1]
    assert told == "The resource policy would not allow you to put another resource policy in the future."
    assert secrets.get_secret_value(SecretId=WANTED)["Name"] == WANTED
    code = refusal(kms.create_key, Policy=json.dumps(nobody))[0]
    assert code == "MalformedPolicyDocumentException"


def test_a_secret_is_not_opened_to_everybody(server: Server) -> None:
    everybody = {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": "*", "Action": READ, "Resource": "*"},
    }
    asked = {"SecretId": WANTED, "ResourcePolicy": json.dumps(everybody), "BlockPublicPolicy": True}
    assert refusal(server.client().put_resource_policy, **asked)[0] == "PublicPolicyException"


def test_whoever_may_tag_secrets_gets_no_further_by_it(iam: Any, own: Make, attacker: str) -> None:
    mine = {"StringEquals": {"secretsmanager:ResourceTag/owner": "${aws:username}"}}
    _allow(iam, attacker, READ, Condition=mine)
    asked = {"SecretId": WANTED, "Tags": [{"Key": "owner", "Value": attacker}]}
    assert refusal(own().tag_resource, **asked)[0] == "AccessDeniedException"
    assert refusal(own().get_secret_value, SecretId=WANTED)[0] == "AccessDeniedException"


def test_a_name_that_holds_a_pattern_matches_as_it_is(iam: Any, server: Server, own: Make, attacker: str) -> None:
    _allow(
        iam,
        attacker,
        READ,
        resource=f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:${{aws:PrincipalTag/at}}-??????",
    )
    iam.tag_user(UserName=attacker, Tags=[{"Key": "at", "Value": "wanted/"}])
    assert refusal(own().get_secret_value, SecretId=WANTED)[0] == "AccessDeniedException"


def test_refusals_tell_whether_a_secret_is_there_to_nobody(own: Make) -> None:
    there = refusal(own().get_secret_value, SecretId=WANTED)[1].replace(WANTED, "X")
    absent = refusal(own().get_secret_value, SecretId="wanted/absent")[1].replace("wanted/absent", "X")
    assert there == absent


def test_a_user_of_a_deleted_name_has_nothing_of_it(iam: Any, server: Server, attacker: str) -> None:
    _allow(iam, attacker, "sts:*", READ)
    key = iam.create_access_key(UserName=attacker)["AccessKey"]
    sts = server.client("sts", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    session = sts.get_session_token()["Credentials"]
    iam.delete_access_key(UserName=attacker, AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName=attacker, PolicyName="own")
    iam.delete_user(UserName=attacker)
    iam.create_user(UserName=attacker)
    later = server.client(
        "sts",
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )
    assert refusal(later.get_caller_identity)[0] == "InvalidClientTokenId"


@pytest.mark.parametrize("target", [{"NewPath": "/admin/"}, {"NewUserName": "boss"}])
def test_a_user_is_moved_only_to_where_its_mover_may_reach(
    iam: Any, own: Make, attacker: str, target: dict[str, str]
) -> None:
    mine = f"mine-{attacker}"
    iam.create_user(UserName=mine, Path="/dev/")
    _allow(iam, attacker, "iam:UpdateUser", resource=f"arn:aws:iam::{ACCOUNT}:user/dev/{mine}*")
    assert refusal(own("iam").update_user, UserName=mine, **target)[0] == "AccessDenied"
    own("iam").update_user(UserName=mine, NewUserName=f"{mine}-2")


def test_a_group_is_moved_only_to_where_its_mover_may_reach(iam: Any, own: Make, attacker: str) -> None:
    mine = f"mine-{attacker}"
    iam.create_group(GroupName=mine, Path="/dev/")
    _allow(iam, attacker, "iam:UpdateGroup", resource=f"arn:aws:iam::{ACCOUNT}:group/dev/*")
    assert refusal(own("iam").update_group, GroupName=mine, NewPath="/admin/")[0] == "AccessDenied"


def test_a_device_is_shown_to_whoever_may_see_its_user(iam: Any, own: Make, attacker: str) -> None:
    _allow(iam, attacker, "iam:GetMFADevice", resource=f"arn:aws:iam::{ACCOUNT}:user/{attacker}")
    user = f"with-device-{attacker}"
    iam.create_user(UserName=user)
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName=user)["VirtualMFADevice"]
    shown = Authenticator(made["Base32StringSeed"])
    iam.enable_mfa_device(UserName=user, SerialNumber=made["SerialNumber"], **shown.two)
    assert refusal(own("iam").get_mfa_device, SerialNumber=made["SerialNumber"])[0] == "AccessDenied"


def test_a_code_that_was_refused_is_not_in_the_trail(server: Server, own: Make, attacker: str) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:mfa/{attacker}"
    refusal(own("sts").get_session_token, SerialNumber=arn, TokenCode="424242")
    found = server.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "GetSessionToken"}]
    )["Events"]
    assert any(arn in each["CloudTrailEvent"] for each in found)
    assert not any("424242" in each["CloudTrailEvent"] for each in found)
