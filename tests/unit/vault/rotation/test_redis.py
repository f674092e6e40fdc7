"""What is Redis's own about rotation: overlap, rules that are cloned, and what a restart keeps."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import redis

from tests.testing.ports import free_port
from tests.testing.redis import running_redis, running_redis_from
from tests.testing.rotators import Subject, hurting_password, stored, subject
from vault.bootstrap import Vault
from vault.rotation.rotators.base import RotationFailed, Step
from vault.rotation.rotators.redis_acl import RedisSession


@pytest.fixture
def admin_password() -> str:
    return secrets.token_hex(12)


@pytest.fixture
def port(tmp_path: Path, admin_password: str) -> Iterator[int]:
    with running_redis(tmp_path, f"requirepass {admin_password}") as port:
        yield port


def login_of(vault: Vault, port: int, admin_password: str, strategy: str, *rules: str) -> Subject:
    name, password = f"o-{secrets.token_hex(4)}", hurting_password().replace(" ", "_")
    with redis.Redis(port=port, password=admin_password) as admin:
        admin.execute_command("ACL", "SETUSER", name, "on", f">{password}", *(rules or ("~*", "+get")))
    where = {"engine": "redis", "host": "127.0.0.1", "port": port}
    master = stored(vault, {**where, "password": admin_password})
    return subject(vault, strategy, {**where, "username": name, "password": password, "masterarn": master})


def accepts(port: int, name: str, password: str) -> bool:
    with redis.Redis(port=port, username=name, password=password) as client:
        try:
            client.get("any")
        except redis.AuthenticationError:
            return False
        except redis.exceptions.NoPermissionError:
            return True
        return True


def rules(port: int, admin_password: str, name: str) -> list[str]:
    with redis.Redis(port=port, password=admin_password) as admin:
        lines = [line.decode() for line in admin.execute_command("ACL", "LIST")]
    line = next(line for line in lines if line.startswith(f"user {name} "))
    words = line.removeprefix(f"user {name} ").split()
    # What is restored is looked at by default; a user that was reset says so, too.
    return [word for word in words if not word.startswith("#") and word != "sanitize-payload"]


def test_the_clone_has_the_same_rules(vault: Vault, port: int, admin_password: str) -> None:
    login = login_of(
        vault, port, admin_password, "redis-alternating",
        "%R~read:*", "~write:*", "resetchannels", "&news.*", "-@all", "+@read", "-get", "(~other:* +set -del)",
    )  # fmt: skip
    name = login.content()["username"]
    login.rotate()
    clone = rules(port, admin_password, f"{name}_clone")
    assert clone == rules(port, admin_password, name)
    assert "(~other:*" in clone


def test_what_was_put_there_by_hand_ends_too(vault: Vault, port: int, admin_password: str) -> None:
    login = login_of(vault, port, admin_password, "redis-single")
    name, extra = login.content()["username"], secrets.token_hex(8)
    with redis.Redis(port=port, password=admin_password) as admin:
        admin.execute_command("ACL", "SETUSER", name, f">{extra}")
    login.rotate()
    assert not accepts(port, name, extra)


def test_a_user_who_needs_no_password_is_told(vault: Vault, port: int, admin_password: str) -> None:
    login = login_of(vault, port, admin_password, "redis-single")
    with redis.Redis(port=port, password=admin_password) as admin:
        admin.execute_command("ACL", "SETUSER", login.content()["username"], "nopass")
    with pytest.raises(RotationFailed, match="takes any password of the user"):
        login.rotate()
    with pytest.raises(RotationFailed, match="takes any password of the user"):
        login.accepts(login.value() or "")


def test_a_user_who_may_change_users_needs_no_superuser(vault: Vault, port: int, admin_password: str) -> None:
    login = login_of(vault, port, admin_password, "redis-single", "~*", "+@all")
    login.put({key: value for key, value in login.content().items() if key != "masterarn"})
    login.rotate()
    assert accepts(port, login.content()["username"], login.content()["password"])


def test_the_default_user_is_meant_where_none_is_named(vault: Vault, port: int, admin_password: str) -> None:
    login = subject(
        vault, "redis-single", {"engine": "redis", "host": "127.0.0.1", "port": port, "password": admin_password}
    )
    login.rotate()
    login.rotate()
    assert not accepts(port, "default", admin_password)
    assert accepts(port, "default", login.content()["password"])


Started = Callable[[], int]


@pytest.fixture(params=["acl file", "configuration"])
def restarted(request: pytest.FixtureRequest, tmp_path: Path, admin_password: str) -> Iterator[Started]:
    """Start, or start again, a server that has something that outlives it."""
    port, config, users = free_port(), tmp_path / "redis.conf", tmp_path / "users.acl"
    lines = [f"port {port}", "bind 127.0.0.1", 'save ""', f"dir {tmp_path}"]
    if request.param == "acl file":
        users.write_text(f"user default on >{admin_password} ~* &* +@all\n")
        lines.append(f"aclfile {users}")
    else:
        lines.append(f"requirepass {admin_password}")
    config.write_text("\n".join([*lines, ""]))
    with ExitStack() as stack:

        def start() -> int:
            stack.close()
            stack.enter_context(running_redis_from(config, port))
            return port

        yield start


@pytest.mark.parametrize("strategy", ["redis-single", "redis-alternating"])
def test_a_restart_keeps_the_change(vault: Vault, restarted: Started, admin_password: str, strategy: str) -> None:
    port = restarted()
    login = login_of(vault, port, admin_password, strategy)
    login.rotate()
    restarted()
    assert accepts(port, login.content()["username"], login.content()["password"])
    login.rotate()
    restarted()
    assert accepts(port, login.content()["username"], login.content()["password"])


def test_a_restart_keeps_what_became_of_the_default_user(vault: Vault, restarted: Started, admin_password: str) -> None:
    port = restarted()
    where = {"engine": "redis", "host": "127.0.0.1", "port": port}
    login = subject(vault, "redis-single", {**where, "password": admin_password})
    login.rotate()
    login.rotate()
    restarted()
    assert not accepts(port, "default", admin_password)
    assert accepts(port, "default", login.content()["password"])


def test_a_server_that_cannot_write_its_file_is_told(vault: Vault, tmp_path: Path, admin_password: str) -> None:
    users = tmp_path / "gone" / "users.acl"
    users.parent.mkdir()
    users.write_text(f"user default on >{admin_password} ~* &* +@all\n")
    with running_redis(tmp_path, f"aclfile {users}") as port:
        login = login_of(vault, port, admin_password, "redis-single")
        subprocess.run(["rm", "-r", str(users.parent)], check=True)
        with pytest.raises(RotationFailed, match="cannot keep the change beyond a restart"):
            login.rotate()
        assert accepts(port, login.content()["username"], login.content()["password"])


def test_names_that_would_spoil_the_configuration_are_told_before_anything_changes(
    vault: Vault, tmp_path: Path, admin_password: str
) -> None:
    port, config = free_port(), tmp_path / "redis.conf"
    config.write_text(f"port {port}\nbind 127.0.0.1\nrequirepass {admin_password}\ndir {tmp_path}\n")
    with running_redis_from(config, port):
        with redis.Redis(port=port, password=admin_password) as admin:
            admin.execute_command("ACL", "SETUSER", "o'brien", "on")
        login = login_of(vault, port, admin_password, "redis-single")
        with pytest.raises(RotationFailed, match="give it an ACL file"):
            login.rotate()
        assert len(admin_passwords(port, admin_password, login.content()["username"])) == 1


def admin_passwords(port: int, admin_password: str, name: str) -> list[str]:
    with redis.Redis(port=port, password=admin_password) as admin:
        return list(admin.acl_getuser(name)["passwords"])


def test_a_change_that_was_not_written_down_is_on_the_next_try(
    vault: Vault, restarted: Started, admin_password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = restarted()
    login = login_of(vault, port, admin_password, "redis-single")
    token = login.start()
    with monkeypatch.context() as patch:
        patch.setattr(RedisSession, "write_down", lambda self: None)
        for step in (Step.CREATE, Step.SET):
            login.function(token).run(step)
    login.run(token)
    restarted()
    assert accepts(port, login.content()["username"], login.content()["password"])


def test_the_server_is_told_hashes(
    vault: Vault, port: int, admin_password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    login, told, plain = login_of(vault, port, admin_password, "redis-alternating"), [], RedisSession._command
    monkeypatch.setattr(RedisSession, "_command", lambda self, *words: told.append(words) or plain(self, *words))
    passwords = [login.content()["password"]]
    for _ in range(2):
        login.rotate()
        passwords.append(login.content()["password"])
    assert any("SETUSER" in words for words in told)
    assert not any(password in f"{told}" for password in passwords)
