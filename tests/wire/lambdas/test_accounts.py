"""A function of one account that rotates a secret of another: both sides must let it, at every step."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.testing.functions import TRUSTING_LAMBDA, let_rotation_in, upload
from tests.testing.regions import until
from tests.testing.server import Server, running_server, vault_command
from tests.testing.wire import refusal
from tests.wire.lambdas.conftest import ACCOUNT, ROTATING
from tests.wire.lambdas.test_rotating import CANNOT_INVOKE, STEPS, VARIABLES

OTHER = "210987654321"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own, which gets a second account."""
    with running_server(tmp_path_factory.mktemp("accounts") / "vault") as running:
        yield running


@pytest.fixture(scope="module")
def theirs(server: Server) -> Any:
    """Makes clients of the second account's root, whose function `f` rotates."""
    made = json.loads(vault_command(server.data_dir, "account", "create", OTHER, "--format", "json").stdout)
    keys = {"aws_access_key_id": made["access_key_id"], "aws_secret_access_key": made["secret_access_key"]}
    iam, functions = server.client("iam", **keys), server.client("lambda", **keys)
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUSTING_LAMBDA)["Role"]["Arn"]
    statement = {"Effect": "Allow", "Action": [*ROTATING, "kms:*"], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName="r", PolicyName="own", PolicyDocument=document)
    upload(functions, "f", role, STEPS, Environment={"Variables": VARIABLES}, Timeout=20)
    return functions


def test_rotation_crosses_accounts_where_both_let_it(server: Server, theirs: Any) -> None:
    client, kms = server.client(), server.client("kms")
    function = f"arn:aws:lambda:us-east-1:{OTHER}:function:f"
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    client.create_secret(Name="s", SecretString="one", KmsKeyId=key)
    code, told = refusal(client.rotate_secret, SecretId="s", RotationLambdaARN=function)
    assert (code, "no resource-based policy allows the lambda:InvokeFunction action" in told) == (
        "AccessDeniedException", True,
    )  # fmt: skip
    theirs.add_permission(FunctionName="f", StatementId="account", Action="lambda:InvokeFunction", Principal=ACCOUNT)
    assert refusal(client.rotate_secret, SecretId="s", RotationLambdaARN=function)[1] == CANNOT_INVOKE
    let_rotation_in(theirs, "f", SourceAccount=ACCOUNT)
    role = {"AWS": f"arn:aws:iam::{OTHER}:role/r"}
    statement = {"Effect": "Allow", "Principal": role, "Action": "secretsmanager:*", "Resource": "*"}
    client.put_resource_policy(
        SecretId="s", ResourcePolicy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    policy = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    policy["Statement"].append({"Effect": "Allow", "Principal": role, "Action": "kms:*", "Resource": "*"})
    kms.put_key_policy(KeyId=key, Policy=json.dumps(policy))
    token = client.rotate_secret(SecretId="s", RotationLambdaARN=function)["VersionId"]
    until(
        lambda: client.describe_secret(SecretId="s")["VersionIdsToStages"][token],
        lambda labels: "AWSCURRENT" in labels,
    )
    assert client.get_secret_value(SecretId="s")["SecretString"] != "one"


def test_a_role_of_the_other_account_is_not_passed_on(server: Server, theirs: Any) -> None:
    function, action = f"arn:aws:lambda:us-east-1:{OTHER}:function:f", "lambda:UpdateFunctionConfiguration"
    theirs.add_permission(FunctionName="f", StatementId="change", Action=action, Principal=ACCOUNT)
    mine = server.client("lambda")
    assert mine.update_function_configuration(FunctionName=function, Timeout=30)["Timeout"] == 30
    role = f"arn:aws:iam::{OTHER}:role/r"
    code, told = refusal(mine.update_function_configuration, FunctionName=function, Role=role)
    assert (code, f"iam:PassRole on resource: {role}" in told) == ("AccessDeniedException", True)
