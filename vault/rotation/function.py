"""What the engine asks of a rotation function, built in or uploaded."""

from __future__ import annotations

from typing import Protocol

from strongroom.kernel.secretvalue import SecretValue
from vault.rotation.rotators.base import Step


class RotationFunction(Protocol):
    """A rotation function bound to one secret and one token."""

    @property
    def ends_by_rotating(self) -> bool:
        """Whether an old value lives on until the rotation after next, as with users that take turns."""

    def run(self, step: Step) -> None:
        """Do one step. Raises `RotationFailed`, or what a client or driver raises."""

    def accepts(self, value: SecretValue) -> bool:
        """Tell, by a real attempt, whether the service accepts a value. Raises `CannotTell`, `RotationFailed`."""

    def revoke(self, value: SecretValue) -> None:
        """Have the service refuse an old value for good. Raises `RotationFailed`."""
