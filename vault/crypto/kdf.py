"""Subkeys of the root key, one a purpose, by HKDF-SHA256 (RFC 5869), and the MACs made with them.

The store's id is the salt, so the same root key gives two stores different subkeys.
"""

from __future__ import annotations

import hmac
from enum import StrEnum

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from strongroom.kernel.secretvalue import SecretValue
from vault.crypto.aead import KEY_BYTES, seal, unseal
from vault.crypto.signing import is_signed, public_key, sign
from vault.crypto.stream import Stream
from vault.domain.errors import Sealed

_INFO = b"strongroom/1/"


class Purpose(StrEnum):
    """What a subkey is for. The names enter the derivation: never rename one."""

    CANARY = "canary"
    KEY_WRAPPING = "key-wrapping"
    STATE = "state"
    KMS_STATE = "kms-state"
    GRANT = "grant"
    ROTATION_JOB = "rotation-job"
    REPLICATION = "replication"
    ALARM = "alarm"
    FUNCTION = "function"
    FUNCTION_PART = "function-part"
    VALUE_DIGEST = "value-digest"
    IDENTITY = "identity"
    ACCESS_KEY = "access-key"
    IAM = "iam"
    PASSWORD = "password"  # noqa: S105  the name of a subkey, not one
    MFA_SEED = "mfa-seed"
    TRAIL = "trail"
    TRAIL_DIGEST = "trail-digest"
    TOKEN = "token"  # noqa: S105  the name of a subkey, not one
    BACKUP = "backup"
    BACKUP_HEADER = "backup-header"


class Barrier:
    """The subkeys of one store's root key. Nothing but MACs and ciphertexts comes out."""

    def __init__(self, root_key: SecretValue, store_id: str) -> None:
        self._keys = {purpose: bytearray(_derive(root_key, store_id, purpose)) for purpose in Purpose}

    def wipe(self) -> None:
        """Overwrite the subkeys in memory; whatever needs one raises `Sealed` from then on."""
        for key in self._keys.values():
            key[:] = bytes(len(key))
        self._keys = {}

    def __repr__(self) -> str:
        return "<barrier>"

    def mac(self, purpose: Purpose, *parts: bytes) -> bytes:
        """Return HMAC-SHA256 over `parts`, each with its length in front so that no two lists coincide."""
        framed = b"".join([len(part).to_bytes(8, "big") + part for part in parts])
        return hmac.digest(self._key(purpose), framed, "sha256")

    def verifies(self, mac: bytes, purpose: Purpose, *parts: bytes) -> bool:
        """Tell, in constant time, whether `mac` is the one of `parts`."""
        return hmac.compare_digest(mac, self.mac(purpose, *parts))

    def seal(self, purpose: Purpose, plaintext: bytes, aad: bytes) -> bytes:
        """Return `plaintext` sealed under the purpose's subkey, bound to `aad`."""
        return seal(self._key(purpose), plaintext, aad)

    def unseal(self, purpose: Purpose, box: bytes, aad: bytes) -> bytes:
        """Return what `seal` sealed. Raises `DecryptionFailed`."""
        return unseal(self._key(purpose), box, aad)

    def stream(self, salt: bytes, bound: bytes) -> Stream:
        """Return what seals or opens one backup: its key is derived with a salt of its own, and bound to `bound`."""
        hkdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=_INFO + b"backup/" + bound)
        return Stream(hkdf.derive(self._key(Purpose.BACKUP)))

    def sign(self, data: bytes) -> bytes:
        """Return the signature of `data` as a digest of the trail."""
        return sign(self._key(Purpose.TRAIL_DIGEST), data)

    def has_signed(self, signature: bytes, data: bytes) -> bool:
        """Tell whether `sign` gave that signature of `data`."""
        return is_signed(self.verification_key, signature, data)

    @property
    def verification_key(self) -> bytes:
        """The public key of `sign`, 32 bytes of Ed25519."""
        return public_key(self._key(Purpose.TRAIL_DIGEST))

    def _key(self, purpose: Purpose) -> bytearray:
        try:
            return self._keys[purpose]
        except KeyError:
            raise Sealed("The store is sealed.") from None


def _derive(root_key: SecretValue, store_id: str, purpose: Purpose) -> bytes:
    hkdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=store_id.encode(), info=_INFO + purpose.value.encode())
    return hkdf.derive(root_key.reveal())


def material_id_of(material: SecretValue, key_id: str) -> str:
    """Return the id of material that was imported into a KMS key: the same wherever and whenever it is imported."""
    hkdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=key_id.encode(), info=_INFO + b"imported-material-id")
    return hkdf.derive(material.reveal()).hex()


def transport_key(secret: SecretValue, account_id: str) -> bytes:
    """Return the key that seals messages between the regions of a deployment that share `secret`."""
    info = _INFO + b"replication-transport"
    hkdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=account_id.encode(), info=info)
    return hkdf.derive(secret.reveal())
