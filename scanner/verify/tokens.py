"""What a token tells of itself: a JSON web token that says when it ends, and has."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime

from scanner.verify.base import Question, Said, inactive, unknown
from scanner.verify.reach import Reach

_LEAST, _MOST = 0, 253402300799
"""The moments that a date can have."""


def ask(question: Question, reach: Reach) -> Said:
    """Return that a token is over, by its `exp` (RFC 7519, section 4.1.4); whether another is live its issuer knows."""
    ends = expiry(question.value.reveal())
    if ends is None:
        return unknown("it names no end, and only its issuer knows whether it counts")
    day = f"{datetime.fromtimestamp(ends, UTC):%Y-%m-%d}"
    if ends <= reach.pace.clock.wall():
        return inactive(f"it ended on {day}, as it says itself")
    return unknown(f"it counts until {day} as far as it says itself, and only its issuer knows more")


def expiry(token: bytes) -> float | None:
    """Return when a JSON web token ends, in seconds since 1970; None where it does not say."""
    try:
        part = token.split(b".")[1].rstrip(b"=")
        claims = json.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)))
    except (IndexError, binascii.Error, ValueError, RecursionError):
        return None
    ends = claims.get("exp") if isinstance(claims, dict) else None
    if not isinstance(ends, int | float) or isinstance(ends, bool) or not _LEAST <= ends <= _MOST:
        return None
    return float(ends)


VERIFIERS = {"jwt": ask}
