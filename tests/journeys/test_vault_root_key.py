"""A vault whose root key is kept by something else than a file, from a shell."""

from __future__ import annotations

import json
import os
import pty
import re
import secrets
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.contract.seal.keepers import fed, kms_environment
from tests.testing.commands import FED, run_command
from tests.testing.secretservice import secret_service
from tests.testing.server import command_line, make_vault, plain_environment, running_server, serving
from tests.testing.softhsm import soft_token


def _vault(
    folder: Path, *arguments: str, given: str = "", passphrases: tuple[str, ...] = (), **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a command on the vault; `{}` in an argument or variable is the descriptor that gives the passphrases."""
    return run_command(
        *("vault", *(each.format(FED) for each in arguments), "--data-dir", str(folder)),
        environment=plain_environment(**{name: text.format(FED) for name, text in variables.items()}),
        given=given,
        fed="".join(f"{each}\n" for each in passphrases),
    )


@pytest.fixture
def passphrase() -> str:
    """A passphrase nobody else has."""
    return secrets.token_hex(12)


@pytest.fixture
def folder(tmp_path: Path, passphrase: str) -> Path:
    """A vault under the passphrase, with the secret `app/db`."""
    place = tmp_path / "vault"
    made = _vault(place, "init", "--root-key", "passphrase-fd:{}", passphrases=(passphrase,))
    assert made.returncode == 0, made.stderr
    stored = _vault(
        place, "create", "app/db", given="a value", passphrases=(passphrase,), STRONGROOM_ROOT_KEY="passphrase-fd:{}"
    )
    assert stored.returncode == 0, stored.stderr
    return place


def test_no_file_holds_the_key_as_it_is(folder: Path) -> None:
    assert not (folder / "root.key").exists()
    assert json.loads((folder / "root-key.json").read_bytes())["keeper"] == "passphrase"


@pytest.mark.parametrize("command", [["get", "app/db"], ["verify"], ["trail", "key"], ["list"]])
def test_every_command_takes_the_passphrase(folder: Path, passphrase: str, command: list[str]) -> None:
    opened = _vault(folder, *command, "--root-key", "passphrase-fd:{}", passphrases=(passphrase,))
    assert opened.returncode == 0, opened.stderr


def test_a_wrong_passphrase_opens_nothing(folder: Path, passphrase: str) -> None:
    other = secrets.token_hex(12)
    refused = _vault(folder, "get", "app/db", "--root-key", "passphrase-fd:{}", passphrases=(other,))
    assert (refused.returncode, refused.stdout) == (4, "")
    assert "The passphrase does not open the root key" in refused.stderr
    assert other not in refused.stderr


def test_without_a_passphrase_the_way_is_told(folder: Path) -> None:
    refused = _vault(folder, "get", "app/db")
    assert (refused.returncode, "--root-key passphrase-fd:3" in refused.stderr) == (4, True)


def test_a_terminal_is_asked_without_echo(folder: Path, passphrase: str) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command_line("vault", "get", "app/db", "--data-dir", str(folder)),
        env=plain_environment(), stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    ) as asking:  # fmt: skip
        assert asking.stdout is not None
        assert asking.stderr is not None
        prompt = asking.stderr.read(len(b"passphrase of the root key: "))
        # What is typed before the prompt is thrown away.
        os.write(ours, passphrase.encode() + b"\n")
        shown = asking.stdout.read()
    os.close(theirs)
    assert (prompt, shown) == (b"passphrase of the root key: ", b"a value")
    # The other side is closed and left nothing to read: there was no echo.
    with pytest.raises(OSError, match="Input/output"):
        os.read(ours, 4096)
    os.close(ours)


def test_a_setting_that_is_none_is_refused_and_not_shown(folder: Path, passphrase: str) -> None:
    refused = _vault(folder, "get", "app/db", "--root-key", f"passphrase-fd:{passphrase}")
    assert (refused.returncode, passphrase in refused.stderr) == (2, False)


def test_another_keeper_than_the_envelope_names_is_refused(folder: Path) -> None:
    refused = _vault(folder, "get", "app/db", "--root-key", "file:/dev/null")
    assert (refused.returncode, "kept by passphrase, not by file" in refused.stderr) == (4, True)


def test_a_root_key_file_elsewhere_is_found_again(tmp_path: Path) -> None:
    place, key = tmp_path / "vault", tmp_path / "stick.key"
    assert _vault(place, "init", "--root-key", f"file:{key}").returncode == 0
    assert not (place / "root.key").exists()
    assert _vault(place, "list").returncode == 0
    key.rename(tmp_path / "moved.key")
    assert _vault(place, "list").returncode == 4
    assert _vault(place, "list", "--root-key", f"file:{tmp_path / 'moved.key'}").returncode == 0


def test_what_failed_to_be_made_leaves_nothing(tmp_path: Path) -> None:
    refused = _vault(tmp_path / "vault", "init", "--root-key", "passphrase-fd:{}", passphrases=("short",))
    assert (refused.returncode, list((tmp_path / "vault").iterdir())) == (2, [])


def _shares(stderr: str) -> list[str]:
    return re.findall(r"^share \d+: (.+)$", stderr, re.MULTILINE)


def test_shares_are_shown_once_and_open_the_vault(tmp_path: Path) -> None:
    place = tmp_path / "vault"
    made = _vault(place, "init", "--root-key", "shamir", "--shares", "4", "--threshold", "2", "--format", "json")
    shares = _shares(made.stderr)
    assert (len(shares), json.loads(made.stdout)["region"]) == (4, "us-east-1")
    assert _vault(place, "list", given="\n".join(shares[2:])).returncode == 0
    refused = _vault(place, "list", given=shares[0])
    assert (refused.returncode, "1 of 2 needed shares were given" in refused.stderr) == (4, True)


def test_the_root_key_is_moved_round_and_values_stay(folder: Path, passphrase: str) -> None:
    other = secrets.token_hex(12)
    moved = _vault(
        folder, "rekey", "--root-key", "passphrase-fd:{}",
        passphrases=(passphrase, other), STRONGROOM_ROOT_KEY="passphrase-fd:{}",
    )  # fmt: skip
    assert moved.returncode == 0, moved.stderr
    shared = _vault(
        folder, "rekey", "--root-key", "shamir", passphrases=(other,), STRONGROOM_ROOT_KEY="passphrase-fd:{}"
    )
    shares = _shares(shared.stderr)
    assert len(shares) == 5, shared.stderr
    assert _vault(folder, "get", "app/db", given="\n".join(shares[:3])).stdout == "a value"
    assert _vault(folder, "rekey", "--root-key", "file", given="\n".join(shares[1:4])).returncode == 0
    assert _vault(folder, "get", "app/db").stdout == "a value"


def test_a_move_that_is_refused_changes_nothing(folder: Path, passphrase: str) -> None:
    before = (folder / "root-key.json").read_bytes()
    refused = _vault(
        folder, "rekey", "--root-key", "passphrase-fd:{}",
        passphrases=(passphrase, "short"), STRONGROOM_ROOT_KEY="passphrase-fd:{}",
    )  # fmt: skip
    assert (refused.returncode, (folder / "root-key.json").read_bytes()) == (2, before)


def test_a_token_opens_the_vault_for_every_command(tmp_path: Path) -> None:
    with soft_token(tmp_path) as token:
        place = tmp_path / "vault"
        made = _vault(place, "init", "--root-key", token.uri())
        assert made.returncode == 0, made.stderr
        assert _vault(place, "create", "app/db", given="a value").returncode == 0
        assert _vault(place, "get", "app/db").stdout == "a value"
        token.pin_file.unlink()
        assert _vault(place, "get", "app/db").returncode == 4


def test_a_keyring_opens_the_vault_for_every_command_of_its_user(tmp_path: Path) -> None:
    place = tmp_path / "vault"
    with secret_service(tmp_path):
        made = _vault(place, "init", "--root-key", "keyring")
        assert made.returncode == 0, made.stderr
        assert not (place / "root.key").exists()
        assert _vault(place, "create", "app/db", given="a value").returncode == 0
        assert _vault(place, "get", "app/db").stdout == "a value"
    elsewhere = {"DBUS_SESSION_BUS_ADDRESS": "", "XDG_RUNTIME_DIR": str(tmp_path / "none")}
    refused = _vault(place, "get", "app/db", **elsewhere)
    assert (refused.returncode, "There is no keyring that keeps secrets here" in refused.stderr) == (4, True)


def test_a_key_of_kms_opens_the_vault_for_whom_kms_lets(tmp_path: Path) -> None:
    place = tmp_path / "vault"
    make_vault(place)
    assert _vault(place, "create", "app/db", given="a value").returncode == 0
    with running_server(tmp_path / "kms") as server:
        there = kms_environment(server)
        key = server.client("kms").create_key()["KeyMetadata"]["Arn"]
        moved = _vault(place, "rekey", "--root-key", f"awskms:{key}", **there)
        assert moved.returncode == 0, moved.stderr
        assert not (place / "root.key").exists()
        assert _vault(place, "get", "app/db", **there).stdout == "a value"
        server.client("kms").disable_key(KeyId=key)
        refused = _vault(place, "get", "app/db", **there)
        assert (refused.returncode, "DisabledException" in refused.stderr) == (4, True)
        server.client("kms").enable_key(KeyId=key)
        assert _vault(place, "rekey", "--root-key", "file", **there).returncode == 0
    assert _vault(place, "get", "app/db").stdout == "a value"


@pytest.mark.parametrize("text", ["awskms:", "awskms:alias/x", "awskms:arn:aws:iam::123456789012:role/x"])
def test_what_is_no_key_of_kms_is_refused(tmp_path: Path, text: str) -> None:
    refused = _vault(tmp_path / "vault", "init", "--root-key", text)
    assert (refused.returncode, "no ARN of a key or alias" in refused.stderr) == (2, True)


def _status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code


def test_a_server_without_its_root_key_says_so_to_everybody(tmp_path: Path) -> None:
    place = tmp_path / "vault"
    administrator = make_vault(place)
    (place / "root.key").rename(tmp_path / "taken")
    with serving(place, administrator) as (server, process):
        assert process.stderr is not None
        assert b"sealed: The root key file" in process.stderr.readline()
        assert [_status(f"{server.url}/_strongroom/{name}") for name in ("health", "ready")] == [200, 503]
        for service, call in (("secretsmanager", "list_secrets"), ("sts", "get_caller_identity")):
            with pytest.raises(ClientError) as refused:
                getattr(server.client(service), call)()
            assert refused.value.response["Error"]["Code"].startswith("ServiceUnavailable")
            assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503


def test_a_server_takes_the_passphrase_from_its_descriptor(folder: Path, passphrase: str) -> None:
    descriptor = fed(passphrase.encode())
    command = command_line(
        "serve", "--data-dir", str(folder), "--listen", "127.0.0.1:0", "--root-key", f"passphrase-fd:{descriptor}"
    )
    with subprocess.Popen(
        command, env=plain_environment(), stderr=subprocess.PIPE, text=True, pass_fds=(descriptor,)
    ) as process:
        os.close(descriptor)
        assert process.stderr is not None
        url = process.stderr.readline().split()[-1]
        assert _status(f"{url}/_strongroom/ready") == 200
        process.terminate()
