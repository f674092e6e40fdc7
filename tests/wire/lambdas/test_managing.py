"""Functions made, shown, changed, tagged and deleted."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.testing.credentials import made_up_credential
from tests.testing.functions import role_for, upload, zipped
from tests.testing.server import Server
from tests.testing.wire import refusal, refused
from tests.wire.lambdas.conftest import ACCOUNT

ECHO = "def handler(event, context):\n    return event\n"
RUN = "def handler(event, context):\n    return 'changed'\n"


def _arn(name: str) -> str:
    return f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"


@pytest.mark.shows("lambda:CreateFunction", "lambda:GetFunction", "lambda:GetFunctionConfiguration")
def test_a_function_is_made_and_found_by_name_part_of_its_arn_or_arn(functions: Any, role: str, name: str) -> None:
    code = zipped(ECHO)
    made = functions.create_function(
        FunctionName=name, Runtime="python3.12", Role=role, Handler="function.handler", Code={"ZipFile": code},
        Description="d", Timeout=7, MemorySize=256, Environment={"Variables": {"LENGTH": "12"}}, Tags={"team": "a"},
    )  # fmt: skip
    assert (made["FunctionArn"], made["State"], made["LastUpdateStatus"]) == (_arn(name), "Active", "Successful")
    assert (made["Timeout"], made["MemorySize"], made["Description"], made["Version"]) == (7, 256, "d", "$LATEST")
    assert made["CodeSha256"] == base64.b64encode(hashlib.sha256(code).digest()).decode()
    assert (made["CodeSize"], made["Environment"]) == (len(code), {"Variables": {"LENGTH": "12"}})
    functions.get_waiter("function_active_v2").wait(FunctionName=name)
    for named in (name, f"{ACCOUNT}:function:{name}", _arn(name), f"{name}:$LATEST"):
        found = functions.get_function(FunctionName=named)
        assert found["Configuration"]["RevisionId"] == made["RevisionId"]
        assert found["Tags"] == {"team": "a"}
    assert functions.get_function_configuration(FunctionName=name)["Handler"] == "function.handler"


def test_what_is_not_said_is_as_lambda_has_it(functions: Any, role: str, name: str) -> None:
    upload(functions, name, role, ECHO)
    found = functions.get_function_configuration(FunctionName=name)
    assert (found["Timeout"], found["MemorySize"], found["Description"]) == (3, 128, "")
    assert "Environment" not in found
    assert "Tags" not in functions.get_function(FunctionName=name)


def test_a_name_is_taken_once(functions: Any, role: str, name: str) -> None:
    upload(functions, name, role, ECHO)
    with pytest.raises(functions.exceptions.ResourceConflictException, match=f"Function already exist: {name}"):
        upload(functions, name, role, RUN)
    assert functions.get_function_configuration(FunctionName=name)["CodeSize"] == len(zipped(ECHO))


@pytest.mark.shows("lambda:UpdateFunctionCode")
def test_code_is_changed(functions: Any, role: str, name: str) -> None:
    upload(functions, name, role, ECHO)
    before = functions.get_function_configuration(FunctionName=name)
    tried = functions.update_function_code(FunctionName=name, ZipFile=zipped(RUN), DryRun=True)
    assert tried["CodeSha256"] == before["CodeSha256"]
    changed = functions.update_function_code(FunctionName=name, ZipFile=zipped(RUN), RevisionId=before["RevisionId"])
    functions.get_waiter("function_updated_v2").wait(FunctionName=name)
    assert changed["RevisionId"] != before["RevisionId"]
    assert json.loads(functions.invoke(FunctionName=name)["Payload"].read()) == "changed"


@pytest.mark.shows("lambda:UpdateFunctionConfiguration")
def test_what_a_change_does_not_name_stays(functions: Any, role: str, name: str) -> None:
    upload(functions, name, role, ECHO, Timeout=9, Environment={"Variables": {"ONE": "1"}})
    functions.update_function_configuration(FunctionName=name, MemorySize=512, Description="new")
    found = functions.get_function_configuration(FunctionName=name)
    assert (found["Timeout"], found["MemorySize"], found["Description"]) == (9, 512, "new")
    assert found["Environment"] == {"Variables": {"ONE": "1"}}
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": {}})
    assert "Environment" not in functions.get_function_configuration(FunctionName=name)


def test_a_change_of_what_somebody_else_has_changed_is_refused(functions: Any, role: str, name: str) -> None:
    upload(functions, name, role, ECHO)
    seen = functions.get_function_configuration(FunctionName=name)["RevisionId"]
    functions.update_function_configuration(FunctionName=name, Timeout=4)
    for call, more in (
        (functions.update_function_configuration, {"Timeout": 5}),
        (functions.update_function_code, {"ZipFile": zipped(RUN)}),
    ):
        answer = refused(call, FunctionName=name, RevisionId=seen, **more)
        assert answer["Error"]["Code"] == "PreconditionFailedException"
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 412


@pytest.mark.shows("lambda:DeleteFunction")
def test_a_deleted_function_is_gone_with_its_policy(functions: Any, role: str, name: str) -> None:
    upload(functions, name, role, ECHO)
    answer = functions.delete_function(FunctionName=name)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    answer = refused(functions.get_function, FunctionName=name)
    assert answer["Error"]["Code"] == "ResourceNotFoundException"
    assert answer["Error"]["Message"] == f"Function not found: {_arn(name)}"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 404
    for call in (functions.delete_function, functions.get_function_configuration, functions.invoke):
        assert refusal(call, FunctionName=name)[0] == "ResourceNotFoundException"


@pytest.mark.shows("lambda:ListFunctions")
def test_functions_are_listed_in_pages_with_those_that_are_built_in(functions: Any, role: str, name: str) -> None:
    for number in range(3):
        upload(functions, f"{name}-{number}", role, ECHO)
    pages = functions.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2})
    listed = [each for page in pages for each in page["Functions"]]
    names = [each["FunctionName"] for each in listed]
    assert names == sorted(set(names))
    assert {f"{name}-{number}" for number in range(3)} <= set(names)
    built_in = next(each for each in listed if each["FunctionName"] == "strongroom-generated-single")
    assert (built_in["FunctionArn"], built_in["State"]) == (_arn("strongroom-generated-single"), "Active")
    assert refusal(functions.list_functions, Marker="bogus")[0] == "InvalidParameterValueException"


def test_built_in_functions_are_shown_and_not_touched(functions: Any, role: str) -> None:
    name = "strongroom-generated-single"
    shown = functions.get_function(FunctionName=name)["Configuration"]
    assert shown == {
        key: value
        for key, value in functions.get_function_configuration(FunctionName=name).items()
        if key != "ResponseMetadata"
    }
    policy = json.loads(functions.get_policy(FunctionName=name)["Policy"])
    assert policy["Statement"][0]["Principal"] == {"Service": "secretsmanager.amazonaws.com"}
    assert functions.list_tags(Resource=_arn(name))["Tags"] == {}
    for call, more in (
        (functions.update_function_code, {"ZipFile": zipped(ECHO)}),
        (functions.update_function_configuration, {"Timeout": 5}),
        (functions.delete_function, {}),
        (functions.invoke, {}),
        (functions.remove_permission, {"StatementId": "StrongroomRotation"}),
        (functions.add_permission, {"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": ACCOUNT}),
    ):
        code, told = refusal(call, FunctionName=name, **more)
        assert (code, "managed by Strongroom" in told) == ("InvalidParameterValueException", True)
    with pytest.raises(functions.exceptions.InvalidParameterValueException, match="managed by Strongroom"):
        upload(functions, "strongroom-mine", role, ECHO)


@pytest.mark.shows("lambda:TagResource", "lambda:UntagResource", "lambda:ListTags")
def test_tags_are_put_read_and_taken_off(functions: Any, role: str, name: str) -> None:
    arn = upload(functions, name, role, ECHO, Tags={"one": "1", "two": "2"})
    functions.tag_resource(Resource=arn, Tags={"two": "zwei", "three": "3"})
    functions.untag_resource(Resource=arn, TagKeys=["one", "none"])
    assert functions.list_tags(Resource=arn)["Tags"] == {"two": "zwei", "three": "3"}
    told = refusal(functions.tag_resource, Resource=arn, Tags={"aws:mine": "1"})
    assert told[0] == "InvalidParameterValueException"
    many = {f"k{number}": "v" for number in range(50)}
    assert refusal(functions.tag_resource, Resource=arn, Tags=many)[0] == "InvalidParameterValueException"


@pytest.mark.parametrize(
    ("more", "code", "told"),
    [
        ({"Runtime": "nodejs22.x"}, "InvalidParameterValueException", "functions are run by Python"),
        ({"Handler": None}, "InvalidParameterValueException", "Runtime and Handler are mandatory"),
        ({"Timeout": 901}, "ValidationException", "less than or equal to 900"),
        ({"MemorySize": 64}, "ValidationException", "greater than or equal to 128"),
        ({"MemorySize": 20_000}, "ValidationException", "less than or equal to 10240"),
        ({"Role": "role"}, "ValidationException", "at 'role' failed to satisfy constraint"),
        ({"Code": {"ZipFile": b"no zip"}}, "InvalidParameterValueException", "Could not unzip uploaded file"),
        ({"Code": {"ZipFile": b""}}, "InvalidParameterValueException", "non-empty zip"),
        ({"Code": {"S3Bucket": "bucket", "S3Key": "k"}}, "InvalidParameterValueException", "give Code.ZipFile"),
        ({"PackageType": "Image"}, "InvalidParameterValueException", "uploaded as a zip file"),
        ({"Layers": [f"arn:aws:lambda:us-east-1:{ACCOUNT}:layer:l:1"]}, "InvalidParameterValueException", "Layers can"),
        ({"VpcConfig": {"SubnetIds": ["subnet-1"]}}, "InvalidParameterValueException", "VpcConfig cannot"),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "InvalidParameterValueException", "AWS_REGION"),
        ({"Environment": {"Variables": {"LONG": "x" * 5000}}}, "InvalidParameterValueException", "4KB limit"),
        ({"Environment": {"Variables": {"1": "x"}}}, "ValidationException", "Map keys must satisfy"),
        ({"Environment": {"Variables": {"NUL": "a\0b"}}}, "ValidationException", "environment.variables"),
        ({"FunctionName": "x" * 65}, "ValidationException", "less than or equal to 64"),
        ({"FunctionName": "no name"}, "ValidationException", "functionName"),
    ],
)  # fmt: skip
def test_what_no_function_can_be_made_with_is_refused(
    raw_functions: Any, role: str, name: str, more: dict[str, Any], code: str, told: str
) -> None:
    usual = {
        "FunctionName": name,
        "Runtime": "python3.12",
        "Role": role,
        "Handler": "function.handler",
        "Code": {"ZipFile": zipped(ECHO)},
    }
    asked = {key: value for key, value in (usual | more).items() if value is not None}
    answered, message = refusal(raw_functions.create_function, **asked)
    assert (answered, told in message) == (code, True), message
    assert refusal(raw_functions.get_function, FunctionName=name)[0] == "ResourceNotFoundException"


def test_another_version_than_the_latest_is_not_found(functions: Any, role: str, name: str) -> None:
    arn = upload(functions, name, role, ECHO, Publish=True)
    told = f"Function not found: {arn}:7"
    assert refusal(functions.get_function, FunctionName=name, Qualifier="7") == ("ResourceNotFoundException", told)
    told = "The derived qualifier from the function name does not match the specified qualifier."
    code = refusal(functions.get_function, FunctionName=f"{name}:$LATEST", Qualifier="7")
    assert code == ("InvalidParameterValueException", told)
    elsewhere = arn.replace("us-east-1", "eu-west-1")
    told = "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')"
    assert refusal(functions.get_function, FunctionName=elsewhere) == ("ResourceNotFoundException", told)


def test_a_role_must_be_there_and_trust_lambda(server: Server, functions: Any, role: str, name: str) -> None:
    trust = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        }
    )
    distrusting = role_for(server, f"d{name}", trust=trust)
    told = ("InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda.")
    for wrong in (distrusting, f"arn:aws:iam::{ACCOUNT}:role/absent", f"arn:aws:iam::{ACCOUNT}:role/x/rotating"):
        usual = {"Runtime": "python3.12", "Handler": "function.handler", "Code": {"ZipFile": zipped(ECHO)}}
        assert refusal(functions.create_function, FunctionName=name, Role=wrong, **usual) == told
    upload(functions, name, role, ECHO)
    assert refusal(functions.update_function_configuration, FunctionName=name, Role=distrusting) == told
    assert functions.get_function_configuration(FunctionName=name)["Role"] == role


def test_code_of_the_largest_size_is_taken_and_larger_is_refused(functions: Any, role: str, name: str) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("function.py", ECHO)
        archive.writestr("large", b"\0" * (50 * 1024 * 1024 - 1024))
    upload(functions, name, role, ECHO)
    assert functions.update_function_code(FunctionName=name, ZipFile=content.getvalue())["CodeSize"] > 52_000_000
    assert json.loads(functions.invoke(FunctionName=name, Payload=b"[1]")["Payload"].read()) == [1]
    answer = refused(functions.update_function_code, FunctionName=name, ZipFile=content.getvalue() + b"\0" * 4096)
    assert answer["Error"]["Code"] == "RequestEntityTooLargeException"
    assert "69905067 bytes for the UpdateFunctionCode operation" in answer["Error"]["Message"]
    functions.delete_function(FunctionName=name)


def test_neither_code_nor_environment_nor_event_is_recorded(server: Server, role: str, name: str) -> None:
    functions, value = server.client("lambda"), made_up_credential()
    upload(functions, name, role, f"PASSWORD = '{value}'\n{ECHO}", Environment={"Variables": {"PASSWORD": value}})
    functions.invoke(FunctionName=name, Payload=json.dumps({"password": value}).encode())
    client = server.client("cloudtrail")
    pages = client.get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": "EventSource", "AttributeValue": "lambda.amazonaws.com"}]
    )
    events = [each["CloudTrailEvent"] for page in pages for each in page["Events"] if name in each["CloudTrailEvent"]]
    assert {json.loads(each)["eventName"] for each in events} >= {"CreateFunction", "Invoke"}
    assert not any(value in each for each in events)


def test_the_aws_cli_makes_invokes_and_deletes_a_function(server: Server, role: str, name: str, tmp_path: Path) -> None:
    def aws(*arguments: str) -> dict[str, Any]:
        command = [sys.executable, str(Path(sys.executable).with_name("aws")), "lambda", *arguments]
        done = subprocess.run(
            [*command, "--endpoint-url", server.url, "--output", "json"],
            env=server.environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout or "{}")
        return answer

    code, answered = tmp_path / "code.zip", tmp_path / "answer"
    code.write_bytes(zipped(ECHO))
    made = aws(
        *("create-function", "--function-name", name, "--runtime", "python3.12", "--role", role),
        *("--handler", "function.handler", "--zip-file", f"fileb://{code}"),
    )
    aws("wait", "function-active-v2", "--function-name", name)
    told = aws(
        *("invoke", "--function-name", made["FunctionArn"], "--payload", '{"a": 1}', "--log-type", "Tail"),
        str(answered),
    )
    assert (told["StatusCode"], json.loads(answered.read_text())) == (200, {"a": 1})
    assert b"START RequestId" in base64.b64decode(told["LogResult"])
    assert name in [each["FunctionName"] for each in aws("list-functions")["Functions"]]
    aws("delete-function", "--function-name", name)
