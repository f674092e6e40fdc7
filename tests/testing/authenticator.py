"""An authenticator application as a person has it: shows the code of a moment for a seed that was typed in."""

from __future__ import annotations

import base64
import time

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP


class Authenticator:
    """One device. Its codes are made by `cryptography`'s TOTP, which the store does not use."""

    def __init__(self, seed: bytes) -> None:
        """`seed` is base32, as IAM answers it."""
        self._totp = TOTP(base64.b32decode(seed), 6, SHA1(), 30, enforce_key_length=False)
        self.now = time.time()

    def code(self, steps: int = 0) -> str:
        """Return the code that is shown so many steps of 30 seconds after the device was made."""
        return self._totp.generate(int(self.now) + 30 * steps).decode()

    @property
    def two(self) -> dict[str, str]:
        """The codes of the step before and of this one, as EnableMFADevice takes them."""
        return {"AuthenticationCode1": self.code(-1), "AuthenticationCode2": self.code()}
