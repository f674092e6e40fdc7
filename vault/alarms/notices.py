"""Whom alarms tell, as the settings have it: `[notify.NAME]` tables and the environment; no secret stands in either.

`STRONGROOM_NOTIFY_NAME_KEY` sets or replaces a key of `[notify.NAME]`, where the name is in capitals with `_` for `-`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from strongroom.kernel.errors import UsageError
from strongroom.wire.loopback import is_loopback

FILE = "strongroom.toml"
"""The settings beside a store, read where no others are named."""
_VARIABLE = "STRONGROOM_NOTIFY_"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")
_MOST_BYTES = 1_000_000
_PORTS = {"starttls": 587, "tls": 465, "none": 25}


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """Where a password or signing secret is: a private file, or a secret of the store, whole or one field of it."""

    file: Path | None = None
    secret: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogNotice:
    """Told in the server's log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileNotice:
    """A JSON line added to a file."""

    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class MailNotice:
    """An e-mail. `encryption` is `starttls`, `tls`, or `none` on this machine."""

    host: str
    port: int
    encryption: str
    sender: str
    recipients: tuple[str, ...]
    username: str = ""
    password: Credential | None = None
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookNotice:
    """A signed POST."""

    url: str
    signing_key: Credential
    ca_file: Path | None = None


Notice = LogNotice | FileNotice | MailNotice | WebhookNotice

_KEYS: Mapping[str, tuple[str, ...]] = {
    "log": (),
    "file": ("path",),
    "smtp": (
        "host", "port", "encryption", "from", "to", "username", "password_file", "password_secret", "password_field",
        "ca_file",
    ),
    "webhook": ("url", "signing_key_file", "signing_key_secret", "signing_key_field", "ca_file"),
}  # fmt: skip
_ALL_KEYS = sorted({"kind", *(key for keys in _KEYS.values() for key in keys)}, key=len, reverse=True)


def load_notices(file: Path | None, environ: Mapping[str, str]) -> dict[str, Notice]:
    """Return whom `file`, where there is one, and the environment name. Raises `UsageError` naming table and key."""
    tables = _tables(file) if file is not None else {}
    for variable, text in environ.items():
        if variable.startswith(_VARIABLE):
            _set(tables, variable, text)
    folder = file.parent if file is not None else Path()
    return {name: _Table(name, content, folder).notice() for name, content in tables.items()}


def _tables(file: Path) -> dict[str, dict[str, Any]]:
    try:
        with file.open("rb") as stream:
            content = tomllib.loads(stream.read(_MOST_BYTES).decode())
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"{file} is not valid TOML: {error}") from None
    found = content.get("notify", {})
    if not isinstance(found, dict) or not all(isinstance(each, dict) for each in found.values()):
        raise UsageError(f"{file}: notify is no table of tables", hint="write [notify.NAME]")
    return {name: dict(each) for name, each in found.items()}


def _set(tables: dict[str, dict[str, Any]], variable: str, text: str) -> None:
    said = variable.removeprefix(_VARIABLE).lower()
    key = next((each for each in _ALL_KEYS if said.endswith(f"_{each}")), None)
    if key is None:
        raise UsageError(f"{variable} names no key", hint=f"known keys: {', '.join(sorted(_ALL_KEYS))}")
    name = said.removesuffix(f"_{key}")
    known = next((each for each in tables if each.lower().replace("-", "_") == name), name)
    tables.setdefault(known, {})[key] = [part.strip() for part in text.split(",")] if key == "to" else text


class _Table:
    """One table under `notify`."""

    def __init__(self, name: str, content: Mapping[str, Any], folder: Path) -> None:
        self._where = f"notify.{name}"
        self._content = content
        self._folder = folder
        if not _NAME.fullmatch(name):
            raise UsageError(f"[{self._where}] has a name that no topic has", hint="letters, digits, - and _")

    def notice(self) -> Notice:
        kind = self._text("kind")
        if kind not in _KEYS:
            raise UsageError(f"[{self._where}] has the kind {kind!r}", hint=f"known kinds: {', '.join(_KEYS)}")
        unknown = self._content.keys() - {"kind", *_KEYS[kind]}
        if unknown:
            raise UsageError(
                f"[{self._where}] has the unknown key {min(unknown)}",
                hint=f"known keys: {', '.join(('kind', *_KEYS[kind]))}",
            )
        if kind == "log":
            return LogNotice()
        if kind == "file":
            return FileNotice(path=self._folder / self._text("path"))
        return self._mail() if kind == "smtp" else self._webhook()

    def _mail(self) -> MailNotice:
        host, encryption = self._text("host"), self._text("encryption", "starttls")
        if encryption not in _PORTS:
            raise UsageError(f"[{self._where}] encryption is {encryption!r}", hint="starttls, tls or none")
        if encryption == "none" and not is_loopback(host):
            raise UsageError(f"[{self._where}] would send over the network in the clear", hint="starttls or tls")
        username = self._text("username", "")
        return MailNotice(
            host=host,
            port=self._port(_PORTS[encryption]),
            encryption=encryption,
            sender=self._text("from"),
            recipients=self._recipients(),
            username=username,
            password=self._credential("password") if username else None,
            ca_file=self._path("ca_file"),
        )

    def _webhook(self) -> WebhookNotice:
        url = self._text("url")
        try:
            place = urlsplit(url)
            right = place.scheme in ("http", "https") and place.port != 0 and place.username is None
        except ValueError:
            right = False
        if not right or not place.hostname:
            raise UsageError(f"[{self._where}] url is no http or https URL without a user")
        if place.scheme == "http" and not is_loopback(place.hostname):
            raise UsageError(f"[{self._where}] would send over the network in the clear", hint="use https://")
        return WebhookNotice(url=url, signing_key=self._credential("signing_key"), ca_file=self._path("ca_file"))

    def _credential(self, what: str) -> Credential:
        file, secret = self._path(f"{what}_file"), self._text(f"{what}_secret", "")
        if (file is None) == (not secret):
            raise UsageError(
                f"[{self._where}] needs {what}_file or {what}_secret, and not both",
                hint="a file with mode 0600, or the name of a secret of this store",
            )
        return Credential(file=file, secret=secret, field=self._text(f"{what}_field", ""))

    def _recipients(self) -> tuple[str, ...]:
        found = self._content.get("to")
        found = [found] if isinstance(found, str) else found
        if not isinstance(found, list) or not found or not all(isinstance(each, str) and each for each in found):
            raise UsageError(f"[{self._where}] to is no list of addresses")
        return tuple(found)

    def _port(self, usual: int) -> int:
        port = self._content.get("port", usual)
        if isinstance(port, str) and port.isascii() and port.isdigit():
            port = int(port)
        if isinstance(port, bool) or not isinstance(port, int) or not 0 < port < 1 << 16:
            raise UsageError(f"[{self._where}] port is no number of a port")
        return port

    def _path(self, key: str) -> Path | None:
        text = self._text(key, "")
        return self._folder / text if text else None

    def _text(self, key: str, usual: str | None = None) -> str:
        found = self._content.get(key, usual)
        if not isinstance(found, str) or (usual is None and not found):
            raise UsageError(f"[{self._where}] needs {key}", hint=f'for instance {key} = "…"')
        return found
