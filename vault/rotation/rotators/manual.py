"""For what only a person can rotate: asks for the new value, and takes it over once it has been put in place."""

from __future__ import annotations

from strongroom.kernel.secretvalue import SecretValue
from vault.rotation.rotators.base import PENDING, CannotTell, Errand, RotationFailed, Rotator, WaitsForPerson


def rotator(errand: Errand, engine: str, strategy: str) -> Rotator:
    """Return the function; there is one strategy."""
    return ManualRotator(errand)


class ManualRotator(Rotator):
    """Waits until the pending version has a value. `REMINDER` of the settings says what is to be done, and where."""

    def create_secret(self) -> None:
        """Raise `WaitsForPerson` while nobody has stored the new value as the pending version."""
        if self.value(PENDING, self._token) is None:
            raise self._reminder()

    def new_value(self, current: SecretValue) -> SecretValue:
        """Raise `WaitsForPerson`: new values come from people."""
        raise self._reminder()

    def set_secret(self) -> None:
        """The person has told the service."""

    def test_secret(self) -> None:
        """Check that the value is another one."""
        if self.pending() == self.current():
            raise RotationFailed(f"the new value of {self._arn} is the current one")

    def accepts(self, value: SecretValue) -> bool:
        """Raise `CannotTell`: nothing is known of where the value is used."""
        raise CannotTell(f"nothing here can try a value of {self._arn}; ask the service that takes it")

    def revoke(self, value: SecretValue) -> None:
        """Raise `WaitsForPerson`."""
        raise WaitsForPerson(f"revoke the old value of {self._arn} by hand{self._said()}")

    def _reminder(self) -> WaitsForPerson:
        return WaitsForPerson(
            f"a new value for {self._arn} has to be made by hand{self._said()}; store it with put-secret-value "
            f"--client-request-token {self._token} --version-stages {PENDING}, and it is taken over"
        )

    def _said(self) -> str:
        text = " ".join(self._errand.settings.get("REMINDER", "").split())
        return f" ({text})" if text else ""
