"""What a KMS ciphertext consists of: it says itself which key and which key material open it.

    format (1 byte) | length of the key id (1) | key id | material id (32) | nonce (12) and AES-256-GCM of the plaintext

The associated data is everything in front of the nonce and the canonical encryption context: pairs of strings,
whose order does not matter. So no byte of it can be changed, and no other context opens it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from strongroom.kernel.canonical import canonical_json
from vault.domain.kms_errors import InvalidCiphertext

FORMAT = 2
"""Another than that of `envelope.py`, so that a data key wrapped by the first stores is told from one of today."""

_MATERIAL_BYTES = 32
_FRONT = 2


@lru_cache(maxsize=4096)
def secret_context(arn: str, version_id: str) -> bytes:
    """Return the encryption context in which Secrets Manager has the data key of a version wrapped."""
    return encryption_context({"SecretARN": arn, "SecretVersionId": version_id})


def encryption_context(pairs: Mapping[str, str]) -> bytes:
    """Return an encryption context in its canonical form, the same for every order of the pairs."""
    return canonical_json(dict(pairs))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ciphertext:
    """A ciphertext taken apart. `box` is nonce and sealed plaintext."""

    key_id: str
    material_id: str
    front: bytes
    """What stands in front of the box."""
    box: bytes = b""

    def associated_data(self, context: bytes) -> bytes:
        """Return what authenticates the box in a canonical context."""
        return self.front + context


def take_apart(blob: bytes) -> Ciphertext:
    """Return the parts of a ciphertext. Raises `InvalidCiphertext` for what is none."""
    if blob[:1] != bytes([FORMAT]) or len(blob) < _FRONT:
        raise InvalidCiphertext
    end = _FRONT + blob[1] + _MATERIAL_BYTES
    front, box = blob[:end], blob[end:]
    if not box:
        raise InvalidCiphertext
    key_id, material_id = _named(front)
    return Ciphertext(key_id=key_id, material_id=material_id, front=front, box=box)


def begun(key_id: str, material_id: str) -> Ciphertext:
    """Return what a new ciphertext begins with."""
    named = key_id.encode("ascii")
    front = bytes([FORMAT, len(named)]) + named + bytes.fromhex(material_id)
    return Ciphertext(key_id=key_id, material_id=material_id, front=front)


@lru_cache(maxsize=1024)
def _named(front: bytes) -> tuple[str, str]:
    """Return the ids of key and material; nearly every ciphertext that is read begins as another did."""
    named = front[_FRONT:-_MATERIAL_BYTES]
    if not named.isascii():
        raise InvalidCiphertext
    return named.decode("ascii"), front[-_MATERIAL_BYTES:].hex()
