"""What kinds of KMS keys there are, what each may be used for, and by which algorithms; the table is `key_specs.json`.

Source: AWS KMS Developer Guide, "Key spec reference"; API Reference, "CreateKey", "CreateGrant", "Sign". Key specs and
algorithms that the library for cryptography does not have (`ML_KEM_512`, `ED25519_PH_SHA_512`, those of SM2) are not in
the table, and are refused by name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from vault.domain.errors import ValidationFailed
from vault.domain.kms_errors import InvalidKeyUsage, UnsupportedKeyOperation

SYMMETRIC = "SYMMETRIC_DEFAULT"
ENCRYPTION = "ENCRYPT_DECRYPT"
SIGNING = "SIGN_VERIFY"
AGREEMENT = "KEY_AGREEMENT"
MACS = "GENERATE_VERIFY_MAC"
ENCAPSULATION = "ENCAPSULATE_DECAPSULATE"

_BITS = 8
_WITHOUT_PAIR = ("AES", "HMAC")


@dataclass(frozen=True, slots=True, kw_only=True)
class Algorithm:
    """An algorithm by its name in the API. `digest` is `hashlib`'s name of its hash, empty where it has its own."""

    name: str
    scheme: str
    digest: str
    message_types: tuple[str, ...] = ()
    """For one that signs: what the message may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySpec:
    """A kind of key. `usages` are the algorithms for each use that such a key can have."""

    name: str
    kind: str
    """`AES`, `HMAC`, `RSA`, the name of a curve or of a parameter set."""
    size: int
    """In bits, of the secret or modulus."""
    usages: Mapping[str, tuple[str, ...]]

    @property
    def is_pair(self) -> bool:
        """Tell whether its material is a private key with a public half."""
        return self.kind not in _WITHOUT_PAIR

    @property
    def secret_bytes(self) -> int:
        """How long the material of a key without a public half is."""
        return self.size // _BITS

    def checked_usage(self, usage: str | None) -> str:
        """Return the use of a new key. Raises `ValidationFailed` for one that it cannot have, or that must be said."""
        if usage is None:
            if self.name != SYMMETRIC:
                raise ValidationFailed(
                    "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."
                )
            return ENCRYPTION
        if usage not in self.usages:
            raise ValidationFailed(f"KeyUsage {usage} is not compatible with KeySpec {self.name}")
        return usage

    def algorithm(self, usage: str, name: str) -> Algorithm:
        """Return an algorithm for a use. Raises `InvalidKeyUsage` for one that keys of this spec do not have."""
        if name not in self.usages[usage]:
            raise InvalidKeyUsage(f"Algorithm {name} is incompatible with key spec {self.name}.")
        return algorithm_named(name)

    def grantable(self, usage: str) -> frozenset[str]:
        """Return the operations that a grant on such a key may allow."""
        own = _table()["grants"]["symmetric" if self.name == SYMMETRIC else usage]
        return frozenset((*_table()["grants"]["every"], *own))


@lru_cache(maxsize=64)
def spec_named(name: str) -> KeySpec:
    """Return a kind of key. Raises `UnsupportedKeyOperation` for one that is not offered."""
    found = _table()["specs"].get(name)
    if found is None:
        raise UnsupportedKeyOperation(f"KeySpec {name} is not supported.")
    usages = {usage: tuple(algorithms) for usage, algorithms in found["usages"].items()}
    return KeySpec(name=name, kind=found["kind"], size=found["size"], usages=usages)


@lru_cache(maxsize=64)
def algorithm_named(name: str) -> Algorithm:
    """Return an algorithm of the table."""
    found = _table()["algorithms"].get(name, {"scheme": name, "hash": ""})
    types = tuple(_table()["message_types"].get(found["scheme"], ()))
    return Algorithm(name=name, scheme=found["scheme"], digest=found["hash"], message_types=types)


def binds_context(operation: str) -> bool:
    """Tell whether an operation binds a ciphertext to an encryption context."""
    return operation in _table()["grants"]["symmetric"]


def algorithms_member(usage: str) -> str:
    """Return the member of a key's description that lists the algorithms for a use."""
    member: str = _table()["shown_as"][usage]
    return member


@cache
def _table() -> Mapping[str, Any]:
    table: Mapping[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
    return table
