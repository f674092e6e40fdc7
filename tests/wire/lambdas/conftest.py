"""What tests of Lambda over HTTP share: clients, a role that functions run as, fresh names."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.testing.functions import role_for
from tests.testing.server import Server
from tests.testing.wire import unhelpful_client

ACCOUNT = "123456789012"
ROTATING = (
    "secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue",
    "secretsmanager:UpdateSecretVersionStage", "secretsmanager:GetRandomPassword", "secretsmanager:RotateSecret",
    "lambda:InvokeFunction",
)  # fmt: skip

Make = Callable[..., Any]


@pytest.fixture(scope="session")
def functions(server: Server) -> Any:
    """The administrator's client for Lambda."""
    return server.client("lambda")


@pytest.fixture(scope="session")
def raw_functions(server: Server) -> Any:
    """A client for Lambda that checks nothing."""
    return unhelpful_client(server, "lambda")


@pytest.fixture(scope="session")
def role(server: Server) -> str:
    """The ARN of a role that functions run as, which may rotate secrets."""
    return role_for(server, "rotating", *ROTATING)


@pytest.fixture
def name() -> str:
    """A name no other test uses."""
    return f"f{uuid.uuid4().hex[:16]}"


@pytest.fixture
def caller(server: Server, name: str) -> Callable[..., Make]:
    """Makes a user whose policies allow statements or are managed, and returns what makes its clients."""

    def make(*statements: dict[str, Any], managed: str = "") -> Make:
        iam, user = server.client("iam"), f"u{uuid.uuid4().hex[:16]}"
        iam.create_user(UserName=user)
        if statements:
            document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
            iam.put_user_policy(UserName=user, PolicyName="own", PolicyDocument=document)
        if managed:
            iam.attach_user_policy(UserName=user, PolicyArn=f"arn:aws:iam::aws:policy/{managed}")
        key = iam.create_access_key(UserName=user)["AccessKey"]
        return lambda service: server.client(
            service, aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
        )

    return make


def allow(*actions: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    """Return a statement that allows actions."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}
