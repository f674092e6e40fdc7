"""The password in what a Basic header carries, a user and a password in Base64."""

from __future__ import annotations

import re
from base64 import b64decode

_BASIC = re.compile(rb"basic\s+", re.IGNORECASE)


def without_user(value: bytes) -> bytes:
    """Return the password where `value` is a user and a password in Base64 (RFC 7617), else the value."""
    written = _BASIC.sub(b"", value)
    try:
        user, colon, password = b64decode(written, validate=True).partition(b":")
    except ValueError:
        return value
    told = written != value or (user + password).isascii()
    return password if colon and told else value


def is_basic(text: str) -> bool:
    """Tell whether a text is a user and a password in Base64."""
    value = text.encode("utf-8", "replace")
    return without_user(value) != value
