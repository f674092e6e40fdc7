"""Rotates a value whose only authority is the application that reads it: a signing key, its own login password.

Three layouts. `{"current": …, "previous": […]}` is for signing keys: what was signed with an old key is still verified
while the key stays among the previous ones, the newest first. `{"password": …}` and a plain text keep no old value,
unless the secret says (`KEEPS_PREVIOUS`) that its readers take the version at AWSPREVIOUS as well, as Django does.
"""

from __future__ import annotations

import json
from typing import Any

from strongroom.kernel.secretvalue import SecretValue
from vault.rotation.rotators.base import PREVIOUS, Errand, RotationFailed, Rotator
from vault.rotation.rotators.passwords import LONGEST, PASSWORD_LENGTH, new_password

_PASSWORD = "password"  # noqa: S105 - a field's name
_KEY, _OLD_KEYS, _KEEP = "current", "previous", "keep"
_KEPT = 1
_MOST_KEPT = 16


def rotator(errand: Errand, engine: str, strategy: str) -> Rotator:
    """Return the function; there is one strategy."""
    return GeneratedRotator(errand)


class GeneratedRotator(Rotator):
    """Draws a new random value in the layout of the current one."""

    def new_value(self, current: SecretValue) -> SecretValue:
        """Return a random value at least as long as the current one, in the same layout."""
        content = _object(current)
        if content is not None and isinstance(content.get(_KEY), str) and _OLD_KEYS in content:
            return SecretValue(json.dumps(self._next_keys(content)))
        if content is not None and isinstance(content.get(_PASSWORD), str):
            return SecretValue(json.dumps({**content, _PASSWORD: self._drawn("").reveal_text()}))
        return self._drawn(current.reveal_text())

    def set_secret(self) -> None:
        """Check that the pending value is new; nobody else has to be told, as the application reads the vault."""
        if self.pending() == self.current():
            raise RotationFailed(f"the new value of {self._arn} is not new")

    def test_secret(self) -> None:
        """Check that there is a pending value; a test of the rotation alone tries a copy of the current one."""
        self.pending()

    def accepts(self, value: SecretValue) -> bool:
        """Tell whether readers of the current value still go by another one: as it, or as one of the previous keys."""
        return _keys(value)[0] in [*_keys(self.current()), *self._kept_before()]

    def revoke(self, value: SecretValue) -> None:
        """Take a key out of the previous ones, in a version of its own; the other layouts keep nothing to take out."""
        current, revoked = self.current(), _keys(value)[0]
        if revoked == _keys(current)[0]:
            raise self.still_current()
        if revoked in _keys(current):
            self._store_without(current, revoked)
        elif revoked in self._kept_before():
            stages = self._client.describe_secret(SecretId=self._arn)["VersionIdsToStages"]
            holder = next(version for version, labels in stages.items() if PREVIOUS in labels)
            self._client.update_secret_version_stage(
                SecretId=self._arn, VersionStage=PREVIOUS, RemoveFromVersionId=holder
            )

    def _kept_before(self) -> list[SecretValue]:
        """Return the value before the current one where readers go by it, too."""
        before = self.value(PREVIOUS) if self._errand.settings.get("KEEPS_PREVIOUS") == "true" else None
        return [] if before is None else _keys(before)[:1]

    def _store_without(self, current: SecretValue, key: SecretValue) -> None:
        content = _object(current) or {}
        content[_OLD_KEYS] = [text for text in content[_OLD_KEYS] if SecretValue(text) != key]
        self._client.put_secret_value(SecretId=self._arn, SecretString=json.dumps(content))

    def _next_keys(self, content: dict[str, Any]) -> dict[str, Any]:
        old = [content[_KEY], *_texts(content[_OLD_KEYS], self._arn)]
        new = self._drawn(content[_KEY]).reveal_text()
        return {**content, _KEY: new, _OLD_KEYS: old[: self._kept(content)]}

    def _kept(self, content: dict[str, Any]) -> int:
        keep = content.get(_KEEP, _KEPT)
        if isinstance(keep, bool) or not isinstance(keep, int) or not 0 <= keep <= _MOST_KEPT:
            raise RotationFailed(f"{_KEEP} of {self._arn} is no whole number from 0 to {_MOST_KEPT}")
        return keep

    def _drawn(self, old: str) -> SecretValue:
        return new_password(self._errand, length=max(PASSWORD_LENGTH, min(len(old), LONGEST)))


def _object(value: SecretValue) -> dict[str, Any] | None:
    try:
        content = json.loads(value.reveal_text())
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def _texts(found: object, arn: str) -> list[str]:
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise RotationFailed(f"{_OLD_KEYS} of {arn} is no list of texts")
    return found


def _keys(value: SecretValue) -> list[SecretValue]:
    """Return the keys in a value, the current one first; in other layouts that is all that is secret of it."""
    content = _object(value)
    if content is None:
        return [value]
    if isinstance(content.get(_KEY), str) and _OLD_KEYS in content:
        old = content[_OLD_KEYS] if isinstance(content[_OLD_KEYS], list) else []
        return [SecretValue(text) for text in (content[_KEY], *old) if isinstance(text, str)]
    secret = content.get(_PASSWORD)
    return [SecretValue(secret) if isinstance(secret, str) else value]
