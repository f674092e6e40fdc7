"""The real AWS CLI over HTTP: it reads what `fix` stored, and works with every group of operations."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.testing.credentials import made_up_credential
from tests.testing.gitrepo import make_repository
from tests.testing.server import Server, command_line

AWS = str(Path(sys.executable).with_name("aws"))


def aws(
    server: Server, *arguments: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, AWS, "secretsmanager", *arguments, "--endpoint-url", server.url, "--output", "json"],
        env=environment or server.environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def stored(server: Server, tmp_path: Path) -> tuple[str, str]:
    """Fix a small repository against the server; return the secret's name and value."""
    value, app = made_up_credential(), f"cli{secrets.token_hex(3)}"
    repository = make_repository(tmp_path / app, {"config.py": f'API_TOKEN = "{value}"\n', "requirements.txt": "x\n"})
    done = subprocess.run(
        command_line("fix", "--vault", server.url),
        cwd=repository, env=server.environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return f"{app}/api_token", value


def test_get_secret_value_prints_what_fix_stored(server: Server, stored: tuple[str, str]) -> None:
    name, value = stored
    done = aws(server, "get-secret-value", "--secret-id", name)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["SecretString"] == value


def test_boto3_reads_the_same(server: Server, stored: tuple[str, str]) -> None:
    name, value = stored
    assert server.client().get_secret_value(SecretId=name)["SecretString"] == value


def test_describe_and_list_show_it_without_the_value(server: Server, stored: tuple[str, str]) -> None:
    name, value = stored
    described = aws(server, "describe-secret", "--secret-id", name)
    listed = aws(server, "list-secrets", "--filters", f"Key=name,Values={name}")
    assert json.loads(described.stdout)["Name"] == name
    assert [entry["Name"] for entry in json.loads(listed.stdout)["SecretList"]] == [name]
    assert value not in described.stdout + listed.stdout


def test_an_unsigned_call_gets_awss_error(server: Server, stored: tuple[str, str]) -> None:
    done = aws(server, "get-secret-value", "--secret-id", stored[0], "--no-sign-request")
    assert done.returncode != 0
    assert "MissingAuthenticationTokenException" in done.stderr
    assert done.stdout == ""


def test_a_wrong_key_gets_awss_error(server: Server, stored: tuple[str, str]) -> None:
    environment = {**server.environment(), "AWS_SECRET_ACCESS_KEY": "wrong"}
    done = aws(server, "get-secret-value", "--secret-id", stored[0], environment=environment)
    assert "InvalidSignatureException" in done.stderr
    assert done.stdout == ""


@pytest.fixture
def name(server: Server) -> str:
    """The name of a secret the CLI has made."""
    made = f"cli/{secrets.token_hex(8)}x"
    _run(server, "create-secret", "--name", made, "--secret-string", "one", "--tags", "Key=team,Value=payments")
    return made


def test_a_value_is_put_listed_and_moved_back(server: Server, name: str) -> None:
    first = _run(server, "get-secret-value", "--secret-id", name)["VersionId"]
    put = _run(server, "put-secret-value", "--secret-id", name, "--secret-string", "two")
    versions = _run(server, "list-secret-version-ids", "--secret-id", name, "--include-deprecated")["Versions"]
    assert {version["VersionId"] for version in versions} == {first, put["VersionId"]}
    move = ("--move-to-version-id", first, "--remove-from-version-id", put["VersionId"])
    _run(server, "update-secret-version-stage", "--secret-id", name, "--version-stage", "AWSCURRENT", *move)
    assert _run(server, "get-secret-value", "--secret-id", name)["SecretString"] == "one"


@pytest.mark.shows("TagResource", parameters=("Tags",))
@pytest.mark.shows("UntagResource", parameters=("TagKeys",))
def test_tags_are_put_on_and_taken_off(server: Server, name: str) -> None:
    assert _run(server, "tag-resource", "--secret-id", name, "--tags", "Key=stage,Value=live") == {}
    assert _run(server, "untag-resource", "--secret-id", name, "--tag-keys", "team") == {}
    assert _run(server, "describe-secret", "--secret-id", name)["Tags"] == [{"Key": "stage", "Value": "live"}]


@pytest.mark.shows("PutResourcePolicy", parameters=("ResourcePolicy", "BlockPublicPolicy"))
@pytest.mark.shows("ValidateResourcePolicy", parameters=("ResourcePolicy",))
def test_a_policy_is_validated_put_read_and_taken_off(server: Server, name: str, tmp_path: Path) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=4)
    file = tmp_path / "policy.json"
    file.write_text(document)
    policy, secret = ("--resource-policy", f"file://{file}"), ("--secret-id", name)
    passed = {"PolicyValidationPassed": True, "ValidationErrors": []}
    assert _run(server, "validate-resource-policy", *policy) == passed
    assert _run(server, "put-resource-policy", *secret, *policy, "--block-public-policy")["Name"] == name
    assert _run(server, "get-resource-policy", *secret)["ResourcePolicy"] == document
    assert _run(server, "delete-resource-policy", *secret)["Name"] == name
    assert "ResourcePolicy" not in _run(server, "get-resource-policy", *secret)


@pytest.mark.shows("BatchGetSecretValue", parameters=("SecretIdList", "Filters"))
def test_many_values_are_read_by_a_list_and_by_a_filter(server: Server, name: str) -> None:
    listed = _run(server, "batch-get-secret-value", "--secret-id-list", name, f"{name}/absent")
    assert [entry["SecretString"] for entry in listed["SecretValues"]] == ["one"]
    assert [entry["ErrorCode"] for entry in listed["Errors"]] == ["ResourceNotFoundException"]
    found = _run(server, "batch-get-secret-value", "--filters", f"Key=name,Values={name}")
    assert [entry["Name"] for entry in found["SecretValues"]] == [name]


def test_a_secret_is_deleted_restored_and_deleted_for_good(server: Server, name: str) -> None:
    secret = ("--secret-id", name)
    assert _run(server, "delete-secret", *secret, "--recovery-window-in-days", "7")["Name"] == name
    assert _run(server, "restore-secret", *secret)["Name"] == name
    _run(server, "delete-secret", *secret, "--force-delete-without-recovery")
    assert "ResourceNotFoundException" in aws(server, "describe-secret", *secret).stderr


def test_a_password_is_drawn(server: Server) -> None:
    drawn = _run(server, "get-random-password", "--password-length", "40", "--exclude-punctuation")["RandomPassword"]
    assert (len(drawn), drawn.isalnum()) == (40, True)


def _run(server: Server, *arguments: str) -> dict[str, Any]:
    """Return what a command that must succeed prints, nothing as no members."""
    done = aws(server, *arguments)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout or "{}")
    return answer
