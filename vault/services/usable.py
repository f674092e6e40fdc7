"""What every cryptographic operation asks of its key before it is used."""

from __future__ import annotations

from collections.abc import Mapping

from vault.domain.context import CallContext
from vault.domain.errors import ValidationFailed
from vault.domain.key_specs import Algorithm, spec_named
from vault.domain.keys import Key
from vault.domain.kms_errors import DryRun, InvalidKeyUsage


def usable(context: CallContext, key: Key, operation: str, usage: str, algorithm: str) -> Algorithm:
    """Return an algorithm by which a key may do an operation, for which keys have the use `usage`.

    Raises `AccessDenied` for a key that AWS manages, `KeyDisabled`, `InvalidKeyState`, and `InvalidKeyUsage` for a key
    of another use or without that algorithm.
    """
    key.check_customer_managed(context.principal_arn, f"kms:{operation}")
    key.check_enabled()
    if key.usage != usage:
        arn = key.arn(context.partition)
        raise InvalidKeyUsage(f"{arn} key usage is {key.usage} which is not valid for {operation}.")
    return spec_named(key.spec).algorithm(usage, algorithm)


def check_context(key: Key, pairs: Mapping[str, str]) -> None:
    """Raise `ValidationFailed` for an encryption context with a key that binds none."""
    if pairs and not key.symmetric:
        raise ValidationFailed("EncryptionContext is valid only with a symmetric encryption KMS key.")


def end_dry_run(dry_run: bool) -> None:
    """Raise `DryRun` where nothing more than the checks was asked for."""
    if dry_run:
        raise DryRun
