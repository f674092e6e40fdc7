"""The real AWS CLI reads what `fix` stored, over HTTP."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

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
