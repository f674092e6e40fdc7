"""Federated sessions through boto3's `sts` client, who is asking, and whose a key is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.testing.server import Server
from tests.testing.wire import refusal
from tests.wire.iam.conftest import ACCOUNT, allowing

Client = Callable[..., Any]


@pytest.fixture
def reader(iam: Any, user: str) -> str:
    """A user who may read secrets and federate."""
    document = allowing("secretsmanager:GetSecretValue", "sts:GetFederationToken")
    iam.put_user_policy(UserName=user, PolicyName="own", PolicyDocument=document)
    return user


@pytest.mark.shows("sts:GetFederationToken")
def test_a_federated_session_may_what_both_its_user_and_its_policy_let(
    reader: str, name: str, client: Any, client_of: Client, session_client: Client
) -> None:
    client.create_secret(Name=f"iam/{name}", SecretString="value")
    made = client_of(reader, "sts").get_federation_token(Name="guest", Policy=allowing("secretsmanager:*"))
    assert made["FederatedUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:federated-user/guest"
    guest = session_client(made["Credentials"])
    assert guest.get_secret_value(SecretId=f"iam/{name}")["SecretString"] == "value"
    assert refusal(guest.delete_secret, SecretId=f"iam/{name}")[0] == "AccessDeniedException"


def test_a_federated_session_without_a_policy_may_nothing(
    reader: str, name: str, client: Any, client_of: Client, session_client: Client
) -> None:
    client.create_secret(Name=f"iam/{name}", SecretString="value")
    made = client_of(reader, "sts").get_federation_token(Name="guest")
    guest = session_client(made["Credentials"])
    assert refusal(guest.get_secret_value, SecretId=f"iam/{name}")[0] == "AccessDeniedException"


@pytest.mark.shows("sts:GetCallerIdentity")
def test_whoever_asks_is_told_who_it_is_even_where_that_is_denied(
    iam: Any, user: str, server: Server, client_of: Client
) -> None:
    deny = allowing("*").replace('"Allow"', '"Deny"')
    iam.put_user_policy(UserName=user, PolicyName="nothing", PolicyDocument=deny)
    told = client_of(user, "sts").get_caller_identity()
    assert (told["Account"], told["Arn"]) == (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/{user}")
    assert told["UserId"] == iam.get_user(UserName=user)["User"]["UserId"]
    assert server.client("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"


@pytest.mark.shows("sts:GetAccessKeyInfo")
def test_a_key_is_told_whose_account_it_is_of(iam: Any, user: str, server: Server) -> None:
    key = iam.create_access_key(UserName=user)["AccessKey"]["AccessKeyId"]
    assert server.client("sts").get_access_key_info(AccessKeyId=key)["Account"] == ACCOUNT
