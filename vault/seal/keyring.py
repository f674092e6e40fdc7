"""The keeper that is the operating system's keyring: it holds a key that wraps the root key.

Secret Service on Linux, Keychain on macOS, Credential Locker on Windows, through the library keyring. Whoever runs code
as the logged-in user can ask the keyring, too.
"""

from __future__ import annotations

import base64
import binascii
import secrets
import sys
from collections.abc import Callable
from typing import Any, TypeVar

from strongroom.kernel.errors import UsageError
from strongroom.kernel.secretvalue import SecretValue
from vault.crypto.aead import generate_key
from vault.domain.errors import Sealed
from vault.seal.base import Envelope, root_key_of, unwrap_under, wrap_under

SERVICE = "strongroom"  # strongroom:allow hardcoded-password reason="the name of the entries' service"
_LEAST_PRIORITY = 1
"""What the library recommends; below are backends that keep nothing, or in plain files."""

Result = TypeVar("Result")


class OsKeyring:
    """Keeps the wrapping key as an entry of the service `service`, by default of the envelope's."""

    name = "keyring"

    def __init__(self, service: str = "") -> None:
        self._service = service

    def wrap(self, root_key: SecretValue, store_id: str) -> Envelope:
        """Return the root key under a new entry of the keyring. Raises `Sealed` where that takes none."""
        service = self._service or SERVICE
        # An entry of its own each time: until the envelope is written, the one before must open the store.
        entry = f"{store_id} {secrets.token_hex(8)}"
        key = SecretValue(generate_key())
        backend = _backend()
        encoded = base64.b64encode(key.reveal()).decode()
        _asked(lambda: backend.set_password(service, entry, encoded))
        envelope = Envelope(keeper=self.name, store_id=store_id, parameters={"service": service, "entry": entry})
        wrapped = wrap_under(key, root_key, envelope)
        if self.unwrap(wrapped) != root_key:
            raise Sealed("The keyring does not give back what it was given.")
        return wrapped

    def unwrap(self, envelope: Envelope) -> SecretValue:
        """Return the root key. Raises `Sealed`."""
        service, entry = envelope.parameter("service", str), envelope.parameter("entry", str)
        backend = _backend()
        found = _asked(lambda: backend.get_password(self._service or service, entry))
        if found is None:
            raise Sealed(
                f"The keyring has no entry {entry!r} of {self._service or service!r}; "
                "run this as the user whose keyring it is, logged in."
            )
        return unwrap_under(
            _key(found), envelope, "The keyring's entry does not open the root key; its envelope was changed."
        )


def _key(found: str) -> SecretValue:
    try:
        return root_key_of(base64.b64decode(found, validate=True))
    except binascii.Error:
        raise Sealed("The keyring's entry does not hold a key.") from None


def _backend() -> Any:
    backend = _library().get_keyring()
    if backend.priority < _LEAST_PRIORITY:
        raise Sealed(
            "There is no keyring that keeps secrets here; log in to a desktop session, or run this under "
            "dbus-run-session with a Secret Service such as gnome-keyring."
        )
    return backend


def _asked(question: Callable[[], Result]) -> Result:
    try:
        return question()
    except Exception as error:  # noqa: BLE001 - each backend raises its own
        raise Sealed(f"The keyring cannot be used ({type(error).__name__}); unlock it, then try again.") from None


def _library() -> Any:
    try:
        import keyring
    except ImportError:
        command = f"{sys.executable} -m pip install 'strongroom[keyring]'"
        raise UsageError("the system's keyring needs the library keyring", hint=command) from None
    return keyring
