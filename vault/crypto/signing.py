"""Signatures that whoever has the public half can check: Ed25519 (RFC 8032)."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


def sign(seed: bytes | bytearray, data: bytes) -> bytes:
    """Return the 64-byte signature of `data` by the key of a 32-byte seed."""
    return Ed25519PrivateKey.from_private_bytes(seed).sign(data)


def public_key(seed: bytes | bytearray) -> bytes:
    """Return the 32 bytes with which signatures by the key of `seed` are checked."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def is_signed(key: bytes, signature: bytes, data: bytes) -> bool:
    """Tell whether `signature` is the one of `data` by the owner of the public `key`."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True
