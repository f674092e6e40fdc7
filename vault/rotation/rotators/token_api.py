"""Reads how an API makes, tries and revokes tokens, and fills a request with what a secret holds.

The descriptions are `token_apis.yaml`, or stand in the secret itself in the same shape.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from strongroom.kernel.secretvalue import SecretValue
from vault.rotation.rotators.base import RotationFailed
from vault.rotation.rotators.http import Request

_FILE = Path(__file__).with_name("token_apis.yaml")
_NAME = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_PARTS = ("create", "test", "revoke")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request as it is described, and what its statuses mean."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: Any
    accept: frozenset[int]
    refuse: frozenset[int]

    def needs(self, name: str) -> bool:
        """Tell whether a name stands in the request."""
        texts = (self.url, json.dumps(self.body), *self.headers.values())
        return any(f"{{{name}}}" in text for text in texts)

    @property
    def stays(self) -> bool:
        """Tell whether the request goes where `base_url` says, whatever else is filled in."""
        return self.url.startswith("{base_url}/")

    def request(self, fields: Mapping[str, Any]) -> Request:
        """Return the request for what a secret holds. Raises `RotationFailed` for a name that nothing stands for."""
        headers = {name: str(_filled(text, fields)) for name, text in self.headers.items()}
        if any(char in text for text in headers.values() for char in "\r\n\0"):
            raise RotationFailed("a header of the request would hold a line break")
        body = None
        if self.body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(_filled(self.body, fields)).encode()
        return Request(method=self.method, url=_url(self.url, fields), headers=headers, body=body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """How an application signs who it is (RFC 7519)."""

    key_field: str
    issuer: str
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenApi:
    """How an API makes, tries and revokes tokens. `token` and `keep` are JSON pointers into the answer to `create`."""

    defaults: Mapping[str, Any]
    replaces: bool
    signing: Signing | None
    create: Call
    test: Call
    revoke: Call
    token: str
    keep: Mapping[str, str]


def token_api(named: object, arn: str) -> TokenApi:
    """Return the description that `api` of a secret names, or is. Raises `RotationFailed` saying what is wrong."""
    if isinstance(named, str):
        known = _known()
        if named not in known:
            raise RotationFailed(f"the api of {arn} is none of {', '.join(known)}, and no description of its own")
        named = known[named]
    try:
        return _api(named)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        what = error.args[0] if isinstance(error, KeyError | ValueError) and error.args else "its shape"
        raise RotationFailed(f"the api of {arn} cannot be read: {what}; see docs/rotators.md") from None


def at_pointer(content: Any, pointer: str) -> Any:
    """Return what a JSON pointer (RFC 6901) leads to; None where there is nothing."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(content, list) and name.isdecimal() and int(name) < len(content):
            content = content[int(name)]
        elif isinstance(content, dict):
            content = content.get(name)
        else:
            return None
    return content


def filled_text(text: str, fields: Mapping[str, Any]) -> str:
    """Return a text with the names in it filled. Raises `RotationFailed` for a name that nothing stands for."""
    return str(_filled(text, fields))


@lru_cache(maxsize=1)
def _known() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(_FILE.read_text())["apis"]
    return found


def _api(found: Any) -> TokenApi:
    calls = {name: _call(found[name]) for name in _PARTS}
    signing = found.get("jwt")
    return TokenApi(
        defaults=dict(found.get("defaults", {})),
        replaces=bool(found.get("replaces", False)),
        signing=None
        if signing is None
        else Signing(
            key_field=signing["key"], issuer=signing["issuer"], seconds=_number(signing["seconds"], "seconds")
        ),
        token=_pointer(found["create"]["token"]),
        keep={name: _pointer(text) for name, text in found["create"].get("keep", {}).items()},
        **calls,
    )


def _call(found: Any) -> Call:
    if found["method"] not in _METHODS:
        raise ValueError(f"method is none of {', '.join(_METHODS)}")
    return Call(
        method=found["method"],
        url=str(found["url"]),
        headers={str(name): str(text) for name, text in found.get("headers", {}).items()},
        body=found.get("json"),
        accept=frozenset(_number(status, "accept") for status in found["accept"]),
        refuse=frozenset(_number(status, "refuse") for status in found.get("refuse", ())),
    )


def _number(found: object, where: str) -> int:
    """Return a whole number; the description is part of a secret, so what else stands there is not quoted."""
    if isinstance(found, bool) or not str(found).isdecimal():
        raise ValueError(f"{where} holds what is no whole number")
    return int(str(found))


def _pointer(text: object) -> str:
    if not isinstance(text, str) or not text.startswith("/"):
        raise ValueError("a JSON pointer begins with a slash")
    return text


def _filled(shape: Any, fields: Mapping[str, Any]) -> Any:
    """Fill names in all texts of a shape; a text that is one name alone becomes what it stands for, list or number."""
    if isinstance(shape, dict):
        return {name: _filled(part, fields) for name, part in shape.items()}
    if isinstance(shape, list):
        return [_filled(part, fields) for part in shape]
    if not isinstance(shape, str):
        return shape
    alone = _NAME.fullmatch(shape)
    if alone is not None:
        return _plain(_looked_up(alone[1], fields))
    return _NAME.sub(lambda match: str(_plain(_looked_up(match[1], fields))), shape)


def _url(text: str, fields: Mapping[str, Any]) -> str:
    base = ""
    if text.startswith("{base_url}"):
        base, text = str(_looked_up("base_url", fields)).rstrip("/"), text.removeprefix("{base_url}")
    return base + _NAME.sub(lambda match: quote(str(_plain(_looked_up(match[1], fields))), safe=""), text)


def _looked_up(name: str, fields: Mapping[str, Any]) -> Any:
    if name not in fields:
        raise RotationFailed(f"the request needs {name}, which the secret does not have")
    return fields[name]


def _plain(value: Any) -> Any:
    return value.reveal_text() if isinstance(value, SecretValue) else value
