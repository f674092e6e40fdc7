"""What KMS draws: data keys and pairs of them, sealed under symmetric keys; random bytes; materials of new keys."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from strongroom.kernel.secretvalue import SecretValue
from vault.domain.context import CallContext
from vault.domain.errors import ValidationFailed
from vault.domain.key_specs import ENCRYPTION, SYMMETRIC, KeySpec, spec_named
from vault.domain.kms_errors import UnsupportedKeyOperation
from vault.services.ciphers import Ciphers, Sealing
from vault.services.key_lookup import KeyLookup
from vault.services.usable import end_dry_run, usable

if TYPE_CHECKING:
    from vault.crypto.pairs import KeyPair

_BYTES = {"AES_128": 16, "AES_256": 32}


def draw_pair(spec: KeySpec) -> KeyPair:
    """Return a fresh key pair. Raises `UnsupportedKeyOperation` where the library does not have its kind."""
    from vault.crypto.pairs import KeyPair, KindNotAvailable

    try:
        return KeyPair.draw(spec.kind, spec.size)
    except KindNotAvailable:
        raise UnsupportedKeyOperation(f"KeySpec {spec.name} is not supported.") from None


def draw_material(spec: KeySpec) -> SecretValue:
    """Return fresh material for a key of a spec. Raises `UnsupportedKeyOperation`."""
    return draw_pair(spec).private_der() if spec.is_pair else SecretValue(os.urandom(spec.secret_bytes))


class DataKeys:
    """The operations of one transaction. A `key_id` is a key's id, ARN, alias or alias ARN.

    Those with a key raise `KeyNotFound`, `InvalidArn`, `KeyDisabled`, `InvalidKeyState`, `InvalidKeyUsage`,
    `AccessDenied` and `DryRun`.
    """

    def __init__(self, lookup: KeyLookup, ciphers: Ciphers) -> None:
        self._lookup = lookup
        self._ciphers = ciphers

    def one(
        self,
        context: CallContext,
        key_id: str,
        pairs: Mapping[str, str],
        *,
        spec: str | None,
        number: int | None,
        operation: str,
        dry_run: bool = False,
    ) -> Sealing:
        """Return a fresh data key of a `spec` or `number` of bytes, and itself sealed.

        Raises `ValidationFailed` where both or neither are given.
        """
        if (spec is None) == (number is None):
            raise ValidationFailed("Please specify either number of bytes or key spec.")
        key = self._lookup.anyones(context, key_id)
        usable(context, key, operation, ENCRYPTION, SYMMETRIC)
        end_dry_run(dry_run)
        return self._ciphers.sealed(key, os.urandom(number or _BYTES[spec or ""]), pairs)

    def pair(
        self,
        context: CallContext,
        key_id: str,
        pairs: Mapping[str, str],
        *,
        spec: str,
        operation: str,
        dry_run: bool = False,
    ) -> Sealing:
        """Return a fresh key pair of a spec, its private key also sealed. Raises `UnsupportedKeyOperation`."""
        key = self._lookup.anyones(context, key_id)
        usable(context, key, operation, ENCRYPTION, SYMMETRIC)
        kind = spec_named(spec)
        end_dry_run(dry_run)
        drawn = draw_pair(kind)
        sealed = self._ciphers.sealed(key, drawn.private_der().reveal(), pairs)
        return replace(sealed, public_key=drawn.public_der())

    def random(self, number: int | None) -> SecretValue:
        """Return so many random bytes. Raises `ValidationFailed` where it is not said how many."""
        if number is None:
            raise ValidationFailed("NumberOfBytes is required.")
        return SecretValue(os.urandom(number))
