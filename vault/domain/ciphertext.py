"""What a KMS ciphertext consists of: it says itself which key and which key material open it.

    format (1 byte) | length of the key id (1) | key id | material id (32) | nonce (12) and AES-256-GCM of the plaintext

The associated data is everything in front of the nonce and the canonical encryption context: pairs of strings,
whose order does not matter. So no byte of it can be changed, and no other context opens it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from strongroom.kernel.canonical import canonical_json
from vault.domain.kms_errors import InvalidCiphertext

FORMAT = 2
"""Another than that of `envelope.py`, so that a data key wrapped by the first stores is told from one of today."""

_MATERIAL_BYTES = 32
_FRONT = 2

Context = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ciphertext:
    """A ciphertext taken apart. `box` is nonce and sealed plaintext."""

    key_id: str
    material_id: str
    box: bytes = b""

    @property
    def front(self) -> bytes:
        """What stands in front of the box."""
        named = self.key_id.encode("ascii")
        return bytes([FORMAT, len(named)]) + named + bytes.fromhex(self.material_id)

    def associated_data(self, context: Context) -> bytes:
        """Return what authenticates the box in `context`."""
        return self.front + canonical_json(dict(context))

    def to_bytes(self) -> bytes:
        """Return the whole ciphertext."""
        return self.front + self.box


def take_apart(blob: bytes) -> Ciphertext:
    """Return the parts of a ciphertext. Raises `InvalidCiphertext` for what is none."""
    if blob[:1] != bytes([FORMAT]) or len(blob) < _FRONT:
        raise InvalidCiphertext
    end = _FRONT + blob[1]
    named, material, box = blob[_FRONT:end], blob[end : end + _MATERIAL_BYTES], blob[end + _MATERIAL_BYTES :]
    if not box or not named.isascii():
        raise InvalidCiphertext
    return Ciphertext(key_id=named.decode("ascii"), material_id=material.hex(), box=box)
