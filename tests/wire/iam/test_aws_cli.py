"""The real AWS CLI over HTTP: a user is given a key and a policy, assumes a role, and is refused the rest."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.testing.server import Server
from tests.wire.iam.conftest import ACCOUNT, allowing, trusting

AWS = str(Path(sys.executable).with_name("aws"))


def aws(server: Server, *arguments: str, signer: dict[str, str] | None = None) -> Any:
    """Run the CLI as a signer, by default the administrator; return what it prints, or its error."""
    environment = server.environment() | _signing(signer) if signer else server.environment()
    done = subprocess.run(
        [sys.executable, AWS, *arguments, "--endpoint-url", server.url, "--output", "json"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        return done.stderr
    return json.loads(done.stdout) if done.stdout.strip() else {}


def _signing(made: dict[str, str]) -> dict[str, str]:
    names = {"AccessKeyId": "AWS_ACCESS_KEY_ID", "SecretAccessKey": "AWS_SECRET_ACCESS_KEY"}
    signing = {told: made[name] for name, told in names.items()}
    return signing | ({"AWS_SESSION_TOKEN": made["SessionToken"]} if "SessionToken" in made else {})


@pytest.fixture
def key(server: Server, name: str) -> dict[str, str]:
    """The access key of a fresh user that may assume roles."""
    aws(server, "iam", "create-user", "--user-name", name, "--tags", "Key=team,Value=shop")
    document = allowing("sts:AssumeRole")
    put = ("--user-name", name, "--policy-name", "own", "--policy-document", document)
    assert aws(server, "iam", "put-user-policy", *put) == {}
    made: dict[str, str] = aws(server, "iam", "create-access-key", "--user-name", name)["AccessKey"]
    return made


def test_a_user_is_shown_as_it_was_made(server: Server, name: str, key: dict[str, str]) -> None:
    user = aws(server, "iam", "get-user", "--user-name", name)["User"]
    assert (user["Arn"], user["Tags"]) == (
        f"arn:aws:iam::{ACCOUNT}:user/{name}",
        [{"Key": "team", "Value": "shop"}],
    )
    listed = aws(server, "iam", "list-access-keys", "--user-name", name)["AccessKeyMetadata"]
    assert [each["AccessKeyId"] for each in listed] == [key["AccessKeyId"]]


def test_a_role_is_assumed(server: Server, name: str, key: dict[str, str]) -> None:
    trust = trusting({"AWS": f"arn:aws:iam::{ACCOUNT}:user/{name}"})
    made = ("--role-name", name, "--assume-role-policy-document", trust)
    role = aws(server, "iam", "create-role", *made)["Role"]["Arn"]
    assumed = aws(server, "sts", "assume-role", "--role-arn", role, "--role-session-name", "cli", signer=key)
    told = aws(server, "sts", "get-caller-identity", signer=assumed["Credentials"])
    assert told["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/cli"


def test_what_no_policy_allows_is_refused_by_name(server: Server, name: str, key: dict[str, str]) -> None:
    told = aws(server, "iam", "list-users", signer=key)
    assert f"User: arn:aws:iam::{ACCOUNT}:user/{name} is not authorized to perform: iam:ListUsers" in told


def test_policies_are_simulated(server: Server) -> None:
    asked = ("--policy-input-list", allowing("secretsmanager:Get*"), "--action-names", "secretsmanager:GetSecretValue")
    (result,) = aws(server, "iam", "simulate-custom-policy", *asked)["EvaluationResults"]
    assert result["EvalDecision"] == "allowed"


def test_trust_anchors_are_listed(server: Server) -> None:
    assert "trustAnchors" in aws(server, "rolesanywhere", "list-trust-anchors")
