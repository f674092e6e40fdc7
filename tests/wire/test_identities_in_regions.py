"""Users and roles are made in the home region, and are good in every region of the process, with boto3."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.testing.regions import EAST, WEST, until
from tests.testing.server import Server
from tests.testing.wire import refusal
from tests.wire.iam.conftest import ACCOUNT, allowing, trusting

Client = Callable[..., Any]


@pytest.fixture
def signing(two: Server) -> Client:
    """Makes clients that sign with some credentials."""

    def make(made: dict[str, str], service: str = "secretsmanager", region: str = WEST) -> Any:
        return two.client(
            service,
            region=region,
            aws_access_key_id=made["AccessKeyId"],
            aws_secret_access_key=made["SecretAccessKey"],
            aws_session_token=made.get("SessionToken"),
        )

    return make


@pytest.fixture
def iam(two: Server) -> Any:
    """The administrator's client for IAM."""
    return two.client("iam")


@pytest.fixture
def user(iam: Any) -> str:
    """The name of a fresh user who may do all things."""
    name = f"u{uuid.uuid4().hex[:12]}"
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=allowing("*"))
    return name


@pytest.fixture
def key(iam: Any, user: str) -> dict[str, str]:
    """That user's access key."""
    made: dict[str, str] = iam.create_access_key(UserName=user)["AccessKey"]
    return made


def test_a_user_signs_in_another_region(two: Server, user: str, key: dict[str, str], signing: Client) -> None:
    name = f"iam/{user}"
    west = signing(key)
    assert west.create_secret(Name=name, SecretString="v")["ARN"].split(":")[3] == WEST
    assert west.get_secret_value(SecretId=name)["SecretString"] == "v"
    events = two.client("cloudtrail", region=WEST).lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "GetSecretValue"}], MaxResults=1
    )["Events"]
    assert events[0]["Username"] == user


def test_a_use_in_another_region_is_a_use_of_the_key(iam: Any, user: str, key: dict[str, str], signing: Client) -> None:
    signing(key).list_secrets()
    told = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]
    assert (told["ServiceName"], told["Region"]) == ("secretsmanager", WEST)


def test_a_policy_that_is_taken_away_is_gone_in_every_region(
    iam: Any, user: str, key: dict[str, str], signing: Client
) -> None:
    west = signing(key)
    west.list_secrets()
    iam.delete_user_policy(UserName=user, PolicyName="own")
    assert refusal(west.list_secrets)[0] == "AccessDeniedException"


def test_a_key_that_is_switched_off_opens_no_region(iam: Any, user: str, key: dict[str, str], signing: Client) -> None:
    west = signing(key)
    west.list_secrets()
    iam.update_access_key(UserName=user, AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert refusal(west.list_secrets)[0] == "UnrecognizedClientException"


@pytest.mark.parametrize("asked", [EAST, WEST])
@pytest.mark.parametrize("used", [EAST, WEST])
def test_a_session_of_a_role_is_good_wherever_it_was_asked_for(
    iam: Any, user: str, key: dict[str, str], signing: Client, asked: str, used: str
) -> None:
    role = iam.create_role(
        RoleName=user, AssumeRolePolicyDocument=trusting({"AWS": f"arn:aws:iam::{ACCOUNT}:user/{user}"})
    )["Role"]["Arn"]
    iam.put_role_policy(RoleName=user, PolicyName="own", PolicyDocument=allowing("secretsmanager:ListSecrets"))
    made = signing(key, "sts", asked).assume_role(RoleArn=role, RoleSessionName="far")["Credentials"]
    session = signing(made, region=used)
    session.list_secrets()
    assert refusal(session.create_secret, Name="n", SecretString="v")[0] == "AccessDeniedException"


def test_a_wrong_signature_is_told_in_every_region_alike(key: dict[str, str], signing: Client) -> None:
    forged = {**key, "SecretAccessKey": "x" * 40}
    told = {refusal(signing(forged, region=region).list_secrets)[0] for region in (EAST, WEST)}
    assert told == {"InvalidSignatureException"}


def test_identities_are_answered_for_no_region_that_is_off(two: Server, key: dict[str, str], signing: Client) -> None:
    account = two.client("account")
    account.disable_region(RegionName=WEST)
    until(lambda: account.get_region_opt_status(RegionName=WEST)["RegionOptStatus"], lambda now: now == "DISABLED")
    try:
        assert refusal(signing(key, "sts").get_caller_identity)[0] == "SignatureDoesNotMatch"
    finally:
        account.enable_region(RegionName=WEST)
        until(lambda: account.get_region_opt_status(RegionName=WEST)["RegionOptStatus"], lambda now: now == "ENABLED")
