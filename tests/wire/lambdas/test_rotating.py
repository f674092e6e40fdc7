"""Rotation by functions that were uploaded: who may turn it on, what happens at each step, what is told of failures."""

from __future__ import annotations

import json
import secrets
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.testing.functions import let_rotation_in, role_for, upload, zipped
from tests.testing.held import held
from tests.testing.regions import until
from tests.testing.server import Server, make_vault, serving
from tests.testing.wire import refusal, refused
from tests.wire.lambdas.conftest import ACCOUNT, Make, allow

STEPS = """
import os, boto3

def handler(event, context):
    client = boto3.client("secretsmanager", endpoint_url=os.environ["SECRETS_MANAGER_ENDPOINT"])
    arn, token = event["SecretId"], event["ClientRequestToken"]
    step = event["Step"]
    stages = client.describe_secret(SecretId=arn)["VersionIdsToStages"]
    if step == "createSecret":
        try:
            client.get_secret_value(SecretId=arn, VersionId=token, VersionStage="AWSPENDING")
        except client.exceptions.ResourceNotFoundException:
            value = client.get_random_password(ExcludeCharacters=os.environ["EXCLUDE_CHARACTERS"])["RandomPassword"]
            client.put_secret_value(SecretId=arn, ClientRequestToken=token, SecretString=value,
                                    VersionStages=["AWSPENDING"])
    if step == os.environ.get("FAILS_AT"):
        value = client.get_secret_value(SecretId=arn, VersionId=token)["SecretString"]
        current = client.get_secret_value(SecretId=arn)["SecretString"]
        raise ValueError(f"cannot use {value!r} instead of {current} with {os.environ['AWS_SECRET_ACCESS_KEY']}")
    if step == "finishSecret":
        current = next(version for version, labels in stages.items() if "AWSCURRENT" in labels)
        client.update_secret_version_stage(SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=token,
                                           RemoveFromVersionId=current)
"""
VARIABLES = {"EXCLUDE_CHARACTERS": "abc"}
CANNOT_INVOKE = (
    "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the "
    "principal secretsmanager.amazonaws.com."
)


@pytest.fixture
def function(functions: Any, role: str, name: str) -> str:
    """The ARN of a function that rotates, and that rotation is let invoke."""
    arn = upload(functions, name, role, STEPS, Environment={"Variables": VARIABLES}, Timeout=20)
    let_rotation_in(functions, name, SourceAccount=ACCOUNT)
    return arn


def _until_current(client: Any, name: str, token: str) -> None:
    until(
        lambda: client.describe_secret(SecretId=name)["VersionIdsToStages"].get(token, ()),
        lambda labels: "AWSCURRENT" in labels,
    )


def _events(server: Server, arn: str, wanted: str) -> list[dict[str, Any]]:
    client = server.client("cloudtrail")
    pages = client.get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": wanted}]
    )
    events = [json.loads(each["CloudTrailEvent"]) for page in pages for each in page["Events"]]
    return [each for each in events if each["serviceEventDetails"]["secretId"] == arn]


def test_a_function_takes_the_four_steps(client: Any, function: str, name: str) -> None:
    before = secrets.token_hex(16)
    client.create_secret(Name=name, SecretString=before)
    token = client.rotate_secret(SecretId=name, RotationLambdaARN=function)["VersionId"]
    _until_current(client, name, token)
    value = client.get_secret_value(SecretId=name)["SecretString"]
    assert value != before
    assert not set(value) & set("abc")
    assert client.get_secret_value(SecretId=name, VersionStage="AWSPREVIOUS")["SecretString"] == before
    assert client.describe_secret(SecretId=name)["RotationLambdaARN"] == function
    again = client.rotate_secret(SecretId=name)["VersionId"]
    _until_current(client, name, again)


@pytest.mark.parametrize("step", ["createSecret", "testSecret"])
def test_a_step_that_fails_is_told_without_any_value(
    server: Server, functions: Any, function: str, name: str, step: str
) -> None:
    functions.update_function_configuration(
        FunctionName=name, Environment={"Variables": {**VARIABLES, "FAILS_AT": step}}
    )
    client, before = server.client(), f"it's {secrets.token_hex(16)}"
    made = client.create_secret(Name=name, SecretString=before)
    client.rotate_secret(SecretId=name, RotationLambdaARN=function)
    failed = until(lambda: _events(server, made["ARN"], "RotationAttemptFailed"), bool)
    reason = failed[0]["serviceEventDetails"]["reason"]
    assert reason.startswith(f"{step}: the rotation function {name} failed: ValueError: cannot use ")
    assert "instead of [hidden] with [hidden]" in reason
    pending = client.get_secret_value(SecretId=name, VersionStage="AWSPENDING")["SecretString"]
    assert not any(value in json.dumps(failed) for value in (before, before[5:], pending))
    assert client.get_secret_value(SecretId=name)["SecretString"] == before


def _refused_to_turn_on(client: Any, name: str, function: str) -> None:
    answer = refused(client.rotate_secret, SecretId=name, RotationLambdaARN=function)
    assert answer["Error"] == {"Code": "AccessDeniedException", "Message": CANNOT_INVOKE}
    described = client.describe_secret(SecretId=name)
    assert "RotationEnabled" not in described
    assert len(described["VersionIdsToStages"]) == 1


def test_a_function_that_does_not_let_rotation_in_turns_nothing_on(
    client: Any, functions: Any, role: str, stored: str, name: str
) -> None:
    function = upload(functions, name, role, STEPS)
    _refused_to_turn_on(client, stored, function)
    _refused_to_turn_on(client, stored, f"{function}-absent")
    let_rotation_in(functions, name, SourceAccount="999999999999")
    _refused_to_turn_on(client, stored, function)
    functions.remove_permission(FunctionName=name, StatementId="rotation")
    functions.add_permission(
        FunctionName=name, StatementId="other", Action="lambda:InvokeFunction", Principal="events.amazonaws.com"
    )
    _refused_to_turn_on(client, stored, function)
    let_rotation_in(functions, name)
    client.rotate_secret(SecretId=stored, RotationLambdaARN=function, RotateImmediately=False)
    assert client.describe_secret(SecretId=stored)["RotationEnabled"] is True


def test_a_policy_may_let_rotation_in_for_one_secret(
    client: Any, functions: Any, role: str, stored: str, name: str
) -> None:
    function = upload(functions, name, role, STEPS)
    arn = client.describe_secret(SecretId=stored)["ARN"]
    let_rotation_in(functions, name, SourceAccount=ACCOUNT, SourceArn=arn)
    other = client.create_secret(Name=f"{stored}-other", SecretString="one")["ARN"]
    _refused_to_turn_on(client, other, function)
    client.rotate_secret(SecretId=stored, RotationLambdaARN=function, RotateImmediately=False)


def test_a_function_that_lets_rotation_in_no_more_fails_its_step(
    server: Server, client: Any, functions: Any, function: str, name: str
) -> None:
    arn = client.create_secret(Name=name, SecretString="one")["ARN"]
    client.rotate_secret(SecretId=name, RotationLambdaARN=function, RotateImmediately=False)
    functions.remove_permission(FunctionName=name, StatementId="rotation")
    assert refusal(client.rotate_secret, SecretId=name) == ("AccessDeniedException", CANNOT_INVOKE)
    assert client.get_secret_value(SecretId=name)["SecretString"] == "one"
    assert _events(server, arn, "RotationSucceeded") == []


def test_whoever_turns_rotation_on_must_be_let_invoke_the_function(
    client: Any, caller: Callable[..., Make], function: str, stored: str
) -> None:
    mine = caller(allow("secretsmanager:*"))("secretsmanager")
    code, told = refusal(mine.rotate_secret, SecretId=stored, RotationLambdaARN=function)
    assert code == "AccessDeniedException"
    assert f"is not authorized to perform: lambda:InvokeFunction on resource: {function} because" in told
    built_in = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:strongroom-generated-single"
    assert "lambda:InvokeFunction" in refusal(mine.rotate_secret, SecretId=stored, RotationLambdaARN=built_in)[1]
    assert "RotationEnabled" not in client.describe_secret(SecretId=stored)
    mine = caller(allow("secretsmanager:*"), allow("lambda:InvokeFunction", resource=function))("secretsmanager")
    mine.rotate_secret(SecretId=stored, RotationLambdaARN=function, RotateImmediately=False)


def test_secrets_manager_read_write_alone_makes_secrets_and_turns_no_rotation_on(
    client: Any, caller: Callable[..., Make], functions: Any, role: str, function: str, name: str
) -> None:
    make = caller(managed="SecretsManagerReadWrite")
    mine, own = make("secretsmanager"), f"SecretsManager{name}"
    mine.create_secret(Name=name, SecretString="one")
    built_in = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:strongroom-generated-single"
    for arn in (function, built_in):
        assert "lambda:InvokeFunction" in refusal(mine.rotate_secret, SecretId=name, RotationLambdaARN=arn)[1]
    # The policy lets functions of such names be made, but no role be passed on to them.
    code, told = refusal(
        make("lambda").create_function,
        FunctionName=own, Runtime="python3.12", Role=role, Handler="function.handler", Code={"ZipFile": zipped(STEPS)},
    )  # fmt: skip
    assert (code, f"iam:PassRole on resource: {role}" in told) == ("AccessDeniedException", True)
    assert refusal(functions.get_function, FunctionName=own)[0] == "ResourceNotFoundException"
    assert "RotationEnabled" not in client.describe_secret(SecretId=name)


SECOND = """
import os, boto3

def handler(event, context):
    client = boto3.client("secretsmanager", endpoint_url=os.environ["SECRETS_MANAGER_ENDPOINT"])
    client.rotate_secret(SecretId=os.environ["OTHER"])
"""


def test_a_function_that_starts_a_second_rotation_fails_its_step(
    server: Server, functions: Any, role: str, name: str
) -> None:
    client, built_in = server.client(), f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:strongroom-generated-single"
    other = client.create_secret(Name=f"{name}-other", SecretString="one")["ARN"]
    client.rotate_secret(SecretId=other, RotationLambdaARN=built_in, RotateImmediately=False)
    function = upload(functions, name, role, SECOND, Environment={"Variables": {"OTHER": other}})
    let_rotation_in(functions, name)
    arn = client.create_secret(Name=name, SecretString="one")["ARN"]
    client.rotate_secret(SecretId=name, RotationLambdaARN=function)
    failed = until(lambda: _events(server, arn, "RotationAttemptFailed"), bool)
    reason = failed[0]["serviceEventDetails"]["reason"]
    assert reason.startswith(f"createSecret: the rotation function {name} failed: ClientError: ")
    assert "AccessDeniedException" in reason
    assert client.get_secret_value(SecretId=other)["SecretString"] == "one"


def test_a_function_in_another_region_than_the_homes_runs_as_a_role_of_the_home_region(two: Server) -> None:
    name, west = f"f{uuid.uuid4().hex[:12]}", "eu-west-1"
    role = role_for(two, name, "secretsmanager:*")
    client, functions = two.client(region=west), two.client("lambda", region=west)
    function = upload(functions, name, role, STEPS, Environment={"Variables": VARIABLES}, Timeout=20)
    assert function.startswith(f"arn:aws:lambda:{west}:")
    let_rotation_in(functions, name, SourceAccount=ACCOUNT)
    client.create_secret(Name=name, SecretString="one")
    token = client.rotate_secret(SecretId=name, RotationLambdaARN=function)["VersionId"]
    _until_current(client, name, token)
    assert client.get_secret_value(SecretId=name)["SecretString"] != "one"


def test_a_server_that_is_told_to_end_waits_for_no_function(tmp_path: Path) -> None:
    data = tmp_path / "vault"
    with held() as calls, serving(data, make_vault(data)) as (server, process):
        functions, client = server.client("lambda"), server.client()
        function = upload(functions, "f", role_for(server, "r"), calls.code, Timeout=900)
        let_rotation_in(functions, "f")
        client.create_secret(Name="s", SecretString="one")
        client.rotate_secret(SecretId="s", RotationLambdaARN=function)
        calls.arrived()
        begun = time.monotonic()
        process.terminate()
        process.wait(timeout=60)
        assert time.monotonic() - begun < 15
        assert calls.ended()
