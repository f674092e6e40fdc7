"""What two parties share by key pairs: RSAES-OAEP (RFC 8017), ECDH (SP 800-56A), ML-KEM (FIPS 203), wrapped keys.

What does not open is told in one way, whatever was wrong with it.
"""

from __future__ import annotations

import hashlib

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap_with_padding
from cryptography.hazmat.primitives.serialization import load_der_public_key

from strongroom.kernel.secretvalue import SecretValue
from vault.crypto.pairs import KeyPair
from vault.crypto.signatures import HASHES
from vault.domain.errors import DecryptionFailed
from vault.domain.key_specs import Algorithm

_DOES_NOT_OPEN = "A ciphertext does not open under its key."
_BITS = 8


class NoPeer(Exception):
    """Bytes that are no public key of the same curve."""


def oaep_room(size: int, algorithm: Algorithm) -> int:
    """Return how many bytes a modulus of `size` bits encrypts (RFC 8017, section 7.1.1)."""
    return size // _BITS - 2 * hashlib.new(algorithm.digest).digest_size - 2


def encrypt(pair: KeyPair, algorithm: Algorithm, plaintext: bytes) -> bytes:
    """Return RSAES-OAEP of a plaintext, no longer than `oaep_room` says."""
    return bytes(pair.public.encrypt(plaintext, _oaep(algorithm)))


def decrypt(pair: KeyPair, algorithm: Algorithm, ciphertext: bytes) -> SecretValue:
    """Return what RSAES-OAEP encrypted. Raises `DecryptionFailed`."""
    try:
        return SecretValue(pair.private.decrypt(ciphertext, _oaep(algorithm)))
    except ValueError:
        raise DecryptionFailed(_DOES_NOT_OPEN) from None


def unwrap(pair: KeyPair, algorithm: Algorithm, wrapped: bytes) -> SecretValue:
    """Return key material as a client wrapped it for import. Raises `DecryptionFailed`.

    `OAEP-AES`: an AES key under RSAES-OAEP in front; behind it the material by AES key wrap with padding (RFC 5649).
    """
    if algorithm.scheme != "OAEP-AES":
        return decrypt(pair, algorithm, wrapped)
    end = pair.private.key_size // _BITS
    key = decrypt(pair, algorithm, wrapped[:end])
    try:
        return SecretValue(aes_key_unwrap_with_padding(key.reveal(), wrapped[end:]))
    except (InvalidUnwrap, ValueError):
        raise DecryptionFailed(_DOES_NOT_OPEN) from None


def agree(pair: KeyPair, peer: bytes) -> SecretValue:
    """Return the raw secret of ECDH with the public key in `peer` (DER). Raises `NoPeer`."""
    private = pair.private
    try:
        public = load_der_public_key(peer)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise NoPeer from None
    if not isinstance(public, ec.EllipticCurvePublicKey) or public.curve.name != private.curve.name:
        raise NoPeer
    return SecretValue(private.exchange(ec.ECDH(), public))


def encapsulate(pair: KeyPair) -> tuple[SecretValue, bytes]:
    """Return a fresh shared secret, and itself encapsulated under the pair's public key."""
    secret, encapsulated = pair.public.encapsulate()
    return SecretValue(secret), bytes(encapsulated)


def decapsulate(pair: KeyPair, encapsulated: bytes) -> SecretValue:
    """Return the shared secret. Raises `DecryptionFailed` for a ciphertext of another length.

    One of another key gives another secret and no error: the standard has it so (implicit rejection).
    """
    try:
        return SecretValue(pair.private.decapsulate(encapsulated))
    except ValueError:
        raise DecryptionFailed(_DOES_NOT_OPEN) from None


def _oaep(algorithm: Algorithm) -> padding.OAEP:
    made = HASHES[algorithm.digest]
    return padding.OAEP(padding.MGF1(made()), made(), None)
