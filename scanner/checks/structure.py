"""Whether the encoded parts of a token are what its format says: JSON in base64, a number in base64."""

from __future__ import annotations

import base64
import binascii
import json

from scanner.checks.outcome import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_JSON = b"eyJ"
"""How base64 of `{"` begins."""


def jwt(value: bytes) -> Outcome:
    """Check that the first two parts of a JSON web token are JSON objects and the header names an algorithm.

    RFC 7519, section 7.2; RFC 7515, section 4.1.1. Without a header that can be read nothing accepts it as one.
    """
    parts = [_object(part) for part in value.split(b".")[:2]]
    holds = all(part is not None for part in parts) and "alg" in (parts[0] or {})
    detail = "its parts are JSON" if holds else "its parts are not JSON"
    return Outcome(holds=holds, detail=detail, decisive=parts[0] is None)


def base64_json(value: bytes) -> Outcome | None:
    """Check that the base64 that begins with `eyJ` is a JSON object, as several providers put their facts there."""
    start = value.find(_JSON)
    if start < 0:
        return None
    part = value[start:].split(b".")[0].split(b"_")[0]
    holds = _object(part) is not None
    return Outcome(holds=holds, detail="it encodes JSON" if holds else "it encodes no JSON")


def discord(value: bytes) -> Outcome:
    """Check that the first part of a bot token is the base64 of the bot's id, a number of 17 to 20 digits.

    https://discord.com/developers/docs/reference#authentication.
    """
    number = _decoded(value.split(b".")[0])
    holds = number is not None and number.isdigit() and 17 <= len(number) <= 20
    return Outcome(holds=holds, detail="it begins with an id" if holds else "it begins with no id")


def _object(part: bytes) -> dict[str, Any] | None:
    data = _decoded(part)
    try:
        read = json.loads(data) if data is not None else None
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


def _decoded(part: bytes) -> bytes | None:
    text = part.rstrip(b"=").replace(b"+", b"-").replace(b"/", b"_")
    try:
        return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    except binascii.Error:
        return None


CHECKS = {"jwt": jwt, "base64-json": base64_json, "discord-user": discord}
