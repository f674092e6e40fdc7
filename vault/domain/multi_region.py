"""What a KMS key of several regions knows of the others.

The keys of a set have one id, one spec and usage and the same materials, so that each opens what another sealed. The
primary alone changes what they share. Source: AWS KMS Developer Guide, "Multi-Region keys in AWS KMS".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiRegion:
    """What a key of several regions knows of the others: which is the primary, and which are its replicas."""

    primary: str
    replicas: tuple[str, ...] = ()
    generation: int = 0
    """Counts what the primary has changed for all; a replica takes what is newer."""
    promoting: str = ""
    """For a primary: the region that is to be the primary instead."""

    def with_replica(self, region: str) -> MultiRegion:
        """Return it with one more replica."""
        return replace(self, replicas=(*self.replicas, region))

    def without_replica(self, region: str) -> MultiRegion:
        """Return it with one less."""
        return replace(self, replicas=tuple(each for each in self.replicas if each != region))

    def moved(self) -> MultiRegion:
        """Return it after the region that is promoted has become the primary: the old and the new one reckon alike."""
        staying = self.without_replica(self.promoting).replicas
        return MultiRegion(primary=self.promoting, replicas=(*staying, self.primary), generation=self.generation + 1)

    def state(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "primary": self.primary,
            "replicas": list(self.replicas),
            "generation": self.generation,
            "promoting": self.promoting,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> MultiRegion:
        """Return what `state()` described."""
        return cls(
            primary=state["primary"],
            replicas=tuple(state["replicas"]),
            generation=state["generation"],
            promoting=state["promoting"],
        )
