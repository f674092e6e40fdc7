"""Rotates a value whose only authority is the application that reads it: a signing key, its own login password."""

from __future__ import annotations

import json

from strongroom.kernel.secretvalue import SecretValue
from vault.rotation.rotators.base import PASSWORD_LENGTH, RotationFailed, Rotator

_FIELD = "password"


class GeneratedRotator(Rotator):
    """Draws a new random value: the whole string, or the `password` field of a JSON object."""

    name = "generated"

    def new_value(self, current: SecretValue) -> SecretValue:
        """Return a random value at least as long as the current one, in the same layout."""
        fields = _fields(current)
        if fields is None:
            return SecretValue(self.new_password(max(PASSWORD_LENGTH, min(len(current), 4096))))
        return SecretValue(json.dumps({**fields, _FIELD: self.new_password()}))

    def set_secret(self) -> None:
        """Nobody else has to be told: the application reads the vault."""

    def test_secret(self) -> None:
        """Check that the pending value is new and not empty."""
        pending = self.pending()
        if not pending or pending == self.current():
            raise RotationFailed(f"the new value of {self._arn} is not new")


def _fields(value: SecretValue) -> dict[str, object] | None:
    try:
        content = json.loads(value.reveal_text())
    except ValueError:
        return None
    return content if isinstance(content, dict) and isinstance(content.get(_FIELD), str) else None
