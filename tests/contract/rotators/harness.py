"""What the laws need of each kind of credential: a first value, and whether the service itself takes a value."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from vault.bootstrap import Vault


class Harness(ABC):
    """One kind of credential under one strategy."""

    previous_survives: ClassVar[bool] = False
    """Whether what was current stays good until the next rotation."""

    def __init__(self, strategy: str) -> None:
        self.strategy = strategy

    @abstractmethod
    def first(self, vault: Vault) -> str | Mapping[str, Any]:
        """Make a credential, and return it as the value of a secret."""

    @abstractmethod
    def accepted(self, value: str) -> bool:
        """Tell whether the service takes a value, asked without the rotation function."""

    def junk(self, value: str) -> str:
        """Return a value of the same layout that was never good."""
        import json

        return json.dumps({**json.loads(value), "password": "never-" + "good"})
