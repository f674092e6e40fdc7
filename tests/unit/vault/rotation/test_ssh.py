"""What is SSH's own about rotation, on a real sshd; and the text of authorized keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import asyncssh
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.testing.ports import free_port
from tests.testing.rotators import Subject, subject
from tests.testing.sshd import SSHServer, running_sshd
from vault.bootstrap import Vault
from vault.rotation.rotators.authorized_keys import AuthorizedKeys
from vault.rotation.rotators.base import RotationFailed


@pytest.fixture(scope="module")
def sshd() -> Iterator[SSHServer]:
    with running_sshd() as server:
        yield server


def account(vault: Vault, server: SSHServer, key: asyncssh.SSHKey, **changed: Any) -> Subject:
    passphrase = changed.get("passphrase")
    value = {
        "host": server.host,
        "port": server.port,
        "username": server.username,
        "host_key": server.host_key,
        "authorized_keys": str(server.authorized_keys),
        "private_key": key.export_private_key(passphrase=passphrase).decode(),
    }
    server.let_in(key.export_public_key().decode().strip())
    return subject(vault, "ssh-single", {**value, **changed})


@pytest.mark.parametrize(("kind", "size"), [("ssh-ed25519", None), ("ssh-rsa", 2048), ("ecdsa-sha2-nistp256", None)])
def test_the_new_key_is_of_the_kind_of_the_old_one(vault: Vault, sshd: SSHServer, kind: str, size: int | None) -> None:
    options = {} if size is None else {"key_size": size}
    login = account(vault, sshd, asyncssh.generate_private_key(kind, **options))
    login.rotate()
    made = asyncssh.import_private_key(login.content()["private_key"])
    assert made.get_algorithm() == kind
    assert login.content()["public_key"].startswith(kind)
    if kind == "ssh-rsa":
        assert made.pyca_key.key_size == 3072


def test_a_key_stays_under_its_passphrase(vault: Vault, sshd: SSHServer) -> None:
    login = account(vault, sshd, asyncssh.generate_private_key("ssh-ed25519"), passphrase="a few " + "words")
    login.rotate()
    with pytest.raises(asyncssh.KeyImportError):
        asyncssh.import_private_key(login.content()["private_key"])


def test_the_new_key_may_do_what_the_old_one_may_and_others_stay(vault: Vault, sshd: SSHServer) -> None:
    other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGFueWJvZHkncyBvd24ga2V5LCB1bnRvdWNoZWQh someone@else"
    sshd.let_in(f"# a comment\n{other}")
    key = asyncssh.generate_private_key("ssh-ed25519")
    login = account(vault, sshd, key)
    text = sshd.authorized_keys.read_text()
    old = key.export_public_key().decode().strip()
    sshd.authorized_keys.write_text(text.replace(old, f'no-pty,environment="A=b c" {old}'))
    login.rotate()
    lines = sshd.authorized_keys.read_text().splitlines()
    public = " ".join(login.content()["public_key"].split()[:2])
    (line,) = [line for line in lines if public in line]
    assert line.startswith('no-pty,environment="A=b c" ssh-ed25519 ')
    assert {"# a comment", other} <= set(lines)
    assert sshd.authorized_keys.stat().st_mode & 0o777 == 0o600


def test_a_server_with_another_host_key_is_sent_nothing(vault: Vault, sshd: SSHServer) -> None:
    wrong = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    login = account(vault, sshd, asyncssh.generate_private_key("ssh-ed25519"), host_key=wrong)
    with pytest.raises(RotationFailed, match="has another host key than the secret says"):
        login.rotate()


def test_a_key_that_was_removed_by_hand_is_told(vault: Vault, sshd: SSHServer) -> None:
    login = account(vault, sshd, asyncssh.generate_private_key("ssh-ed25519"))
    sshd.authorized_keys.write_text("")
    with pytest.raises(RotationFailed, match=r"does not let the current key of .* in"):
        login.rotate()


def test_a_server_that_is_down_is_told(vault: Vault, sshd: SSHServer) -> None:
    login = account(vault, sshd, asyncssh.generate_private_key("ssh-ed25519"), port=free_port())
    with pytest.raises(RotationFailed, match="cannot be reached over SSH"):
        login.rotate()


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"private_key": "none"}, "the private_key of .* cannot be read"),
        ({"host_key": "none"}, "is no public key"),
        ({"port": "ssh"}, "the port of .* is no number"),
        ({"host_key": None}, "is not a JSON object with host, username, private_key, host_key"),
    ],
)
def test_what_is_no_account_is_told(vault: Vault, sshd: SSHServer, changed: dict[str, Any], reason: str) -> None:
    login = account(vault, sshd, asyncssh.generate_private_key("ssh-ed25519"), **changed)
    with pytest.raises(RotationFailed, match=reason):
        login.rotate()


KEYS = [f"ssh-ed25519 AAAA{letter}" for letter in "abcd"]


def test_what_an_abandoned_rotation_left_goes_with_the_next() -> None:
    file = AuthorizedKeys(text=f"{KEYS[0]} me\n", mark="m")
    once = file.replaced([], KEYS[0], KEYS[1])
    assert once.text == f"{KEYS[0]} me\n{KEYS[1]} strongroom:m\n"
    again = once.replaced([], KEYS[0], KEYS[2])
    assert again.text == f"{KEYS[0]} me\n{KEYS[2]} strongroom:m\n"


@given(st.permutations(KEYS), st.integers(0, 4))
def test_a_second_change_alike_changes_nothing(keys: list[str], old: int) -> None:
    file = AuthorizedKeys(text="".join(f"{key} c\n" for key in keys), mark="m")
    once = file.replaced(keys[2 : 2 + old], keys[0], keys[1])
    assert once.replaced(keys[2 : 2 + old], keys[0], keys[1]) == once
    assert keys[0] in once.text


def test_a_key_that_another_ones_data_begins_with_stays() -> None:
    file = AuthorizedKeys(text="ssh-ed25519 AAAAab x\n#ssh-ed25519 AAAAa\n", mark="m")
    assert file.without("ssh-ed25519 AAAAa").text == file.text
