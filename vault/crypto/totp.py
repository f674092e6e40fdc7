"""Time-based one-time codes of virtual MFA devices: six digits, SHA-1, a step of 30 seconds (RFC 6238, RFC 4226).

That is the only profile that all authenticator applications have, and the one of AWS's virtual devices.
"""

from __future__ import annotations

import hmac

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

SEED_BYTES = 40
"""64 letters of base32, as AWS draws them."""
_DIGITS = 6


def code_at(seed: bytes, step: int) -> str:
    """Return the code of one step, which is the number of whole half minutes since 1970."""
    return HOTP(seed, _DIGITS, SHA1(), enforce_key_length=False).generate(step).decode("ascii")  # noqa: S303


def is_code(seed: bytes, step: int, code: str) -> bool:
    """Tell, in constant time, whether `code` is the one of a step."""
    return hmac.compare_digest(code_at(seed, step).encode(), code.encode("utf-8", "replace"))
