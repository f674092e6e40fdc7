"""What a password is checked against: Argon2id (RFC 9106) with a salt of its own, in the PHC string format.

A check takes as long for a wrong password as for a right one, and as long where there is no user.
"""

from __future__ import annotations

import os
from functools import cache

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from strongroom.kernel.secretvalue import SecretValue

SALT_BYTES = 16
_LENGTH = 32
_ITERATIONS, _LANES, _MEMORY_KIB = 2, 1, 19 * 1024
"""The first choice of OWASP's Password Storage Cheat Sheet for Argon2id: 19 MiB, some 30 ms."""


def new_verifier(password: SecretValue) -> bytes:
    """Return what a password is checked against from now on."""
    derivation = Argon2id(
        salt=os.urandom(SALT_BYTES), length=_LENGTH, iterations=_ITERATIONS, lanes=_LANES, memory_cost=_MEMORY_KIB
    )
    return derivation.derive_phc_encoded(password.reveal()).encode("ascii")


def is_password(password: SecretValue, verifier: bytes) -> bool:
    """Tell whether a password is the one of a verifier."""
    try:
        Argon2id.verify_phc_encoded(password.reveal(), verifier.decode("ascii"))
    except InvalidKey:
        return False
    return True


@cache
def nobodys() -> bytes:
    """Return the verifier of no password: what a check takes its time with where there is no user."""
    return new_verifier(SecretValue(os.urandom(SALT_BYTES)))
