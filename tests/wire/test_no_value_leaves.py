"""A value that a server was given is in nothing that the server leaves behind: files, output, process, errors."""

from __future__ import annotations

import base64
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.testing.asking import own_client
from tests.testing.credentials import made_up_credential
from tests.testing.leaks import every_byte_below, leaks
from tests.testing.raw_http import exchange, signed, signed_form
from tests.testing.server import Server, make_vault, serving
from vault.rotation.functions import function_arn


class _Shown:
    """Values that were handed over, and all that came to light."""

    def __init__(self) -> None:
        self.values: list[bytes] = []
        self.errors = bytearray()

    def value(self) -> str:
        made = made_up_credential()
        self.values.append(made.encode())
        return made


@pytest.fixture
def shown() -> _Shown:
    return _Shown()


@pytest.fixture
def used(tmp_path: Path, shown: _Shown) -> Iterator[tuple[Server, Any]]:
    """A server on which every operation that takes or gives a value was called, well and badly."""
    with serving(tmp_path / "data", make_vault(tmp_path / "data")) as (server, process):
        _well(server, shown)
        _badly(server, shown)
        yield server, process


def _well(server: Server, shown: _Shown) -> None:
    client = server.client()
    client.create_secret(Name="text", SecretString=shown.value())
    client.create_secret(Name="binary", SecretBinary=shown.value().encode())
    client.put_secret_value(SecretId="text", SecretString=shown.value())
    client.update_secret(SecretId="text", SecretBinary=shown.value().encode())
    client.get_secret_value(SecretId="text")
    client.batch_get_secret_value(SecretIdList=["text", "binary"])
    shown.values.append(client.get_random_password(ExcludePunctuation=True)["RandomPassword"].encode())
    function = function_arn("generated-single", server.region, "123456789012")
    client.create_secret(Name="rotated", SecretString=shown.value())
    client.rotate_secret(SecretId="rotated", RotationLambdaARN=function)
    own_client(server).find_values(Key=shown.value() + shown.value(), Digests=shown.value())
    client.delete_secret(SecretId="binary")
    client.restore_secret(SecretId="binary")
    client.delete_secret(SecretId="binary", ForceDeleteWithoutRecovery=True)


def _badly(server: Server, shown: _Shown) -> None:
    bad: list[dict[str, Any]] = [
        {"SecretId": "text", "SecretString": shown.value() * 4000, "ClientRequestToken": "t" * 32},
        {"SecretId": "text", "SecretString": [shown.value()], "ClientRequestToken": "t" * 32},
        {"SecretId": "text", "SecretBinary": shown.value() + "!", "ClientRequestToken": "t" * 32},
        {"SecretId": "text", "SecretString": shown.value(), "RotationToken": "r"},
        {"SecretId": 7, "SecretString": shown.value()},
        {"SecretId": "absent", "SecretString": shown.value(), "ClientRequestToken": "t" * 32},
        {"SecretId": "text", "SecretString": shown.value(), "SecretBinary": base64.b64encode(b"v").decode()},
    ]
    for request in bad:
        body = json.dumps(request).encode()
        for sent in (body, body[:-1], body + b"}"):
            shown.errors += exchange(server, signed(server, sent, "PutSecretValue")).body
    form = f"Action=GetFederationToken&Version=2011-06-15&Name.{shown.value()}=1&Policy={shown.value()}"
    shown.errors += exchange(server, signed_form(server, form)).body


def test_no_value_stands_in_what_a_server_leaves(used: tuple[Server, Any], shown: _Shown) -> None:
    server, process = used
    before = every_byte_below(server.data_dir)
    files = [Path(f"/proc/{process.pid}/{name}").read_bytes() for name in ("cmdline", "environ")]
    process.terminate()
    assert process.wait(20) == 0
    told = process.stderr.read()
    everything = b"\n".join([before, every_byte_below(server.data_dir), *files, told, bytes(shown.errors)])
    assert leaks([*shown.values, *(value[::-1] for value in shown.values)], everything) == []


def test_a_server_leaves_no_file_in_the_folder_for_temporary_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shown: _Shown
) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.setattr(tempfile, "tempdir", None)
    with serving(tmp_path / "data", make_vault(tmp_path / "data")) as (server, _):
        _well(server, shown)
        assert list(place.iterdir()) == []
