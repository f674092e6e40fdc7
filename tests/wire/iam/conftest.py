"""What tests of IAM over HTTP share: the administrator's clients, fresh names, users with keys."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.testing.server import Server
from tests.testing.wire import unhelpful_client

ACCOUNT = "123456789012"


def allowing(*actions: str, resource: str | list[str] = "*", **more: Any) -> str:
    """Return a policy document that allows actions."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def trusting(principal: Any, *actions: str, **more: Any) -> str:
    """Return a trust policy that lets a principal assume a role."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": list(actions) or ["sts:AssumeRole"], **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="session")
def iam(server: Server) -> Any:
    """The administrator's client for IAM."""
    return server.client("iam")


@pytest.fixture(scope="session")
def raw_iam(server: Server) -> Any:
    """A client for IAM that checks nothing."""
    return unhelpful_client(server, "iam")


@pytest.fixture
def name() -> str:
    """A name no other test uses."""
    return f"n{uuid.uuid4().hex[:20]}"


@pytest.fixture
def user(iam: Any, name: str) -> str:
    """The name of a fresh user."""
    iam.create_user(UserName=name)
    return name


@pytest.fixture
def policy(iam: Any) -> Callable[..., str]:
    """Makes a managed policy that allows actions, and returns its ARN."""

    def make(*actions: str, **more: Any) -> str:
        made = iam.create_policy(PolicyName=f"p{uuid.uuid4().hex}", PolicyDocument=allowing(*actions, **more))
        arn: str = made["Policy"]["Arn"]
        return arn

    return make


Client = Callable[..., Any]


@pytest.fixture
def client_of(iam: Any, server: Server) -> Client:
    """Makes an access key for a user, and returns a client of a service that signs with it."""

    def make(user: str, service: str = "secretsmanager") -> Any:
        key = iam.create_access_key(UserName=user)["AccessKey"]
        return server.client(
            service, aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
        )

    return make


@pytest.fixture
def session_client(server: Server) -> Client:
    """Returns a client of a service that signs with temporary credentials."""

    def make(credentials: dict[str, str], service: str = "secretsmanager") -> Any:
        return server.client(
            service,
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
        )

    return make
