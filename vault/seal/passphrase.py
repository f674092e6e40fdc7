"""The keeper that a passphrase opens: Argon2id makes a key of it, which wraps the root key with AES-256-GCM."""

from __future__ import annotations

import base64
import binascii
import os

from strongroom.kernel.errors import UsageError
from strongroom.kernel.secretvalue import SecretValue
from vault.crypto.passphrase import SALT_BYTES, Costs, stretch
from vault.domain.errors import Sealed
from vault.seal.asking import asked, line_of, on_terminal
from vault.seal.base import Envelope, unwrap_under, wrap_under

LEAST_BYTES = 12
"""Of a new passphrase: shorter ones fall to guessing, whatever one guess costs."""


class Passphrase:
    """Takes the passphrase from a line of the file descriptor, or by a prompt where that is a terminal.

    Without a descriptor it is standard input, and that only where it is a terminal: else a value may be waiting there.
    One that was `given` already is taken instead.
    """

    name = "passphrase"

    def __init__(
        self, descriptor: int | None = None, costs: Costs | None = None, given: SecretValue | None = None
    ) -> None:
        self._descriptor = descriptor
        self._at_hand = given
        self._costs = costs or Costs()

    def wrap(self, root_key: SecretValue, store_id: str) -> Envelope:
        """Return the root key under a new passphrase. Raises `UsageError` for a short or mistyped one."""
        passphrase = self._new()
        salt = os.urandom(SALT_BYTES)
        parameters = {
            "kdf": "argon2id",
            "salt": base64.b64encode(salt).decode(),
            "memory_kib": self._costs.memory_kib,
            "iterations": self._costs.iterations,
            "lanes": self._costs.lanes,
        }
        envelope = Envelope(keeper=self.name, store_id=store_id, parameters=parameters)
        return wrap_under(stretch(passphrase, salt, self._costs), root_key, envelope)

    def unwrap(self, envelope: Envelope) -> SecretValue:
        """Return the root key. Raises `Sealed`."""
        salt, costs = _salt(envelope), _costs(envelope)
        passphrase = self._read("passphrase of the root key")
        return unwrap_under(
            stretch(passphrase, salt, costs),
            envelope,
            "The passphrase does not open the root key, or its envelope was changed; try again with the right one, "
            "or restore the envelope from a backup.",
        )

    def _new(self) -> SecretValue:
        passphrase = self._read("new passphrase of the root key")
        if len(passphrase) < LEAST_BYTES:
            raise UsageError(
                f"the passphrase is shorter than {LEAST_BYTES} bytes", hint="several words are easy to keep"
            )
        if on_terminal(self._descriptor or 0) and asked("the same again") != passphrase:
            raise UsageError("the two passphrases differ", hint="try again")
        return passphrase

    def _read(self, prompt: str) -> SecretValue:
        if self._at_hand is not None:
            return self._at_hand
        if on_terminal(self._descriptor or 0):
            return asked(prompt)
        if self._descriptor is None:
            raise Sealed(
                "The root key needs its passphrase; give it on a file descriptor: "
                "--root-key passphrase-fd:3 3< FILE, or STRONGROOM_ROOT_KEY=passphrase-fd:3."
            )
        return line_of(self._descriptor)


def _salt(envelope: Envelope) -> bytes:
    try:
        salt = base64.b64decode(envelope.parameter("salt", str), validate=True)
    except binascii.Error:
        salt = b""
    if len(salt) != SALT_BYTES or envelope.parameter("kdf", str) != "argon2id":
        raise Sealed("The envelope of the root key is damaged; restore it from a backup.")
    return salt


def _costs(envelope: Envelope) -> Costs:
    names = ("memory_kib", "iterations", "lanes")
    costs = Costs(**{name: envelope.parameter(name, int) for name in names})
    if not costs.bounded:
        raise Sealed("The envelope of the root key asks for costs out of bounds; restore it from a backup.")
    return costs
