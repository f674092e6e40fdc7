"""A real `strongroom serve` in a child process, and what clients need to reach it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from tests.testing.commands import run_command


def command_line(*arguments: str) -> list[str]:
    """Return the command as a user's shell would start it, isolated from this checkout's working directory."""
    return [sys.executable, "-I", "-m", "strongroom", *arguments]


def plain_environment(**extra: str) -> dict[str, str]:
    """Return this process's environment without anything that leads to another store or repository."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("AWS_", "GIT_", "STRONGROOM_"))}
    return {**kept, "AWS_EC2_METADATA_DISABLED": "true", **extra}


def vault_command(folder: Path, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command of `strongroom vault` on the embedded vault in `folder`, with `given` on its standard input."""
    return run_command("vault", *arguments, "--data-dir", str(folder), environment=plain_environment(), given=given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server and its administrator."""

    url: str
    data_dir: Path
    access_key_id: str
    secret_access_key: str
    region: str

    def client(self, service: str = "secretsmanager", *, region: str = "", **credentials: str) -> Any:
        """Return a boto3 client for the server's region; the administrator's unless credentials are given."""
        chosen = credentials or {
            "aws_access_key_id": self.access_key_id,
            "aws_secret_access_key": self.secret_access_key,
        }
        return boto3.session.Session().client(
            service,
            endpoint_url=self.url,
            region_name=region or self.region,
            config=Config(retries={"total_max_attempts": 1}),
            **chosen,
        )

    def environment(self) -> Mapping[str, str]:
        """Return what the AWS CLI needs in its environment."""
        return plain_environment(
            AWS_ACCESS_KEY_ID=self.access_key_id,
            AWS_SECRET_ACCESS_KEY=self.secret_access_key,
            AWS_DEFAULT_REGION=self.region,
            AWS_CONFIG_FILE=os.devnull,
            AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        )


def make_vault(data_dir: Path, *arguments: str, **variables: str) -> dict[str, str]:
    """Make a vault and return its administrator as `vault init` prints it."""
    words = ("vault", "init", "--data-dir", str(data_dir), "--format", "json", *arguments)
    made = run_command(*words, environment=plain_environment(**variables))
    assert made.returncode == 0, made.stderr
    administrator: dict[str, str] = json.loads(made.stdout)
    return administrator


@contextmanager
def serving(
    data_dir: Path, administrator: Mapping[str, str], arguments: Sequence[str] = (), *, port: int = 0, **variables: str
) -> Iterator[tuple[Server, subprocess.Popen[bytes]]]:
    """Serve a vault that exists, on a free port unless given; yields the server and its process.

    The block may kill the process.
    """
    command = command_line("serve", "--data-dir", str(data_dir), "--listen", f"127.0.0.1:{port}", *arguments)
    environment = plain_environment(**variables)
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline().decode()
            found = re.fullmatch(r"serving on (https?://\S+)\n", line)
            assert found, line
            server = Server(
                url=found[1],
                data_dir=data_dir,
                access_key_id=administrator["access_key_id"],
                secret_access_key=administrator["secret_access_key"],
                region=administrator["region"],
            )
            yield server, process
        finally:
            process.terminate()
            process.wait(timeout=20)


@contextmanager
def running_server(data_dir: Path) -> Iterator[Server]:
    """Serve the vault in `data_dir`, made when absent, on a free port for as long as the block runs."""
    with serving(data_dir, make_vault(data_dir)) as (server, _):
        yield server
