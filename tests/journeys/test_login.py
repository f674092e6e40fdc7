"""A user logs in with a password and a code, and works with the AWS CLI by what `vault login` leaves."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.testing.authenticator import Authenticator
from tests.testing.commands import run_command
from tests.testing.server import Server, command_line, plain_environment, running_server

PASSWORD, NEXT = "Correct-Horse-1", "Battery-Staple-2"
READ = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": ["secretsmanager:*", "sts:*"],
            "Resource": "*",
            "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
        },
    }
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own."""
    with running_server(tmp_path_factory.mktemp("login") / "vault") as running:
        yield running


@pytest.fixture
def iam(server: Server) -> Any:
    """The administrator's client."""
    return server.client("iam")


def _login(server: Server, *arguments: str, given: str, **variables: str) -> subprocess.CompletedProcess[str]:
    words = ("vault", "login", "--vault", server.url, *arguments)
    return run_command(*words, environment=plain_environment(**variables), given=given)


def test_the_aws_cli_works_by_a_profile_that_login_leaves(server: Server, iam: Any, tmp_path: Path) -> None:
    iam.create_user(UserName="alice")
    iam.put_user_policy(UserName="alice", PolicyName="read", PolicyDocument=READ)
    iam.create_login_profile(UserName="alice", Password=PASSWORD)
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName="alice")["VirtualMFADevice"]
    shown = Authenticator(made["Base32StringSeed"])
    iam.enable_mfa_device(UserName="alice", SerialNumber=made["SerialNumber"], **shown.two)
    server.client().create_secret(Name="app/db", SecretString="value")

    done = _login(server, "alice", given=f"{PASSWORD}\n{shown.code(1)}\n", XDG_STATE_HOME=str(tmp_path))
    assert (done.returncode, done.stderr.startswith("logged in as alice until ")) == (0, True), done.stderr
    file = tmp_path / "strongroom" / "logins" / "alice.json"
    assert file.stat().st_mode & 0o777 == 0o600
    config = tmp_path / "config"
    config.write_text(done.stdout + "region = us-east-1\n")
    environment = plain_environment(
        AWS_CONFIG_FILE=str(config), AWS_SHARED_CREDENTIALS_FILE=os.devnull, AWS_PROFILE="alice"
    )
    command = ["aws", "secretsmanager", "get-secret-value", "--secret-id", "app/db", "--query", "SecretString"]
    command[0] = str(Path(command_line()[0]).with_name("aws"))
    found = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout.strip()) == (0, '"value"'), found.stderr


def test_the_form_of_a_credential_process_is_printed(server: Server, iam: Any) -> None:
    iam.create_user(UserName="bob")
    iam.create_login_profile(UserName="bob", Password=PASSWORD)
    done = _login(server, "bob", "--format", "json", "--hours", "1", given=f"{PASSWORD}\n")
    made = json.loads(done.stdout)
    assert (sorted(made), made["Version"]) == (
        ["AccessKeyId", "Expiration", "SecretAccessKey", "SessionToken", "Version"],
        1,
    )
    sts = server.client(
        "sts",
        aws_access_key_id=made["AccessKeyId"],
        aws_secret_access_key=made["SecretAccessKey"],
        aws_session_token=made["SessionToken"],
    )
    assert sts.get_caller_identity()["Arn"].endswith(":user/bob")
    iam.delete_login_profile(UserName="bob")
    with pytest.raises(Exception, match="InvalidClientTokenId"):
        sts.get_caller_identity()


def test_a_password_that_must_be_changed_is_changed_on_the_way(server: Server, iam: Any) -> None:
    iam.create_user(UserName="carol")
    iam.create_login_profile(UserName="carol", Password=PASSWORD, PasswordResetRequired=True)
    assert _login(server, "carol", given=f"{PASSWORD}\nshort\n").returncode == 2
    assert _login(server, "carol", "--format", "json", given=f"{PASSWORD}\n{NEXT}\n").returncode == 0
    assert _login(server, "carol", "--format", "json", given=f"{NEXT}\n").returncode == 0
    assert iam.get_login_profile(UserName="carol")["LoginProfile"]["PasswordResetRequired"] is False
    assert "PasswordLastUsed" in iam.get_user(UserName="carol")["User"]


def test_nobody_learns_what_was_wrong(server: Server, iam: Any) -> None:
    iam.create_user(UserName="dave")
    iam.create_login_profile(UserName="dave", Password=PASSWORD)
    iam.create_user(UserName="erin")
    answers = {
        _login(server, *who, given="Wrong-Horse-3\n").stderr
        for who in (("dave",), ("erin",), ("nobody",), ("dave", "--account", "999999999999"))
    }
    assert len(answers) == 1
    assert "Authentication failed" in answers.pop()
    assert _login(server, "dave", given="Wrong-Horse-3\n").returncode == 5


def test_after_wrong_passwords_the_right_one_has_to_wait(server: Server, iam: Any) -> None:
    iam.create_user(UserName="frank")
    iam.create_login_profile(UserName="frank", Password=PASSWORD)
    for _ in range(5):
        assert _login(server, "frank", given="Wrong-Horse-3\n").returncode == 5
    assert _login(server, "frank", given=f"{PASSWORD}\n").returncode == 5


def test_logins_are_recorded_without_what_was_typed(server: Server, iam: Any) -> None:
    iam.create_user(UserName="grace")
    iam.create_login_profile(UserName="grace", Password=PASSWORD)
    _login(server, "grace", "--format", "json", given=f"{PASSWORD}\n")
    _login(server, "typed-password-by-mistake", given="x\n")
    asked = [{"AttributeKey": "EventName", "AttributeValue": "ConsoleLogin"}]
    events = [
        json.loads(each["CloudTrailEvent"])
        for each in server.client("cloudtrail").lookup_events(LookupAttributes=asked)["Events"]
    ]
    newest, before = events[0], events[1]
    assert newest["userIdentity"]["userName"] == "HIDDEN_DUE_TO_SECURITY_REASONS"
    assert before["userIdentity"]["userName"] == "grace"
    told = [each["responseElements"]["ConsoleLogin"] for each in (newest, before)]
    assert told == ["Failure", "Success"]
    text = json.dumps(events)
    assert PASSWORD not in text
    assert "typed-password" not in text


def test_a_right_password_is_recorded_where_a_code_is_still_wanted(server: Server, iam: Any) -> None:
    iam.create_user(UserName="ivan")
    iam.create_login_profile(UserName="ivan", Password=PASSWORD)
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName="ivan")["VirtualMFADevice"]
    shown = Authenticator(made["Base32StringSeed"])
    iam.enable_mfa_device(UserName="ivan", SerialNumber=made["SerialNumber"], **shown.two)
    assert _login(server, "ivan", given=f"{PASSWORD}\n").returncode == 2
    found = server.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "CheckMfa"}]
    )["Events"]
    told = json.loads(next(each["CloudTrailEvent"] for each in found if each["Username"] == "ivan"))
    assert (told["userIdentity"]["userName"], told["responseElements"]) == ("ivan", {"CheckMfa": "Success"})


def test_the_embedded_vault_is_logged_in_to_in_process(server: Server, iam: Any) -> None:
    iam.create_user(UserName="heidi")
    iam.create_login_profile(UserName="heidi", Password=PASSWORD)
    done = subprocess.run(
        command_line("vault", "login", "heidi", "--data-dir", str(server.data_dir), "--format", "json"),
        env=plain_environment(), input=f"{PASSWORD}\n", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert json.loads(done.stdout)["Version"] == 1
