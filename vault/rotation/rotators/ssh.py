"""Rotates the SSH key of an account: the new public key is put beside the old one, over SFTP with the old key.

The old key stays good until the next rotation, or until it is revoked. Lines that this function wrote carry a mark, so
that what an abandoned rotation left behind goes too. Sources: sshd(8), "AUTHORIZED_KEYS FILE FORMAT"; RFC 4252.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from strongroom.kernel.secretvalue import SecretValue
from vault.rotation.rotators.authorized_keys import AuthorizedKeys
from vault.rotation.rotators.base import PREVIOUS, Errand, RotationFailed, Rotator

_REQUIRED = ("host", "username", "private_key", "host_key")
_SECONDS = 15
_RSA_BITS = 3072
_FILE = ".ssh/authorized_keys"
_PORT = 22


def rotator(errand: Errand, engine: str, strategy: str) -> Rotator:
    """Return the function; there is one strategy, and the overlap of two keys is part of it."""
    return SSHKeys(errand)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Account:
    """Where a key lets one in, and the key."""

    host: str
    port: int
    username: str
    host_key: str
    file: str
    key: Any
    passphrase: str | None

    @property
    def place(self) -> str:
        return f"{self.username}@{self.host}:{self.port}"

    @property
    def public(self) -> str:
        """The public key without a comment: kind and data."""
        return " ".join(self.key.export_public_key().decode().split()[:2])


class SSHKeys(Rotator):
    """Takes `{"host", "port", "username", "private_key", "host_key"}`; the last is a line of a public key."""

    def new_value(self, current: SecretValue) -> SecretValue:
        """Return the same account with a new key of the same kind."""
        account, content = self._read(current), json.loads(current.reveal_text())
        made = _new_key(_driver(), account.key)
        private = made.export_private_key("openssh", passphrase=account.passphrase).decode()
        return SecretValue(
            json.dumps({**content, "private_key": private, "public_key": made.export_public_key().decode().strip()})
        )

    def set_secret(self) -> None:
        """Let the pending key in, beside the current one and nothing older."""
        pending, current = self._read(self.pending()), self._read(self.current())
        if self._works(pending):
            return
        if pending.place != current.place or pending.host_key != current.host_key:
            raise RotationFailed(f"the pending value of {self._arn} is for {pending.place}, not for {current.place}")
        previous = self._previous(current)
        for account in (current, *previous):
            if self._works(account):
                self._add(account, pending, [each.public for each in previous if each is not account])
                return
        raise RotationFailed(f"{current.place} does not let the current key of {self._arn} in; was it removed by hand?")

    def test_secret(self) -> None:
        """Log in with the pending key."""
        pending = self._read(self.pending())
        if not self._works(pending):
            raise RotationFailed(f"{pending.place} does not let the new key of {self._arn} in")

    def accepts(self, value: SecretValue) -> bool:
        """Tell whether a key is let in."""
        return self._works(self._read(value))

    def revoke(self, value: SecretValue) -> None:
        """Take a key out of the account's keys, logging in with the current one."""
        old, current = self._read(value), self._read(self.current())
        if old.public == current.public:
            raise self.still_current()
        if self._works(old):
            if old.place != current.place:
                raise RotationFailed(f"the value to be revoked is for {old.place}, and {self._arn} for {current.place}")
            self._edit(current, lambda keys: keys.without(old.public))

    def _add(self, account: _Account, pending: _Account, old: list[str]) -> None:
        self._edit(account, lambda keys: keys.replaced(old, account.public, pending.public))

    def _previous(self, current: _Account) -> list[_Account]:
        value = self.value(PREVIOUS)
        try:
            account = None if value is None else self._read(value)
        except RotationFailed:
            return []
        return [account] if account is not None and account.place == current.place else []

    def _works(self, account: _Account) -> bool:
        return bool(asyncio.run(_logged_in(account, _nothing)))

    def _edit(self, account: _Account, change: Callable[[AuthorizedKeys], AuthorizedKeys]) -> None:
        mark = self._arn.rpartition(":")[2]

        async def edit(connection: Any) -> None:
            await _edited(connection, account, lambda text: change(AuthorizedKeys(text=text, mark=mark)).text)

        if not asyncio.run(_logged_in(account, edit)):
            raise RotationFailed(f"{account.place} does not let the key of {self._arn} in")

    def _read(self, value: SecretValue) -> _Account:
        try:
            content = json.loads(value.reveal_text())
        except ValueError:
            content = None
        if not isinstance(content, dict) or not all(isinstance(content.get(name), str) for name in _REQUIRED):
            raise RotationFailed(f"{self._arn} is not a JSON object with {', '.join(_REQUIRED)}")
        port = content.get("port", _PORT)
        if isinstance(port, bool) or not str(port).isdecimal():
            raise RotationFailed(f"the port of {self._arn} is no number")
        return _Account(
            host=content["host"],
            port=int(port),
            username=content["username"],
            host_key=content["host_key"],
            file=content.get("authorized_keys", _FILE),
            key=self._key(content["private_key"], content.get("passphrase")),
            passphrase=content.get("passphrase"),
        )

    def _key(self, text: str, passphrase: str | None) -> Any:
        asyncssh = _driver()
        try:
            return asyncssh.import_private_key(text, passphrase)
        except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
            raise RotationFailed(f"the private_key of {self._arn} cannot be read") from None


async def _nothing(_connection: Any) -> None:
    """Being let in is all."""


async def _logged_in(account: _Account, act: Callable[[Any], Any]) -> bool:
    """Do something on an account; False where its key is not let in. Raises `RotationFailed`."""
    asyncssh = _driver()
    try:
        async with asyncssh.connect(
            account.host, account.port, username=account.username, client_keys=[account.key],
            known_hosts=_known(asyncssh, account), config=None, agent_path=None, preferred_auth="publickey",
            gss_host=None, connect_timeout=_SECONDS, login_timeout=_SECONDS,
        ) as connection:  # fmt: skip
            await act(connection)
            return True
    except asyncssh.PermissionDenied:
        return False
    except asyncssh.HostKeyNotVerifiable:
        raise RotationFailed(f"{account.place} has another host key than the secret says") from None
    except asyncssh.SFTPError as error:
        raise RotationFailed(f"{account.place}: {account.file} cannot be changed over SFTP ({error.code})") from None
    except (asyncssh.Error, OSError, TimeoutError):
        raise RotationFailed(f"{account.place} cannot be reached over SSH") from None


async def _edited(connection: Any, account: _Account, change: Callable[[str], str]) -> None:
    """Change the file at once: a reader sees the old or the new one whole, and its mode stays."""
    async with connection.start_sftp_client() as files:
        mode = (await files.stat(account.file)).permissions or 0o600
        async with files.open(account.file) as stream:
            before = await stream.read()
        after = change(before)
        if after == before:
            return
        beside = f"{account.file}.strongroom"
        async with files.open(beside, "w") as stream:
            await stream.write(after)
        await files.chmod(beside, mode & 0o777)
        await files.posix_rename(beside, account.file)


def _known(asyncssh: Any, account: _Account) -> Any:
    try:
        return [asyncssh.import_public_key(line) for line in account.host_key.splitlines() if line.strip()], [], []
    except asyncssh.KeyImportError:
        raise RotationFailed(f"the host_key of the secret for {account.place} is no public key") from None


def _new_key(asyncssh: Any, old: Any) -> Any:
    kind = old.get_algorithm()
    if kind == "ssh-rsa":
        return asyncssh.generate_private_key(kind, key_size=max(_RSA_BITS, old.pyca_key.key_size))
    return asyncssh.generate_private_key(kind)


def _driver() -> Any:
    try:
        import asyncssh
    except ImportError:
        raise RotationFailed("the SSH library is missing: pip install 'strongroom[rotators]'") from None
    logging.getLogger("asyncssh").setLevel(logging.ERROR)
    return asyncssh
