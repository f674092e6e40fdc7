"""Reads a secret that is a login at a server, in the JSON layout that AWS documents for its database engines.

Source: Secrets Manager User Guide, "JSON structure of AWS Secrets Manager secrets"; the `ssl` field as AWS's rotation
templates read it: true or false, and anything else tries TLS first and then goes on without.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any

from strongroom.kernel.secretvalue import SecretValue
from vault.rotation.rotators.base import RotationFailed
from vault.rotation.rotators.engines import Engine, no_rotator

CLONE = "_clone"
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.\-]{0,252})|\[?[0-9A-Fa-f:.]{2,45}(?:%[A-Za-z0-9_.\-]+)?\]?")
"""A name or an address, and no list, path or URL that a driver would take for more than one."""
_MOST_PORT = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """One user at one server. `layout` is the secret's `engine`, `superuser` the ARN that `masterarn` holds.

    `tls` is None where the secret leaves it open. `document` is the whole JSON text, so that what is not read here is
    kept.
    """

    layout: str
    host: str
    port: int
    username: str
    password: SecretValue
    database: str
    tls: bool | None
    superuser: str | None
    document: SecretValue

    @property
    def place(self) -> str:
        """Where the server listens, for messages."""
        return f"{self.host}:{self.port}"

    def same_server(self, other: Login) -> bool:
        """Tell whether two logins are at one server."""
        return (self.host.lower(), self.port) == (other.host.lower(), other.port)

    def same_user(self, other: Login) -> bool:
        """Tell whether two logins are of one user at one server."""
        return self.same_server(other) and self.username == other.username

    def changed(self, password: SecretValue, username: str | None = None) -> SecretValue:
        """Return the secret's value with another password, and another user where one is named."""
        content = json.loads(self.document.reveal_text())
        if username is not None:
            content["username"] = username
        return SecretValue(json.dumps({**content, "password": password.reveal_text()}))

    def over(self, tls: bool | None) -> Login:
        """Return the same login with another setting of `ssl`."""
        return replace(self, tls=tls)


def read_login(value: SecretValue, arn: str, engine: Engine) -> Login:
    """Return the login that a secret's value is. Raises `RotationFailed`, which names fields, never what they hold."""
    content = _content(value, arn, engine)
    layout = content.get("engine", engine.layouts[0])
    if layout not in engine.layouts:
        why = no_rotator(layout) or f"its engine is none of {', '.join(engine.layouts)}"
        raise RotationFailed(f"{arn} is not for {engine.title}: {why}")
    return Login(
        layout=layout,
        host=_host(content["host"], arn),
        port=_port(content.get("port"), arn, engine),
        username=content.get("username") or engine.user,
        password=SecretValue(content["password"]),
        database=_optional(content, "dbname", arn) or "",
        tls=_tls(content.get("ssl")),
        superuser=_optional(content, "masterarn", arn),
        document=value,
    )


def partner(username: str, arn: str, engine: Engine, limit: str | None = None) -> str:
    """Return who alternates with a user: `name_clone` for `name`, and the other way round. Raises `RotationFailed`.

    `limit` stands in for what the engine allows; AWS's template for MySQL has it in USERNAME_CHARACTER_LIMIT.
    """
    most = _limit(limit) if limit is not None else engine.name_most
    if username.endswith(CLONE) and username != CLONE:
        return username.removesuffix(CLONE)
    name = username + CLONE
    length = len(name.encode()) if engine.name_unit == "bytes" else len(name)
    if length > most:
        raise RotationFailed(
            f"the user of {arn} cannot be cloned: with {CLONE} its name has more than {most} {engine.name_unit}"
        )
    return name


def _limit(text: str) -> int:
    if not text.isdecimal():
        raise RotationFailed(f"USERNAME_CHARACTER_LIMIT is {text}; it is a whole number")
    return int(text)


def _content(value: SecretValue, arn: str, engine: Engine) -> dict[str, Any]:
    required = ("host", "password") if engine.user else ("host", "username", "password")
    try:
        content = json.loads(value.reveal_text())
    except ValueError:
        content = None
    if not isinstance(content, dict) or not all(_is_text(content.get(name)) for name in required):
        raise RotationFailed(f"{arn} is not a JSON object with {', '.join(required)}")
    if not isinstance(content.get("username", ""), str):
        raise RotationFailed(f"the username of {arn} is no text")
    return content


def _is_text(found: object) -> bool:
    return isinstance(found, str) and found != "" and "\0" not in found


def _host(host: str, arn: str) -> str:
    if _HOST.fullmatch(host) is None:
        raise RotationFailed(f"the host of {arn} is no host name and no address")
    return host.strip("[]")


def _port(port: object, arn: str, engine: Engine) -> int:
    if port in (None, ""):
        return engine.port
    text = str(port)
    if isinstance(port, bool) or not text.isdecimal() or not 1 <= int(text) <= _MOST_PORT:
        raise RotationFailed(f"the port of {arn} is no number from 1 to {_MOST_PORT}")
    return int(text)


def _optional(content: dict[str, Any], name: str, arn: str) -> str | None:
    found = content.get(name)
    if found is not None and not isinstance(found, str):
        raise RotationFailed(f"the {name} of {arn} is no text")
    return found or None


def _tls(ssl: object) -> bool | None:
    if isinstance(ssl, bool):
        return ssl
    return {"true": True, "false": False}.get(ssl.lower()) if isinstance(ssl, str) else None
