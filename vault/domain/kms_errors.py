"""What KMS can refuse beyond what every service does; `vault/api/errors.py` alone knows how AWS spells each.

They differ from the refusals of Secrets Manager on the wire too: KMS writes `message`, and some have none.
"""

from __future__ import annotations

from vault.domain.errors import (
    AccessDenied,
    IntegrityFailure,
    InvalidNextToken,
    LimitExceeded,
    MalformedPolicyDocument,
    VaultError,
)


class KmsRefusal(VaultError):
    """Base of the refusals that only KMS has."""


class KeyNotFound(KmsRefusal):
    """No such key, alias, policy or grant."""


class KeyDisabled(KmsRefusal):
    """The key is disabled."""


class InvalidKeyState(KmsRefusal):
    """The key's state does not allow what was asked."""


class InvalidKeyUsage(KmsRefusal):
    """The key is not for that, or not for that algorithm."""


class InvalidCiphertext(KmsRefusal):
    """A ciphertext that no key here made, was changed, or belongs to another encryption context. Says nothing more."""


class InvalidSignature(KmsRefusal):
    """A signature that the key did not make of that message. Says nothing more."""


class InvalidMac(KmsRefusal):
    """A MAC that the key did not make of that message. Says nothing more."""


class IncorrectKeyMaterial(KmsRefusal):
    """Key material that does not fit the key, or is another than was imported before."""


class InvalidImportToken(KmsRefusal):
    """An import token that is not ours or belongs to another key."""


class ExpiredImportToken(KmsRefusal):
    """An import token past its time."""


class IncorrectKey(KmsRefusal):
    """A ciphertext that another key than the one named made."""


class InvalidArn(KmsRefusal):
    """An ARN that is none, or of something else."""


class InvalidAliasName(KmsRefusal):
    """A name no alias can have."""


class ReservedAlias(AccessDenied):
    """An alias of AWS's own prefix."""


class AlreadyExists(KmsRefusal):
    """An alias of that name exists."""


class InvalidKeyTag(KmsRefusal):
    """Tags that a key cannot have."""


class UnsupportedKeyOperation(KmsRefusal):
    """The key, or what is offered here, cannot do that."""


class InvalidGrantId(KmsRefusal):
    """A grant id that cannot be one."""


class InvalidGrantToken(KmsRefusal):
    """A grant token that is not ours or belongs to no grant."""


class DryRun(KmsRefusal):
    """The request was good, and only that was asked for."""

    def __init__(self) -> None:
        super().__init__("The request would have succeeded, but the DryRun option is set.")


class InvalidMarker(InvalidNextToken):
    """A paging marker that is not ours or belongs to another query."""


class KeyLimitExceeded(LimitExceeded):
    """A quota of KMS would be passed."""


class MalformedKeyPolicy(MalformedPolicyDocument):
    """A key policy that does not parse, or would lock the caller out."""


class KeyDamaged(IntegrityFailure):
    """A key's rows do not carry the MAC they must, or do not fit together."""
