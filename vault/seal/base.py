"""What keeps a store's root key: a keeper wraps it, and an envelope beside the store says how it is unwrapped.

The root key itself never changes: to move from one keeper to another is to write another envelope.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from strongroom.kernel.canonical import canonical_json
from strongroom.kernel.files import write_atomic
from strongroom.kernel.secretvalue import SecretValue
from vault.crypto.aead import KEY_BYTES, seal, unseal
from vault.domain.errors import DecryptionFailed, Sealed
from vault.seal.file import read_private

FORMAT = "strongroom-root-key-2"
_MAX_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Who keeps a root key, with what parameters, and the key as wrapped. None of it is a secret."""

    keeper: str
    store_id: str
    """The store whose key it is; empty for a key that lies in a file as it is."""
    parameters: Mapping[str, Any]
    wrapped: bytes = b""

    @property
    def bound(self) -> bytes:
        """What the wrapped key is bound to: everything else of the envelope."""
        return canonical_json(self._described())

    def write(self, path: Path) -> None:
        """Write the envelope, 0600 and whole or not at all. Raises `OSError`."""
        write_atomic(path, json.dumps(self.content(), indent=1).encode() + b"\n")

    def content(self) -> dict[str, Any]:
        """Return the envelope as JSON values."""
        return {**self._described(), "wrapped": base64.b64encode(self.wrapped).decode()}

    @classmethod
    def read(cls, path: Path) -> Envelope:
        """Read an envelope. Raises `Sealed` when it is absent, open to other users, or damaged."""
        content = read_private(path, _MAX_BYTES)
        try:
            return cls.parse(json.loads(content))
        except ValueError:
            raise Sealed(f"{path} is damaged; restore it from a backup.") from None

    @classmethod
    def parse(cls, found: Any) -> Envelope:
        """Return the envelope of JSON values. Raises `ValueError` where they are none."""
        try:
            envelope = cls(
                keeper=found["keeper"],
                store_id=found["store"],
                parameters=dict(found["parameters"]),
                wrapped=base64.b64decode(found["wrapped"], validate=True),
            )
            known = found["format"] == FORMAT
        except (KeyError, TypeError):
            raise ValueError("no envelope") from None
        if not known or not all(isinstance(each, str) for each in (envelope.keeper, envelope.store_id)):
            raise ValueError("no envelope")
        return envelope

    def parameter(self, name: str, kind: type) -> Any:
        """Return a parameter. Raises `Sealed` where it is absent or of another type."""
        found = self.parameters.get(name)
        if not isinstance(found, kind):
            raise Sealed(f"The parameter {name} of the root key's envelope is damaged; restore it from a backup.")
        return found

    def _described(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "keeper": self.keeper,
            "store": self.store_id,
            "parameters": dict(self.parameters),
        }


class Keeper(Protocol):
    """Wraps a store's root key, and unwraps it again."""

    name: str
    """How envelopes name it."""

    def wrap(self, root_key: SecretValue, store_id: str) -> Envelope:
        """Return a fresh envelope of the root key. Raises `Sealed`, or `UsageError` for what cannot be used."""

    def unwrap(self, envelope: Envelope) -> SecretValue:
        """Return the root key. Raises `Sealed`, with the way out, where what opens it is absent or wrong."""


def wrap_under(key: SecretValue, root_key: SecretValue, envelope: Envelope) -> Envelope:
    """Return `envelope` with the root key wrapped under a 256-bit key, bound to all the rest of it."""
    return Envelope(
        keeper=envelope.keeper,
        store_id=envelope.store_id,
        parameters=envelope.parameters,
        wrapped=seal(key.reveal(), root_key.reveal(), envelope.bound),
    )


def unwrap_under(key: SecretValue, envelope: Envelope, refusal: str) -> SecretValue:
    """Return what `wrap_under` wrapped. Raises `Sealed` with the text `refusal` for another key or a changed byte."""
    try:
        return root_key_of(unseal(key.reveal(), envelope.wrapped, envelope.bound))
    except DecryptionFailed:
        raise Sealed(refusal) from None


def root_key_of(data: bytes) -> SecretValue:
    """Return unwrapped bytes as a root key. Raises `Sealed` where they cannot be one."""
    if len(data) != KEY_BYTES:
        raise Sealed("What the root key's envelope holds is not a root key; restore it from a backup.")
    return SecretValue(data)
