"""The AWS CLI's `kms` commands against the server."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.testing.server import Server


def _aws(server: Server, *arguments: str) -> Any:
    program = Path(sys.executable).with_name("aws")
    done = subprocess.run(
        [str(program), "--endpoint-url", server.url, "kms", *arguments],
        env=dict(server.environment()), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout else None


def test_a_file_is_encrypted_and_decrypted(server: Server, tmp_path: Path, name: str) -> None:
    key = _aws(server, "create-key", "--description", "cli")["KeyMetadata"]["KeyId"]
    _aws(server, "create-alias", "--alias-name", f"alias/{name}", "--target-key-id", key)
    plain, sealed = tmp_path / "plain", tmp_path / "sealed"
    plain.write_bytes(b"\0plain")
    context = ("--encryption-context", "app=orders")
    made = _aws(server, "encrypt", "--key-id", f"alias/{name}", "--plaintext", f"fileb://{plain}", *context)
    sealed.write_bytes(base64.b64decode(made["CiphertextBlob"]))
    opened = _aws(server, "decrypt", "--ciphertext-blob", f"fileb://{sealed}", *context)
    assert base64.b64decode(opened["Plaintext"]) == b"\0plain"
    assert key in {each["KeyId"] for each in _aws(server, "list-keys")["Keys"]}
    _aws(server, "enable-key-rotation", "--key-id", key, "--rotation-period-in-days", "90")
    assert _aws(server, "get-key-rotation-status", "--key-id", key)["RotationPeriodInDays"] == 90
    _aws(server, "schedule-key-deletion", "--key-id", key, "--pending-window-in-days", "7")
    assert _aws(server, "describe-key", "--key-id", key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
