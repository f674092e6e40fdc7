"""AWS's SDK for JavaScript, as npm has it, against the server."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.testing.server import Server

HERE = Path(__file__).parent


def test_the_sdk_walks_through_a_secrets_life(server: Server, name: str) -> None:
    found = subprocess.run([HERE.parent / "aws_sdk_javascript.sh"], check=True, stdout=subprocess.PIPE, text=True)
    done = subprocess.run(
        ["node", HERE / "javascript_client.cjs", found.stdout.strip(), server.url, name],
        env={**server.environment(), "AWS_REGION": server.region}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "made": name,
        "binary": [255, 0],
        "previous": "one",
        "isDate": True,
        "tags": [{"Key": "c", "Value": "d"}],
        "batch": [1, ["ResourceNotFoundException"]],
        "policy": None,
        "listed": [name],
        "exists": {
            "name": "ResourceExistsException",
            "message": f"The operation failed because the secret {name} already exists.",
            "known": True,
        },
        "absent": {
            "name": "ResourceNotFoundException",
            "message": "Secrets Manager can't find the specified secret.",
            "known": True,
        },
    }
