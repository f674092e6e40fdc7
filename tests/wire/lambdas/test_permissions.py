"""Who may do what with functions: policies of callers, of functions, and roles that are passed on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.testing.functions import TRUSTING_LAMBDA, upload, zipped
from tests.testing.wire import refusal, refused
from tests.wire.lambdas.conftest import ACCOUNT, Make, allow

ECHO = "def handler(event, context):\n    return event\n"
INVOKE = "lambda:InvokeFunction"


def _arn(name: str) -> str:
    return f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"


@pytest.mark.shows("lambda:AddPermission", "lambda:GetPolicy", "lambda:RemovePermission")
def test_a_policy_is_made_of_statements_that_come_and_go(functions: Any, role: str, name: str) -> None:
    arn = upload(functions, name, role, ECHO)
    none = ("ResourceNotFoundException", "The resource you requested does not exist.")
    assert refusal(functions.get_policy, FunctionName=name) == none
    told = "No policy is associated with the given resource."
    answer = refusal(functions.remove_permission, FunctionName=name, StatementId="rotation")
    assert answer == ("ResourceNotFoundException", told)
    added = functions.add_permission(
        FunctionName=name, StatementId="rotation", Action=INVOKE, Principal="secretsmanager.amazonaws.com",
        SourceAccount=ACCOUNT, SourceArn=f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:x",
    )  # fmt: skip
    statement = {
        "Sid": "rotation",
        "Effect": "Allow",
        "Principal": {"Service": "secretsmanager.amazonaws.com"},
        "Action": INVOKE,
        "Resource": arn,
        "Condition": {
            "StringEquals": {"AWS:SourceAccount": ACCOUNT},
            "ArnLike": {"AWS:SourceArn": f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:x"},
        },
    }
    assert json.loads(added["Statement"]) == statement
    functions.add_permission(FunctionName=name, StatementId="other", Action=INVOKE, Principal="999999999999")
    found = functions.get_policy(FunctionName=name)
    policy = json.loads(found["Policy"])
    assert (policy["Id"], policy["Statement"][0]) == ("default", statement)
    assert policy["Statement"][1]["Principal"] == {"AWS": "arn:aws:iam::999999999999:root"}
    functions.remove_permission(FunctionName=name, StatementId="other", RevisionId=found["RevisionId"])
    assert len(json.loads(functions.get_policy(FunctionName=name)["Policy"])["Statement"]) == 1
    told = "Statement other is not found in resource policy."
    answer = refusal(functions.remove_permission, FunctionName=name, StatementId="other")
    assert answer == ("ResourceNotFoundException", told)
    functions.remove_permission(FunctionName=name, StatementId="rotation")
    assert refusal(functions.get_policy, FunctionName=name) == none


def test_an_id_of_a_statement_is_taken_once(functions: Any, role: str, name: str) -> None:
    upload(functions, name, role, ECHO)
    asked = {"FunctionName": name, "StatementId": "s", "Action": INVOKE, "Principal": ACCOUNT}
    functions.add_permission(**asked)
    answer = refused(functions.add_permission, **asked)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 409
    told = "The statement id (s) provided already exists. Please provide a new statement id, or remove the existing "
    assert answer["Error"]["Message"] == f"{told}statement."


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"Principal": "nobody"}, "The provided principal was invalid"),
        ({"Principal": "arn:aws:s3:::bucket"}, "The provided principal was invalid"),
        ({"Action": "lambda:CreateAlias"}, "Provided action"),
        ({"EventSourceToken": "token"}, "EventSourceToken cannot"),
    ],
)
def test_nobody_is_let_in_by_a_statement_that_is_none(
    functions: Any, role: str, name: str, more: dict[str, str], told: str
) -> None:
    upload(functions, name, role, ECHO)
    asked = {"FunctionName": name, "StatementId": "s", "Action": INVOKE, "Principal": ACCOUNT, **more}
    code, message = refusal(functions.add_permission, **asked)
    assert (code, told in message) == ("InvalidParameterValueException", True)


def test_a_policy_has_a_longest(functions: Any, role: str, name: str) -> None:
    upload(functions, name, role, ECHO)
    asked = {"FunctionName": name, "Action": INVOKE, "Principal": "secretsmanager.amazonaws.com"}
    source = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:{'x' * 1900}"
    for number in range(9):
        functions.add_permission(**asked, StatementId=f"s{number}", SourceArn=source)
    answer = refusal(functions.add_permission, **asked, StatementId="last", SourceArn=source)
    assert answer[0] == "PolicyLengthExceededException"


def test_a_role_is_passed_on_by_whoever_may(caller: Callable[..., Make], functions: Any, role: str, name: str) -> None:
    usual = {
        "FunctionName": name, "Runtime": "python3.12", "Role": role, "Handler": "function.handler",
        "Code": {"ZipFile": zipped(ECHO)},
    }  # fmt: skip
    code, told = refusal(caller(allow("lambda:*"))("lambda").create_function, **usual)
    assert code == "AccessDeniedException"
    assert f"is not authorized to perform: iam:PassRole on resource: {role} because no identity-based policy" in told
    assert refusal(functions.get_function, FunctionName=name)[0] == "ResourceNotFoundException"
    to_others = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    client = caller(allow("lambda:*"), allow("iam:PassRole", Condition=to_others))("lambda")
    assert refusal(client.create_function, **usual)[0] == "AccessDeniedException"
    to_lambda = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    client = caller(allow("lambda:*"), allow("iam:PassRole", resource=role, Condition=to_lambda))("lambda")
    client.create_function(**usual)
    client.update_function_configuration(FunctionName=name, Role=role)


def test_a_function_gets_no_other_role_from_whoever_may_not_pass_it_on(
    caller: Callable[..., Make], functions: Any, role: str, name: str
) -> None:
    upload(functions, name, role, ECHO)
    client = caller(allow("lambda:*"))("lambda")
    client.update_function_configuration(FunctionName=name, Timeout=5)
    code, told = refusal(client.update_function_configuration, FunctionName=name, Role=role, Timeout=6)
    assert (code, "iam:PassRole" in told) == ("AccessDeniedException", True)
    assert functions.get_function_configuration(FunctionName=name)["Timeout"] == 5


@pytest.mark.parametrize(
    ("operation", "more", "action"),
    [
        ("get_function", {}, "GetFunction"),
        ("get_function_configuration", {}, "GetFunctionConfiguration"),
        ("update_function_code", {"ZipFile": b"x"}, "UpdateFunctionCode"),
        ("update_function_configuration", {}, "UpdateFunctionConfiguration"),
        ("delete_function", {}, "DeleteFunction"),
        ("invoke", {}, "InvokeFunction"),
        ("invoke", {"InvocationType": "DryRun"}, "InvokeFunction"),
        ("get_policy", {}, "GetPolicy"),
        ("add_permission", {"StatementId": "s", "Action": INVOKE, "Principal": ACCOUNT}, "AddPermission"),
        ("remove_permission", {"StatementId": "s"}, "RemovePermission"),
    ],
)
def test_whoever_may_nothing_is_told_alike_whether_a_function_is_there(
    caller: Callable[..., Make], functions: Any, role: str, name: str, operation: str, more: dict[str, Any], action: str
) -> None:
    call = getattr(caller()("lambda"), operation)
    before = refusal(call, FunctionName=name, **more)
    upload(functions, name, role, ECHO)
    assert refusal(call, FunctionName=name, **more) == before
    assert before[0] == "AccessDeniedException"
    assert f"is not authorized to perform: lambda:{action} on resource: {_arn(name)} because" in before[1]


def test_a_functions_policy_lets_a_user_of_its_account_invoke_it(
    caller: Callable[..., Make], functions: Any, role: str, name: str
) -> None:
    upload(functions, name, role, ECHO)
    make = caller()
    me = make("sts").get_caller_identity()["Arn"]
    assert refusal(make("lambda").invoke, FunctionName=name)[0] == "AccessDeniedException"
    functions.add_permission(FunctionName=name, StatementId="me", Action=INVOKE, Principal=me)
    assert make("lambda").invoke(FunctionName=name)["StatusCode"] == 200
    assert refusal(make("lambda").get_function, FunctionName=name)[0] == "AccessDeniedException"


def test_tags_of_a_function_decide(caller: Callable[..., Make], functions: Any, role: str, name: str) -> None:
    upload(functions, name, role, ECHO, Tags={"team": "red"})
    red = {"StringEquals": {"aws:ResourceTag/team": "red"}}
    client = caller(allow("lambda:*", Condition=red))("lambda")
    client.get_function(FunctionName=name)
    functions.tag_resource(Resource=_arn(name), Tags={"team": "blue"})
    assert refusal(client.get_function, FunctionName=name)[0] == "AccessDeniedException"


@pytest.mark.parametrize(
    ("missing", "attempt"),
    [
        ("iam:CreateRole", lambda make, name: make("iam").create_role(
            RoleName=name, AssumeRolePolicyDocument=TRUSTING_LAMBDA)),
        ("iam:AttachRolePolicy", lambda make, name: make("iam").attach_role_policy(
            RoleName="rotating", PolicyArn="arn:aws:iam::aws:policy/SecretsManagerReadWrite")),
        ("lambda:AddPermission", lambda make, name: make("lambda").add_permission(
            FunctionName=name, StatementId="s", Action=INVOKE, Principal="secretsmanager.amazonaws.com")),
    ],
)  # fmt: skip
def test_who_lacks_a_permission_that_rotation_takes_is_told_which(
    caller: Callable[..., Make], functions: Any, role: str, name: str, missing: str, attempt: Callable[..., Any]
) -> None:
    upload(functions, name, role, ECHO)
    make = caller(allow("iam:*", "lambda:*"), {"Effect": "Deny", "Action": missing, "Resource": "*"})
    with pytest.raises(Exception, match=f"AccessDenied.*is not authorized to perform: {missing}"):
        attempt(make, name)
    assert refusal(functions.get_policy, FunctionName=name)[0] == "ResourceNotFoundException"


ENVIRONMENT = "import os\ndef handler(event, context):\n    return os.environ['PASSWORD']\n"


def test_an_environment_is_under_a_key_of_ones_own(
    caller: Callable[..., Make], functions: Any, kms: Any, key: str, role: str, name: str
) -> None:
    arn = kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"]
    upload(functions, name, role, ENVIRONMENT, Environment={"Variables": {"PASSWORD": "p"}}, KMSKeyArn=arn)
    found = functions.get_function_configuration(FunctionName=name)
    assert (found["KMSKeyArn"], found["Environment"]) == (arn, {"Variables": {"PASSWORD": "p"}})
    assert functions.invoke(FunctionName=name)["Payload"].read() == b'"p"'
    without_key = caller(allow("lambda:*"), allow("iam:PassRole"))("lambda")
    hidden = without_key.get_function_configuration(FunctionName=name)["Environment"]
    assert hidden["Error"]["ErrorCode"] == "AccessDeniedException"
    assert "Variables" not in hidden
    code, told = refusal(without_key.update_function_configuration, FunctionName=name, KMSKeyArn=arn)
    assert (code, "kms:Encrypt" in told) == ("AccessDeniedException", True)
    kms.disable_key(KeyId=key)
    assert refusal(functions.invoke, FunctionName=name)[0] == "KMSInvalidStateException"
    shown = functions.get_function_configuration(FunctionName=name)["Environment"]
    assert shown["Error"]["ErrorCode"] == "KMSInvalidStateException"
    kms.enable_key(KeyId=key)
    functions.update_function_configuration(FunctionName=name, KMSKeyArn="")
    kms.disable_key(KeyId=key)
    assert functions.invoke(FunctionName=name)["Payload"].read() == b'"p"'
    assert "KMSKeyArn" not in functions.get_function_configuration(FunctionName=name)


def test_a_key_that_cannot_seal_is_refused(functions: Any, kms: Any, key: str, role: str, name: str) -> None:
    upload(functions, name, role, ECHO)
    kms.disable_key(KeyId=key)
    absent = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/00000000-0000-4000-8000-000000000000"
    for arn in (kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"], absent):
        code, told = refusal(functions.update_function_configuration, FunctionName=name, KMSKeyArn=arn)
        assert (code, "the KMS key is invalid" in told) == ("InvalidParameterValueException", True)
