"""The one place that calls AES-256-GCM (NIST SP 800-38D): 96-bit random nonce, 128-bit tag.

Random nonces are safe up to 2**32 messages a key (SP 800-38D, section 8.3). A data key seals one message; a KMS key
and the root's subkeys seal one for each version, token or access key and stay far below.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.domain.errors import DecryptionFailed

KEY_BYTES = 32
_NONCE_BYTES = 12

Key = bytes | bytearray
"""256 bits; a bytearray can be overwritten when it is no longer needed."""


def generate_key() -> bytes:
    """Return a fresh 256-bit key from the operating system's generator."""
    return AESGCM.generate_key(bit_length=KEY_BYTES * 8)


def seal(key: Key, plaintext: bytes, aad: bytes) -> bytes:
    """Return nonce and ciphertext of `plaintext` under the 256-bit `key`, bound to `aad`."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, aad)


def unseal(key: Key, box: bytes, aad: bytes) -> bytes:
    """Return the plaintext of what `seal` returned.

    Raises `DecryptionFailed` for another key, another `aad` or a changed byte; which of them is not told.
    """
    try:
        return AESGCM(key).decrypt(box[:_NONCE_BYTES], box[_NONCE_BYTES:], aad)
    except (InvalidTag, ValueError):
        raise DecryptionFailed("A sealed value does not open under its key at its place.") from None
