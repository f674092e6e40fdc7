"""Signatures by keys of callers: RSASSA-PSS, PKCS #1 v1.5 (RFC 8017), ECDSA, Ed25519 (RFC 8032), ML-DSA (FIPS 204).

The salt of PSS is as long as the hash, as KMS has it. A signature of ECDSA is the DER of RFC 3279, section 2.2.3.
"""

from __future__ import annotations

import hashlib
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils

from vault.crypto.pairs import KeyPair
from vault.domain.key_specs import Algorithm

HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
_MU_BYTES = 64
"""Bytes of the representative that ML-DSA signs (FIPS 204, section 6.2)."""


def digest_bytes(algorithm: Algorithm) -> int:
    """Return how long a message is that was hashed before."""
    return hashlib.new(algorithm.digest).digest_size if algorithm.digest else _MU_BYTES


def sign(pair: KeyPair, algorithm: Algorithm, message: bytes, *, hashed: bool) -> bytes:
    """Return the signature of a message; `hashed` tells that it was hashed, and is as long as `digest_bytes` says."""
    private = pair.private
    if algorithm.scheme == "ML-DSA" and hashed:
        return bytes(private.sign_mu(message))
    return bytes(private.sign(message, *_how(algorithm, hashed)))


def is_signature(pair: KeyPair, algorithm: Algorithm, message: bytes, signature: bytes, *, hashed: bool) -> bool:
    """Tell whether `signature` is one of the message by the pair's private key."""
    public = pair.public
    try:
        if algorithm.scheme == "ML-DSA" and hashed:
            public.verify_mu(signature, message)
        else:
            public.verify(signature, message, *_how(algorithm, hashed))
    except (InvalidSignature, ValueError):
        return False
    return True


def _how(algorithm: Algorithm, hashed: bool) -> tuple[Any, ...]:
    if algorithm.scheme in ("EdDSA", "ML-DSA"):
        return ()
    made = HASHES[algorithm.digest]()
    taken = utils.Prehashed(made) if hashed else made
    if algorithm.scheme == "ECDSA":
        return (ec.ECDSA(taken),)
    if algorithm.scheme == "PSS":
        return (padding.PSS(padding.MGF1(HASHES[algorithm.digest]()), padding.PSS.DIGEST_LENGTH), taken)
    return (padding.PKCS1v15(), taken)
