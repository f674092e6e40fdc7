"""Invoke: what a function finds, and what comes of it."""

from __future__ import annotations

import base64
import json
import secrets
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.testing.functions import role_for, upload
from tests.testing.held import held
from tests.testing.server import Server
from tests.testing.wire import refusal
from tests.wire.lambdas.conftest import ACCOUNT

ECHO = "def handler(event, context):\n    return event\n"


def _called(functions: Any, name: str, **event: Any) -> Any:
    answer = functions.invoke(FunctionName=name, Payload=json.dumps(event).encode())
    payload = answer["Payload"].read()
    assert "FunctionError" not in answer, payload
    return json.loads(payload)


def _failed(functions: Any, name: str, **event: Any) -> dict[str, Any]:
    answer = functions.invoke(FunctionName=name, Payload=json.dumps(event).encode())
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    told: dict[str, Any] = json.loads(answer["Payload"].read())
    return told


@pytest.mark.shows("lambda:Invoke")
def test_an_event_goes_in_and_the_answer_comes_out(functions: Any, role: str, name: str) -> None:
    upload(functions, name, role, ECHO)
    answer = functions.invoke(FunctionName=name, Payload=b'{"a": ["\xc3\xbc", 1.5, null]}')
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert json.loads(answer["Payload"].read()) == {"a": ["ü", 1.5, None]}
    assert "LogResult" not in answer
    assert json.loads(functions.invoke(FunctionName=name)["Payload"].read()) == {}
    dry = functions.invoke(FunctionName=name, InvocationType="DryRun")
    assert (dry["StatusCode"], dry["Payload"].read()) == (204, b"")


def test_what_is_no_json_and_what_would_run_behind_ones_back_is_refused(functions: Any, role: str, name: str) -> None:
    upload(functions, name, role, ECHO)
    assert refusal(functions.invoke, FunctionName=name, Payload=b"{x")[0] == "InvalidRequestContentException"
    code, told = refusal(functions.invoke, FunctionName=name, InvocationType="Event")
    assert (code, "RequestResponse or DryRun" in told) == ("InvalidParameterValueException", True)
    code, told = refusal(functions.invoke, FunctionName=name, ClientContext="e30=")
    assert (code, "ClientContext cannot" in told) == ("InvalidParameterValueException", True)


CONTEXT = """
import os

def handler(event, context):
    return {
        "name": context.function_name, "version": context.function_version, "arn": context.invoked_function_arn,
        "memory": context.memory_limit_in_mb, "request": context.aws_request_id, "group": context.log_group_name,
        "left": context.get_remaining_time_in_millis(), "identity": context.identity.cognito_identity_id,
        "client": context.client_context,
    }
"""


def test_the_context_is_lambdas(functions: Any, role: str, name: str) -> None:
    arn = upload(functions, name, role, CONTEXT, Timeout=20, MemorySize=192)
    answer = functions.invoke(FunctionName=name)
    found = json.loads(answer["Payload"].read())
    assert found.pop("request") == answer["ResponseMetadata"]["RequestId"]
    assert 10_000 < found.pop("left") < 20_000
    assert found == {
        "name": name, "version": "$LATEST", "arn": arn, "memory": "192", "group": f"/aws/lambda/{name}",
        "identity": None, "client": None,
    }  # fmt: skip


ENVIRONMENT = """
import os

def handler(event, context):
    return dict(os.environ)
"""


def test_the_environment_is_its_own_and_lambdas_and_nothing_of_the_server(
    server: Server, functions: Any, role: str, name: str
) -> None:
    upload(functions, name, role, ENVIRONMENT, Environment={"Variables": {"PASSWORD_LENGTH": "40"}})
    found = _called(functions, name)
    assert (found["PASSWORD_LENGTH"], found["AWS_LAMBDA_FUNCTION_NAME"]) == ("40", name)
    assert (found["AWS_REGION"], found["AWS_DEFAULT_REGION"], found["TZ"]) == ("us-east-1", "us-east-1", ":UTC")
    assert found["SECRETS_MANAGER_ENDPOINT"] == found["AWS_ENDPOINT_URL"] == server.url
    assert found["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert found["AWS_ACCESS_KEY_ID"] != server.access_key_id
    assert set(found) <= {
        "PASSWORD_LENGTH", "PATH", "LANG", "TZ", "HOME", "TMPDIR", "SECRETS_MANAGER_ENDPOINT", "LAMBDA_TASK_ROOT",
        "_HANDLER", *(each for each in found if each.startswith("AWS_")),
    }  # fmt: skip
    upload(
        functions, f"{name}-2", role, ENVIRONMENT, Environment={"Variables": {"SECRETS_MANAGER_ENDPOINT": "http://x"}}
    )
    assert _called(functions, f"{name}-2")["SECRETS_MANAGER_ENDPOINT"] == "http://x"


def test_variables_of_a_function_steer_nothing_before_it_is_confined(functions: Any, role: str, name: str) -> None:
    variables = {"LD_PRELOAD": "/nowhere.so", "PYTHONPATH": "/nowhere", "PYTHONHOME": "/nowhere"}
    upload(functions, name, role, ECHO, Environment={"Variables": variables})
    answer = functions.invoke(FunctionName=name, LogType="Tail")
    assert "FunctionError" not in answer
    assert b"nowhere" not in base64.b64decode(answer["LogResult"])


SDK = """
import os, boto3

def handler(event, context):
    client = boto3.client("secretsmanager", endpoint_url=os.environ["SECRETS_MANAGER_ENDPOINT"])
    return [boto3.client("sts").get_caller_identity()["Arn"], client.get_secret_value(SecretId=event["secret"])["Name"]]
"""


def test_it_calls_the_store_as_its_role(server: Server, functions: Any, role: str, name: str) -> None:
    server.client().create_secret(Name=name, SecretString="value")
    upload(functions, name, role, SDK)
    assert _called(functions, name, secret=name) == [f"arn:aws:sts::{ACCOUNT}:assumed-role/rotating/{name}", name]
    functions.update_function_configuration(FunctionName=name, Role=role_for(server, f"w{name}"))
    told = _failed(functions, name, secret=name)
    assert told["errorType"] == "ClientError"
    assert f"assumed-role/w{name}/{name} is not authorized" in told["errorMessage"]


SECOND = """
import os, boto3

def handler(event, context):
    service, operation, arguments = event["call"]
    client = boto3.client(service, endpoint_url=os.environ["SECRETS_MANAGER_ENDPOINT"])
    try:
        getattr(client, operation)(**arguments)
    except client.exceptions.ClientError as error:
        return error.response["Error"]
"""


def test_it_starts_no_function_and_no_rotation_whatever_its_role_may(
    server: Server, functions: Any, role: str, name: str
) -> None:
    server.client().create_secret(Name=name, SecretString="value")
    upload(functions, name, role, SECOND)
    rotate = {
        "SecretId": name,
        "RotationLambdaARN": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:strongroom-generated-single",
    }
    for call in (["secretsmanager", "rotate_secret", rotate], ["lambda", "invoke", {"FunctionName": name}]):
        error = _called(functions, name, call=call)
        assert error["Code"] == "AccessDeniedException"
        assert "with an explicit deny in a session policy" in error["Message"]
    assert "RotationEnabled" not in server.client().describe_secret(SecretId=name)


def test_a_role_that_trusts_lambda_no_more_runs_nothing(server: Server, functions: Any, name: str) -> None:
    upload(functions, name, role_for(server, name), ECHO)
    server.client("iam").delete_role(RoleName=name)
    code, told = refusal(functions.invoke, FunctionName=name)
    assert (code, told) == (
        "InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda.",
    )  # fmt: skip


RAISING = """
def handler(event, context):
    print("before")
    return deeper(event["text"])

def deeper(text):
    raise LookupError(text)
"""


def test_what_it_raises_is_told_as_lambda_tells_it(functions: Any, role: str, name: str) -> None:
    upload(functions, name, role, RAISING)
    told = _failed(functions, name, text="no such thing")
    assert (told["errorType"], told["errorMessage"]) == ("LookupError", "no such thing")
    assert [line.split("\n")[0] for line in told["stackTrace"]] == [
        '  File "/var/task/function.py", line 4, in handler',
        '  File "/var/task/function.py", line 7, in deeper',
    ]


def test_the_end_of_the_log_comes_along_where_it_is_asked_for(functions: Any, role: str, name: str) -> None:
    upload(functions, name, role, RAISING)
    answer = functions.invoke(FunctionName=name, Payload=b'{"text": "x"}', LogType="Tail")
    log = base64.b64decode(answer["LogResult"]).decode()
    request = answer["ResponseMetadata"]["RequestId"]
    assert log.startswith(f"START RequestId: {request} Version: $LATEST\nbefore\n[ERROR] LookupError: x\n")
    assert f"END RequestId: {request}\nREPORT RequestId: {request}\tDuration: " in log
    logging = "import logging\nlogging.getLogger().setLevel(20)\ndef handler(event, context):\n"
    logging += "    [logging.info('line %s %s', number, 'x' * 50) for number in range(1000)]\n"
    upload(functions, f"{name}-2", role, logging)
    log = base64.b64decode(functions.invoke(FunctionName=f"{name}-2", LogType="Tail")["LogResult"]).decode()
    assert len(log.encode()) == 4096
    assert "line 999" in log
    assert "line 1 " not in log


@pytest.mark.parametrize(
    ("handler", "code", "kind", "told"),
    [
        ("function.handler", "import nowhere", "Runtime.ImportModuleError", "Unable to import module 'function': No"),
        ("absent.handler", "", "Runtime.ImportModuleError", "Unable to import module 'absent': No module named"),
        ("function.handler", "def", "Runtime.UserCodeSyntaxError", "Syntax error in module 'function'"),
        ("function.handler", "other = 1", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'function'"),
        ("handler", "", "Runtime.MalformedHandlerName", "Bad handler 'handler': not enough values to unpack"),
        ("function.handler", "def handler(*_): return {1}", "Runtime.MarshalError", "Unable to marshal response"),
        ("function.handler", "import os\ndef handler(*_): os._exit(3)", "Runtime.ExitError", "exit status 3"),
        ("function.handler", "import sys\ndef handler(*_): sys.exit(4)", "Runtime.ExitError", "exit status 4"),
        ("function.handler", "import os\ndef handler(*_): os.kill(os.getpid(), 9)", "Runtime.ExitError",
         "Runtime exited with error: signal: killed"),
        ("function.handler", "def handler(*_): return 'x' * 7000000", "Runtime.ResponseSizeTooLarge", "exceeded max"),
        ("function.handler", "def handler(*_): return len(bytearray(300_000_000))", "MemoryError", ""),
    ],
)  # fmt: skip
def test_what_does_not_run_is_told_as_lambda_tells_it(
    functions: Any, role: str, name: str, handler: str, code: str, kind: str, told: str
) -> None:
    upload(functions, name, role, code, Handler=handler)
    answer = _failed(functions, name)
    assert (answer["errorType"], told in answer["errorMessage"]) == (kind, True), answer


def test_time_ends_a_function_with_all_that_it_has_started(functions: Any, role: str, name: str) -> None:
    mark = f"9{secrets.randbelow(10**6):06}"
    code = f"""
import signal, subprocess, sys

def handler(event, context):
    subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()", "{mark}"], start_new_session=True)
    signal.pause()
"""
    upload(functions, name, role, code, Timeout=2)
    begun = time.monotonic()
    told = _failed(functions, name)
    assert 2 <= time.monotonic() - begun < 10
    assert told["errorType"] == "Sandbox.Timedout"
    assert told["errorMessage"].endswith("Error: Task timed out after 2.00 seconds")
    assert mark not in _command_lines()


def test_what_a_function_leaves_behind_ends_with_it(functions: Any, role: str, name: str) -> None:
    mark = f"9{secrets.randbelow(10**6):06}"
    code = f"""
import subprocess, sys

def handler(event, context):
    subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()", "{mark}"], start_new_session=True)
    return "left"
"""
    upload(functions, name, role, code)
    assert _called(functions, name) == "left"
    assert mark not in _command_lines()


def _command_lines() -> str:
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(place.read_bytes().decode("utf-8", "replace"))
        except OSError:
            continue
    assert any(sys.executable in each for each in found)
    return "\n".join(found)


def test_others_are_answered_while_a_function_runs(server: Server, functions: Any, role: str, name: str) -> None:
    ended: list[int] = []
    with held() as calls:
        upload(functions, name, role, calls.code, Timeout=60)

        def call() -> None:
            ended.append(server.client("lambda").invoke(FunctionName=name)["StatusCode"])

        callers = [threading.Thread(target=call) for _ in range(3)]
        for each in callers:
            each.start()
        calls.arrived(3)
        client = server.client()
        client.create_secret(Name=name, SecretString="value")
        for number in range(20):
            client.tag_resource(SecretId=name, Tags=[{"Key": "answered", "Value": str(number)}])
        assert ended == []
        calls.release()
        for each in callers:
            each.join()
    assert ended == [200] * 3


def test_libraries_come_along_in_the_zip(functions: Any, role: str, name: str) -> None:
    files = {
        "deep/function.py": "import vault\nfrom own import name\ndef handler(*_): return [name.NAME, vault.MINE]\n",
        "own/__init__.py": "",
        "own/name.py": "NAME = 'own'\n",
        "vault.py": "MINE = 'mine'\n",
    }
    upload(functions, name, role, files, Handler="deep/function.handler")
    assert _called(functions, name) == ["own", "mine"]


def test_the_authorities_that_lambda_has_are_there(functions: Any, role: str, name: str) -> None:
    code = """
import ssl
def handler(event, context):
    made = ssl.create_default_context(cafile="/etc/pki/tls/cert.pem")
    try:
        ssl.create_default_context(cafile="/etc/pki/tls/nothing.pem")
    except FileNotFoundError:
        return len(made.get_ca_certs()) > 50
"""
    upload(functions, name, role, code)
    assert _called(functions, name) is True
