"""Who may upload functions and wants more: roles of others, files and memory of the server, other functions."""

from __future__ import annotations

import io
import json
import stat
import threading
import uuid
import zipfile
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from tests.attacks.conftest import VALUE, WANTED
from tests.testing.functions import TRUSTING_LAMBDA, let_rotation_in, role_for, upload, zipped
from tests.testing.held import held
from tests.testing.raw_http import connection, exchange
from tests.testing.server import Server
from tests.testing.wire import refusal

ACCOUNT = "123456789012"
READS_WANTED = f"""
import os, boto3

def handler(event, context):
    client = boto3.client("secretsmanager", endpoint_url=os.environ["SECRETS_MANAGER_ENDPOINT"])
    return client.get_secret_value(SecretId="{WANTED}")["SecretString"]
"""


@pytest.fixture
def name() -> str:
    """A name no other test uses."""
    return f"a{uuid.uuid4().hex[:16]}"


@pytest.fixture
def functions(server: Server) -> Any:
    """The administrator's client for Lambda."""
    return server.client("lambda")


@pytest.fixture
def strong(server: Server, name: str) -> str:
    """A role that may read what attackers want."""
    return role_for(server, f"strong-{name}", "secretsmanager:*")


@pytest.fixture
def weak(server: Server, name: str) -> str:
    """A role that may do nothing."""
    return role_for(server, f"weak-{name}")


@pytest.fixture
def attacker(server: Server, iam: Any, name: str, weak: str) -> Callable[[str], Any]:
    """Makes clients of a user who may do everything with functions, and pass on the weak role."""
    iam.create_user(UserName=name)
    statements = [
        {"Effect": "Allow", "Action": "lambda:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": weak},
    ]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return lambda service: server.client(
        service, aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
    )


def _answer(client: Any, name: str) -> Any:
    return json.loads(client.invoke(FunctionName=name)["Payload"].read())


def test_a_role_that_may_more_is_not_had_by_making_a_function_of_it(
    attacker: Callable[[str], Any], name: str, strong: str, weak: str
) -> None:
    mine = attacker("lambda")
    with pytest.raises(mine.exceptions.ClientError, match="iam:PassRole"):
        upload(mine, name, strong, READS_WANTED)
    upload(mine, name, weak, READS_WANTED)
    assert refusal(mine.update_function_configuration, FunctionName=name, Role=strong)[0] == "AccessDeniedException"
    answered = _answer(mine, name)
    assert (answered["errorType"], VALUE in str(answered)) == ("ClientError", False)


def test_a_role_is_passed_on_under_its_own_name_alone(attacker: Callable[[str], Any], name: str, strong: str) -> None:
    mine = attacker("lambda")
    for spelled in (strong.replace("role/", "role/x/../"), strong.upper().replace("ARN:AWS:IAM", "arn:aws:iam")):
        with pytest.raises(mine.exceptions.ClientError, match=r"AccessDenied|ValidationException"):
            upload(mine, name, spelled, READS_WANTED)


def test_letting_oneself_in_by_a_functions_policy_takes_permission(
    server: Server, iam: Any, name: str, functions: Any, strong: str
) -> None:
    upload(functions, name, strong, READS_WANTED)
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    mine = server.client("lambda", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    asked = {"FunctionName": name, "StatementId": "s", "Action": "lambda:*", "Principal": f"{ACCOUNT}"}
    assert refusal(mine.add_permission, **asked)[0] == "AccessDeniedException"
    functions.add_permission(**asked)
    # A policy that names the account leaves it to the account's own policies.
    assert refusal(mine.invoke, FunctionName=name)[0] == "AccessDeniedException"
    let_rotation_in(functions, name)
    assert refusal(mine.invoke, FunctionName=name)[0] == "AccessDeniedException"


def test_a_function_of_another_account_is_out_of_reach(attacker: Callable[[str], Any]) -> None:
    mine, theirs = attacker("lambda"), "arn:aws:lambda:us-east-1:999999999999:function:theirs"
    for call in (mine.get_function, mine.invoke, mine.delete_function, mine.get_policy):
        assert refusal(call, FunctionName=theirs)[0] == "AccessDeniedException"
    code, told = refusal(mine.list_tags, Resource=theirs)
    assert (code, "resource-based policy" in told) == ("AccessDeniedException", True)


def _member(name: str, kind: int = 0) -> bytes:
    content, member = io.BytesIO(), zipfile.ZipInfo(name)
    member.create_system, member.external_attr = 3, (kind | 0o777) << 16
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(member, "/etc/shadow")
    return content.getvalue()


@pytest.mark.parametrize(
    "code",
    [
        _member("../../../../tmp/strongroom-was-here"),
        _member("/tmp/strongroom-was-here"),
        _member("..\\strongroom-was-here"),
        _member("function.py", stat.S_IFLNK),
        _member("function.py", stat.S_IFIFO),
    ],
)
def test_a_zip_that_would_leave_its_folder_is_refused(
    attacker: Callable[[str], Any], name: str, weak: str, code: bytes
) -> None:
    mine = attacker("lambda")
    usual = {"FunctionName": name, "Runtime": "python3.12", "Role": weak, "Handler": "function.handler"}
    assert refusal(mine.create_function, **usual, Code={"ZipFile": code})[0] == "InvalidParameterValueException"
    assert refusal(mine.get_function, FunctionName=name)[0] == "ResourceNotFoundException"


def test_a_bomb_that_lies_about_its_size_does_not_unpack(attacker: Callable[[str], Any], name: str, weak: str) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("function.py", "def handler(*_): return 1\n")
        archive.writestr("bomb", bytes(300 * 1024 * 1024))
    made = bytearray(content.getvalue())
    place = made.rindex(b"PK\x01\x02")
    made[place + 24 : place + 28] = (1000).to_bytes(4, "little")
    mine = attacker("lambda")
    upload(mine, name, weak, "", Code={"ZipFile": bytes(made)})
    answered = mine.invoke(FunctionName=name)
    assert answered["FunctionError"] == "Unhandled"


def test_a_function_reads_nothing_of_the_server(
    server: Server, attacker: Callable[[str], Any], name: str, weak: str
) -> None:
    code = """
import os

def tried(path):
    try:
        return open(path, "rb").read(100).hex()
    except OSError as error:
        return type(error).__name__

def processes(pid):
    while pid > 0:
        yield pid
        pid = int(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1])

def handler(event, context):
    up = list(processes(os.getppid()))
    places = event + [f"/proc/{pid}/{part}" for pid in up for part in ("environ", "mem", "maps", "root/etc/shadow")]
    return {path: tried(path) for path in places}
"""
    mine = attacker("lambda")
    upload(mine, name, weak, code)
    files = [str(each) for each in server.data_dir.rglob("*") if each.is_file()]
    assert len(files) >= 3
    answered = json.loads(mine.invoke(FunctionName=name, Payload=json.dumps(files).encode())["Payload"].read())
    assert set(answered.values()) == {"PermissionError"}, answered


def test_a_function_reads_nothing_of_another_that_runs_beside_it(
    attacker: Callable[[str], Any], functions: Any, name: str, weak: str
) -> None:
    spy = """
import os

def handler(task, context):
    found = {}
    for path in (task, os.path.join(task, "function.py"), os.path.dirname(task)):
        try:
            found[path] = str(os.listdir(path) if not path.endswith("py") else open(path).read())
        except OSError as error:
            found[path] = type(error).__name__
    environs = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            environs.append(open(f"/proc/{pid}/environ").read())
        except OSError:
            pass
    return [sorted(found.values()), len(environs)]
"""
    mine = attacker("lambda")
    upload(mine, name, weak, spy, Timeout=10)
    with held() as victim:
        upload(functions, f"{name}-victim", weak, victim.code, Timeout=60)
        running = threading.Thread(target=lambda: functions.invoke(FunctionName=f"{name}-victim"))
        running.start()
        (task,) = victim.arrived()
        found, environs = json.loads(mine.invoke(FunctionName=name, Payload=json.dumps(task))["Payload"].read())
        victim.release()
        running.join()
    assert found == ["PermissionError"] * 3
    # It sees its own.
    assert environs <= 1


def test_a_library_of_one_function_is_not_loaded_by_another_before_it_is_confined(
    attacker: Callable[[str], Any], name: str, weak: str
) -> None:
    mine = attacker("lambda")
    code = "import os\ndef handler(event, context):\n    return os.environ['LD_PRELOAD']\n"
    upload(mine, name, weak, code, Environment={"Variables": {"LD_PRELOAD": "/tmp/mine.so"}})
    answered = mine.invoke(FunctionName=name, LogType="Tail")
    assert "FunctionError" not in answered


def _uploading(length: int, path: str = "/2015-03-31/functions") -> bytes:
    return f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n".encode()


def test_strangers_hold_few_large_bodies_in_memory(server: Server) -> None:
    assert exchange(server, _uploading(69_905_068)).status == 413
    assert exchange(server, _uploading(1_048_577, "/")).status == 413
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(connection(server.url)).sendall(_uploading(2_000_000) + b"{")
        assert exchange(server, _uploading(2_000_000)).status == 429
        assert exchange(server, _uploading(2)[:-2] + b"connection: close\r\n\r\n{}").status in (400, 403)


def test_a_role_that_trusts_others_is_given_to_no_function(
    server: Server, iam: Any, attacker: Callable[[str], Any], name: str
) -> None:
    trust = json.loads(TRUSTING_LAMBDA)
    trust["Statement"][0]["Condition"] = {"StringEquals": {"aws:SourceAccount": "999999999999"}}
    role = role_for(server, f"other-{name}", trust=json.dumps(trust))
    statement = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=document)
    usual = {"FunctionName": name, "Runtime": "python3.12", "Handler": "function.handler"}
    told = refusal(attacker("lambda").create_function, **usual, Role=role, Code={"ZipFile": zipped("")})
    assert told[1] == "The role defined for the function cannot be assumed by Lambda."
