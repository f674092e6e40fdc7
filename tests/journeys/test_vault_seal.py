"""A running server is sealed and unsealed over its endpoint, by those who may, and loses nothing it accepted."""

from __future__ import annotations

import gc
import json
import re
import secrets
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from strongroom.kernel.secretvalue import SecretValue
from tests.contract.seal.keepers import fed
from tests.testing.certificates import certificate
from tests.testing.commands import run_command
from tests.testing.server import Server, command_line, make_vault, plain_environment, serving
from tests.wire.test_own import asked, figures
from vault.crypto.kdf import Barrier, Purpose
from vault.domain.errors import Sealed


def told(server: Server, *arguments: str, given: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `vault seal` or `unseal` on the server."""
    words = ("vault", *arguments, "--vault", server.url)
    return run_command(*words, environment=plain_environment(**variables), given=given)


def sealed(server: Server) -> Server:
    """Seal a server as its administrator."""
    done = told(server, "seal", **server.environment())
    assert done.returncode == 0, done.stderr
    return server


def pushed(server: Server, body: bytes, door: str = "unseal", **headers: str) -> int:
    """Return the status of an unsigned attempt to unseal, or to do something else."""
    import urllib.error
    import urllib.request

    named = {key.replace("_", "-"): text for key, text in headers.items()}
    request = urllib.request.Request(f"{server.url}/_strongroom/{door}", data=body, headers=named)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Server]:
    """A server whose root key lies in a file, with a secret."""
    data = tmp_path / "data"
    with serving(data, make_vault(data)) as (server, _):
        server.client().create_secret(Name="app/db", SecretString="v")
        yield server


@contextmanager
def kept_by(data: Path, *arguments: str, opening: str) -> Iterator[tuple[Server, str]]:
    """Serve a new vault with another keeper, opened first by what is on `opening`; yields what `init` said, too."""
    words = ("vault", "init", "--data-dir", str(data), "--format", "json", *arguments)
    made = run_command(*words, environment=plain_environment(), given=opening)
    assert made.returncode == 0, made.stderr
    with serving(data, json.loads(made.stdout)) as (server, _):
        yield server, made.stderr


def test_a_sealed_server_answers_health_and_nothing_else(running: Server) -> None:
    sealed(running)
    assert asked(running, "health")[0] == 200
    assert asked(running, "ready") == (503, b'{"status": "sealed"}')
    assert figures(running)["strongroom_sealed", ()] == 1
    for service, call in (("secretsmanager", "list_secrets"), ("kms", "list_keys"), ("sts", "get_caller_identity")):
        with pytest.raises(ClientError, match="sealed") as refused:
            getattr(running.client(service), call)()
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503


def test_the_operator_opens_it_again_where_a_file_keeps_the_root_key(running: Server) -> None:
    sealed(running)
    done = told(running, "unseal", "--data-dir", str(running.data_dir))
    assert (done.returncode, done.stderr) == (0, "open\n")
    assert running.client().get_secret_value(SecretId="app/db")["SecretString"] == "v"
    assert told(running, "unseal", "--data-dir", str(running.data_dir)).returncode == 0


def test_nobody_else_opens_it_there(running: Server) -> None:
    sealed(running)
    for variables in ({}, running.environment()):
        done = told(running, "unseal", **variables)
        assert (done.returncode, "refuses" in done.stderr) == (4, True)
    assert asked(running, "ready")[0] == 503


def test_to_seal_takes_a_signature_and_the_permission(running: Server) -> None:
    nothing = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"}}
    session = running.client("sts").get_federation_token(Name="visitor", Policy=json.dumps(nothing))["Credentials"]
    visitor = {
        **running.environment(),
        "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
        "AWS_SESSION_TOKEN": session["SessionToken"],
    }
    stranger = {**running.environment(), "AWS_SECRET_ACCESS_KEY": secrets.token_hex(20)}
    for variables in (visitor, stranger):
        done = told(running, "seal", **variables)
        assert (done.returncode, "refuses" in done.stderr) == (5, True)
    assert pushed(running, b"{}", "seal") == 403
    assert asked(running, "ready")[0] == 200


def test_sealing_and_its_refusal_are_recorded(running: Server) -> None:
    test_to_seal_takes_a_signature_and_the_permission(running)
    sealed(running)
    assert told(running, "unseal", "--data-dir", str(running.data_dir)).returncode == 0
    attribute = {"AttributeKey": "EventName", "AttributeValue": "Seal"}
    found = running.client("cloudtrail").lookup_events(LookupAttributes=[attribute])["Events"]
    events = [json.loads(each["CloudTrailEvent"]) for each in found]
    assert [each.get("errorCode", "ok") for each in events] == ["ok", "AccessDenied"]


def test_what_was_accepted_before_is_answered_and_kept(running: Server) -> None:
    stop, kept = threading.Event(), list[str]()

    def write(writer: int) -> None:
        client = running.client()
        for number in range(10_000):
            try:
                client.create_secret(Name=f"load/{writer}/{number}", SecretString="v")
                kept.append(f"load/{writer}/{number}")
            except ClientError as refused:
                assert refused.response["ResponseMetadata"]["HTTPStatusCode"] == 503
                return
            if len(kept) > 40:
                stop.set()

    with ThreadPoolExecutor(8) as pool:
        writing = [pool.submit(write, writer) for writer in range(8)]
        assert stop.wait(60)
        sealed(running)
        for each in writing:
            each.result()
    assert told(running, "unseal", "--data-dir", str(running.data_dir)).returncode == 0
    pages = running.client().get_paginator("list_secrets").paginate()
    assert set(kept) <= {entry["Name"] for page in pages for entry in page["SecretList"]}


def test_a_passphrase_opens_it_and_a_wrong_one_does_not(tmp_path: Path) -> None:
    passphrase = secrets.token_hex(12)
    with kept_by(tmp_path / "data", "--root-key", "passphrase-fd:0", opening=f"{passphrase}\n") as (server, _):
        assert asked(server, "ready")[0] == 503
        other = secrets.token_hex(12)
        wrong = told(server, "unseal", given=f"{other}\n")
        assert (wrong.returncode, "The passphrase does not open" in wrong.stderr) == (4, True)
        assert other not in wrong.stderr
        assert told(server, "unseal", given="").returncode == 2
        assert told(server, "unseal", given=f"{passphrase}\n").returncode == 0
        assert server.client().list_secrets()["SecretList"] == []


def test_shares_come_one_by_one_from_several_people(tmp_path: Path) -> None:
    with kept_by(tmp_path / "data", "--root-key", "shamir", opening="") as (server, said):
        shares = re.findall(r"^share \d+: (.+)$", said, re.MULTILINE)
        first = told(server, "unseal", given=f"{shares[0]}\n")
        assert (first.returncode, first.stderr) == (0, "1 of 3 needed shares were given\n")
        again = told(server, "unseal", given=f"{shares[0]}\n")
        assert (again.returncode, "was given before" in again.stderr) == (4, True)
        assert "not a share" in told(server, "unseal", given="no such words\n").stderr
        last = told(server, "unseal", given=f"{shares[3]}\n{shares[1]}\n")
        assert (last.returncode, last.stderr) == (0, "2 of 3 needed shares were given\nopen\n")
        assert server.client().list_secrets()["SecretList"] == []


def test_what_opens_it_is_taken_from_this_machine_or_over_tls_only(tmp_path: Path, running: Server) -> None:
    sealed(running)
    assert pushed(running, b"{}", X_Forwarded_For="192.0.2.1") == 403
    away = told(Server(**{**_fields(running), "url": "http://192.0.2.1:8470"}), "unseal", given="words\n")
    assert (away.returncode, "as it is" in away.stderr) == (2, True)


@pytest.mark.parametrize(
    "body", [b"[]", b"{", b'{"passphrase": 1}', b'{"share": "a", "passphrase": "b"}', b'{"x": "y"}', b'"\\ud800"']
)
def test_another_body_is_refused(running: Server, body: bytes) -> None:
    sealed(running)
    assert pushed(running, body) == 400


def test_guesses_come_one_after_another_and_slowly(running: Server) -> None:
    sealed(running)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: pushed(running, b'{"passphrase": "a guess"}'), range(6)))
    assert set(answers) == {403, 429}


def test_it_is_unsealed_over_tls(tmp_path: Path) -> None:
    passphrase, data, files = secrets.token_hex(12), tmp_path / "data", certificate(tmp_path)
    words = ("vault", "init", "--data-dir", str(data), "--format", "json", "--root-key", "passphrase-fd:0")
    made = run_command(*words, environment=plain_environment(), given=f"{passphrase}\n")
    assert made.returncode == 0, made.stderr
    arguments = ("--tls-cert", str(files.certificate), "--tls-key", str(files.key))
    with serving(data, json.loads(made.stdout), arguments) as (server, _):
        bundle = {"AWS_CA_BUNDLE": str(files.certificate)}
        assert told(server, "unseal", given=f"{passphrase}\n").returncode == 4
        assert told(server, "unseal", given=f"{passphrase}\n", **bundle).returncode == 0
        assert told(server, "seal", **{**server.environment(), **bundle}).returncode == 0


def test_a_vault_in_memory_is_not_sealed_since_it_would_be_lost(tmp_path: Path) -> None:
    command = command_line("serve", "--data-dir", ":memory:", "--listen", "127.0.0.1:0")
    with subprocess.Popen(
        command, env=plain_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        administrator = json.loads(process.stdout.readline())
        url = process.stderr.readline().split()[-1]
        fields = {name: administrator[name] for name in ("access_key_id", "secret_access_key", "region")}
        server = Server(url=url, data_dir=tmp_path, **fields)
        done = told(server, "seal", **server.environment())
        assert (done.returncode, "is lost" in done.stderr) == (5, True)
        assert server.client().list_secrets()["SecretList"] == []
        process.terminate()


def test_nothing_that_was_typed_or_opened_shows_in_the_log(tmp_path: Path) -> None:
    passphrase = secrets.token_hex(12)
    data = tmp_path / "data"
    descriptor = fed(f"{passphrase}\n".encode())
    made = subprocess.run(
        command_line("vault", "init", "--data-dir", str(data), "--format", "json",
                     "--root-key", f"passphrase-fd:{descriptor}"),
        env=plain_environment(), capture_output=True, text=True, check=True, pass_fds=(descriptor,),
    )  # fmt: skip
    with serving(data, json.loads(made.stdout), ["--log-format", "json"]) as (server, process):
        wrong = secrets.token_hex(12)
        told(server, "unseal", given=f"{wrong}\n")
        told(server, "unseal", given=f"{passphrase}\n")
        sealed(server)
        process.terminate()
        assert process.stderr is not None
        log = process.stderr.read().decode()
    assert "unsealed by request" in log
    assert "sealed by request" in log
    assert passphrase not in log
    assert wrong not in log


def test_keys_of_a_closed_store_are_overwritten() -> None:
    barrier = Barrier(SecretValue(secrets.token_bytes(32)), "a store")
    keys = list(barrier._keys.values())
    barrier.wipe()
    gc.collect()
    assert {bytes(key) for key in keys} == {bytes(32)}
    with pytest.raises(Sealed):
        barrier.mac(Purpose.STATE, b"anything")


def _fields(server: Server) -> dict[str, Any]:
    return {name: getattr(server, name) for name in ("data_dir", "access_key_id", "secret_access_key", "region")}


def test_without_anything_to_sign_with_nothing_is_sent(running: Server) -> None:
    nowhere = {"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"}
    done = told(running, "seal", AWS_EC2_METADATA_DISABLED="true", **nowhere)
    assert (done.returncode, "hint: name the vault's folder with --data-dir" in done.stderr) == (5, True)
    assert asked(running, "ready")[0] == 200
