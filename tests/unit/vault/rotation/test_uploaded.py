"""Functions that were uploaded to a vault that nobody serves: it is reached at an address that is there meanwhile."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.testing.functions import TRUSTING_LAMBDA, let_rotation_in, upload
from tests.testing.raw_http import connection
from tests.unit.vault.rotation.conftest import ACCOUNT, REGION
from tests.wire.lambdas.test_rotating import STEPS, VARIABLES
from vault.bootstrap import Vault


@pytest.fixture
def function(vault: Vault) -> str:
    """The ARN of a function that rotates."""
    iam, functions = vault.client("iam"), vault.client("lambda")
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUSTING_LAMBDA)["Role"]["Arn"]
    iam.attach_role_policy(RoleName="r", PolicyArn="arn:aws:iam::aws:policy/SecretsManagerReadWrite")
    arn = upload(functions, "f", role, STEPS, Environment={"Variables": VARIABLES}, Timeout=30)
    let_rotation_in(functions, "f", SourceAccount=ACCOUNT)
    return arn


@pytest.fixture
def secret(vault: Vault, function: str) -> str:
    """The name of a secret that the function is to rotate."""
    client = vault.client("secretsmanager")
    client.create_secret(Name="app/db", SecretString=secrets.token_hex(16))
    client.rotate_secret(SecretId="app/db", RotationLambdaARN=function)
    return "app/db"


def _value(vault: Vault, secret: str, stage: str = "AWSCURRENT") -> Any:
    client = vault.client("secretsmanager")
    return client.get_secret_value(SecretId=secret, VersionStage=stage)["SecretString"]


def test_the_worker_has_the_function_take_its_steps(vault: Vault, secret: str) -> None:
    before = _value(vault, secret)
    (outcome,) = vault.rotate()
    assert outcome.error == ""
    assert (_value(vault, secret) != before, _value(vault, secret, "AWSPREVIOUS")) == (True, before)


def test_a_function_that_is_gone_fails_and_is_tried_again(vault: Vault, secret: str) -> None:
    vault.client("lambda").delete_function(FunctionName="f")
    (outcome,) = vault.rotate()
    assert outcome.error.startswith("createSecret: Secrets Manager cannot invoke the specified Lambda function.")
    assert "AWSPENDING" in str(vault.client("secretsmanager").describe_secret(SecretId=secret)["VersionIdsToStages"])


def test_nobody_reaches_the_vault_once_it_is_closed(vault: Vault, secret: str) -> None:
    vault.rotate()
    url = vault.loopback.address
    assert urlsplit(url).hostname == "127.0.0.1"
    connection(url).__enter__().close()
    vault.close()
    with pytest.raises(ConnectionRefusedError), connection(url):
        pass


def test_no_address_is_there_while_no_function_was_called(vault: Vault) -> None:
    vault.client("secretsmanager").create_secret(Name="s", SecretString="value")
    vault.rotate()
    assert vault.loopback.address == ""


def test_a_function_in_another_region_does_not_rotate(vault: Vault, function: str) -> None:
    client = vault.client("secretsmanager")
    client.create_secret(Name="s", SecretString="value")
    with pytest.raises(client.exceptions.ClientError, match="cannot invoke the specified Lambda function"):
        client.rotate_secret(SecretId="s", RotationLambdaARN=function.replace(REGION, "eu-west-1"))
