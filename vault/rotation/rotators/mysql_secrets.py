"""What MariaDB keeps of a password, so that it can be told that in the password's place.

Sources: MariaDB Knowledge Base, "Authentication Plugin - mysql_native_password" and "- ed25519".
"""

from __future__ import annotations

import base64
import hashlib

from strongroom.kernel.secretvalue import SecretValue
from vault.rotation.rotators.mysql_rights import NATIVE

ED25519 = "ed25519"


def hashed(plugin: str, password: SecretValue) -> str | None:
    """Return what `plugin` keeps of a password; None where only it knows how."""
    data = password.reveal()
    if plugin == NATIVE:
        inner = hashlib.sha1(data, usedforsecurity=False).digest()
        return "*" + hashlib.sha1(inner, usedforsecurity=False).hexdigest().upper()
    return _ed25519(data) if plugin == ED25519 else None


def _ed25519(data: bytes) -> str | None:
    """Return the public key of the pair that a password makes; the driver logs in with the same library."""
    try:
        from nacl.bindings import crypto_scalarmult_ed25519_base
    except ImportError:
        return None
    point = crypto_scalarmult_ed25519_base(hashlib.sha512(data).digest()[:32])
    return base64.b64encode(point).decode().rstrip("=")
