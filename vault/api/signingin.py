"""The door that a password opens: `POST /_strongroom/login`, answered in the form of an AWS `credential_process`.

A password is taken over TLS or from this machine only. Source: AWS CLI User Guide, "Sourcing credentials with an
external process in the AWS CLI".
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from strongroom.kernel.secretvalue import SecretValue
from strongroom.wire.sigv4 import HttpRequest
from vault.api.own import is_from_here, said
from vault.api.response import Response
from vault.domain.errors import AccessDenied, Sealed, StoreUnavailable, VaultError
from vault.services.sts import TemporaryCredentials
from vault.signin import LoginRequest, MoreWanted

AT_ONCE = 2
"""Tries that are checked at the same time: each takes a core for some time."""
MOST_WAITING = 16
_SECONDS = range(900, 129_601)
_TEXTS = ("account", "user", "password", "code", "new_password")
_FORM = 'the body is {"user": TEXT, "password": TEXT}, with account, code, new_password, duration_seconds where needed'

SignInOf = Callable[[LoginRequest], TemporaryCredentials]


class SigningIn:
    """Answers logins. `attempt` is asked on a thread. `encrypted` tells that the server speaks TLS."""

    def __init__(self, attempt: SignInOf, *, encrypted: bool) -> None:
        self._attempt = attempt
        self._encrypted = encrypted
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def answer(self, request: HttpRequest, source_ip: str) -> Response:
        """Return credentials, or what is wrong or wanting."""
        if not (self._encrypted or is_from_here(request, source_ip)):
            return said(403, "refused", message="a password is taken over TLS or from this machine only")
        asked = _asked(request, source_ip)
        if asked is None:
            return said(400, "refused", message=_FORM)
        if self._waiting >= MOST_WAITING:
            return said(429, "refused", message="too many logins at once; try again")
        self._waiting += 1
        try:
            async with self._turns:
                return await asyncio.to_thread(self._answered, asked)
        finally:
            self._waiting -= 1

    def _answered(self, asked: LoginRequest) -> Response:
        try:
            made = self._attempt(asked)
        except MoreWanted as more:
            return said(401, "wanted", wanted=more.wanted.value)
        except (Sealed, StoreUnavailable) as error:
            return said(503, "refused", message=error.message)
        except AccessDenied as error:
            return said(403, "refused", message=error.message)
        except VaultError as error:
            return said(400, "refused", message=error.message)
        return said(200, "ok", **credential_process(made))


def credential_process(made: TemporaryCredentials) -> dict[str, Any]:
    """Return credentials as the AWS SDKs read them from a process or a file."""
    return {
        "Version": 1,
        "AccessKeyId": made.session.access_key_id,
        "SecretAccessKey": made.session.secret.reveal_text(),
        "SessionToken": made.token.reveal_text(),
        "Expiration": made.session.expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _asked(request: HttpRequest, source_ip: str) -> LoginRequest | None:
    """Return what a body asks for; None for one that is not in the form."""
    try:
        content: Any = json.loads(request.body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict) or content.keys() - {*_TEXTS, "duration_seconds"}:
        return None
    if not all(_is_text(content.get(name, "")) for name in _TEXTS) or not {"user", "password"} <= content.keys():
        return None
    seconds = content.get("duration_seconds")
    if seconds is not None and (type(seconds) is not int or seconds not in _SECONDS):
        return None
    return _request(content, seconds, request, source_ip)


def _request(content: Mapping[str, str], seconds: int | None, request: HttpRequest, source_ip: str) -> LoginRequest:
    return LoginRequest(
        user=content["user"],
        password=SecretValue(content["password"]),
        account=content.get("account", ""),
        code=content.get("code", ""),
        new_password=SecretValue(content["new_password"]) if content.get("new_password") else None,
        seconds=seconds,
        source_ip=source_ip,
        user_agent=(request.header("user-agent") or "")[:256],
    )


def _is_text(value: object) -> bool:
    try:
        return isinstance(value, str) and len(value.encode()) <= 1024
    except UnicodeEncodeError:
        return False
