"""A key from a passphrase: Argon2id (RFC 9106), slow and large on purpose, so that guessing is too."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from strongroom.kernel.secretvalue import SecretValue
from vault.crypto.aead import KEY_BYTES
from vault.domain.errors import Sealed

SALT_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What one derivation costs. The defaults are the second choice of RFC 9106, section 4: 64 MiB, some 0.2 s."""

    memory_kib: int = 64 * 1024
    iterations: int = 3
    lanes: int = 4

    @property
    def bounded(self) -> bool:
        """Tell whether a file may ask for them: neither too cheap to protect nor dear enough to stop the machine."""
        return 19 * 1024 <= self.memory_kib <= 2 * 1024 * 1024 and 1 <= self.iterations <= 16 and 1 <= self.lanes <= 16


def stretch(passphrase: SecretValue, salt: bytes, costs: Costs) -> SecretValue:
    """Return the 256-bit key of a passphrase. Raises `Sealed` where OpenSSL is too old to derive it."""
    try:
        derivation = Argon2id(
            salt=salt,
            length=KEY_BYTES,
            iterations=costs.iterations,
            lanes=costs.lanes,
            memory_cost=costs.memory_kib,
        )
        return SecretValue(derivation.derive(passphrase.reveal()))
    except UnsupportedAlgorithm:
        raise Sealed(
            "This OpenSSL has no Argon2id; a wheel of cryptography 44 or later from PyPI brings one."
        ) from None
