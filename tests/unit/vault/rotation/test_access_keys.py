"""Access keys of this store's own IAM, and of another place that speaks as Amazon does."""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest

from strongroom.kernel.secretvalue import SecretValue
from tests.testing.rotators import ACCOUNT, REGION, Subject, stored, subject
from vault.bootstrap import Vault
from vault.initialise import AccessKey
from vault.rotation.rotators.base import KeyPair, RotationFailed
from vault.rotation.rotators.outside import outside_client

NAMES = ("access_key_id", "secret_access_key")


@pytest.fixture
def robot(vault: Vault) -> str:
    name = f"robot-{secrets.token_hex(4)}"
    vault.client("iam").create_user(UserName=name, Path="/robots/")
    return name


def key_of(vault: Vault, user: str) -> dict[str, str]:
    made = vault.client("iam").create_access_key(UserName=user)["AccessKey"]
    return dict(zip(NAMES, (made["AccessKeyId"], made["SecretAccessKey"]), strict=True))


def keys(vault: Vault, user: str, **more: Any) -> Subject:
    manager = f"manager-{secrets.token_hex(4)}"
    iam = vault.client("iam")
    iam.create_user(UserName=manager)
    statement = {"Effect": "Allow", "Action": "iam:*AccessKey*", "Resource": f"arn:aws:iam::{ACCOUNT}:user/robots/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=manager, PolicyName="keys", PolicyDocument=policy)
    master = stored(vault, key_of(vault, manager))
    return subject(vault, "aws-iam-single", {**key_of(vault, user), "masterarn": master, "note": "kept", **more})


def listed(vault: Vault, user: str) -> set[str]:
    found = vault.client("iam").list_access_keys(UserName=user)["AccessKeyMetadata"]
    return {each["AccessKeyId"] for each in found}


def test_a_user_who_may_do_nothing_has_its_keys_made_by_another(vault: Vault, robot: str) -> None:
    key = keys(vault, robot)
    first = key.content()["access_key_id"]
    key.rotate()
    assert listed(vault, robot) == {first, key.content()["access_key_id"]}
    assert key.content()["note"] == "kept"
    second = key.content()["access_key_id"]
    key.rotate()
    assert listed(vault, robot) == {second, key.content()["access_key_id"]}


def test_a_second_key_that_somebody_uses_is_left_alone(vault: Vault, robot: str) -> None:
    key = keys(vault, robot)
    other = key_of(vault, robot)
    signer = AccessKey(
        access_key_id=other[NAMES[0]], secret=SecretValue(other[NAMES[1]]), account_id=ACCOUNT, region=REGION
    )
    vault.client("sts", signer).get_caller_identity()
    with pytest.raises(RotationFailed, match=f"has a second access key, {other['access_key_id']}, that this secret"):
        key.rotate()
    assert other["access_key_id"] in listed(vault, robot)


def test_a_user_without_the_right_and_without_a_superuser_is_told(vault: Vault, robot: str) -> None:
    key = subject(vault, "aws-iam-single", key_of(vault, robot))
    with pytest.raises(RotationFailed, match=r"IAM refuses ListAccessKeys for the user of .*: AccessDenied"):
        key.rotate()


def test_a_key_that_was_removed_by_hand_is_told(vault: Vault, robot: str) -> None:
    key = keys(vault, robot)
    vault.client("iam").delete_access_key(UserName=robot, AccessKeyId=key.content()["access_key_id"])
    with pytest.raises(RotationFailed, match=r"the current access key of .* is not accepted"):
        key.rotate()


def test_a_superuser_of_another_account_manages_nobody_of_the_same_name(vault: Vault, robot: str) -> None:
    root = vault.add_account("210987654321")
    master = stored(vault, dict(zip(NAMES, (root.access_key_id, root.secret.reveal_text()), strict=True)))
    key = keys(vault, robot)
    key.put({**key.content(), "masterarn": master})
    with pytest.raises(RotationFailed, match="is of another account than the one of"):
        key.rotate()


def test_a_superuser_of_another_endpoint_is_not_used(vault: Vault, robot: str) -> None:
    key = keys(vault, robot)
    master = stored(vault, {**key_of(vault, robot), "endpoint_url": "aws"})
    key.put({**key.content(), "masterarn": master})
    with pytest.raises(RotationFailed, match="is of another endpoint_url than the one of"):
        key.rotate()


def test_a_key_of_another_user_is_not_revoked(vault: Vault, robot: str) -> None:
    key, other = keys(vault, robot), f"other-{secrets.token_hex(4)}"
    vault.client("iam").create_user(UserName=other)
    theirs = {**key.content(), **key_of(vault, other)}
    with pytest.raises(RotationFailed, match="is of another user"):
        key.revoke(json.dumps(theirs))
    assert listed(vault, other)


@pytest.mark.parametrize(
    "content", ["plain", "[]", '{"access_key_id": "a"}', '{"access_key_id": 1, "secret_access_key": "b"}']
)
def test_what_is_no_key_is_told(vault: Vault, content: str) -> None:
    with pytest.raises(RotationFailed, match="is not a JSON object with an access key"):
        subject(vault, "aws-iam-single", content).rotate()


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ("http://192.0.2.1", "is asked with TLS only"),
        ("https://169.254.169.254", "is never asked"),
        ("ftp://x", "is not https://"),
        (7, "is no text"),
    ],
)
def test_an_endpoint_that_may_not_be_asked_is_refused(where: Any, reason: str) -> None:
    key = KeyPair(access_key_id="A", secret=SecretValue("b"), endpoint_url=where)
    with pytest.raises(RotationFailed, match=reason):
        outside_client("iam", key)


def test_amazons_own_endpoints_are_those_of_each_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://elsewhere.example")
    key = KeyPair(access_key_id="A", secret=SecretValue("b"), endpoint_url="aws")
    assert outside_client("iam", key).meta.endpoint_url == "https://iam.amazonaws.com"
    assert outside_client("sts", key).meta.endpoint_url == "https://sts.us-east-1.amazonaws.com"
