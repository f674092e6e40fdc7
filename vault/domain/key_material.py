"""The materials of a KMS key, without themselves: drawn here or imported, current or not, and why each was made.

Source: AWS KMS Developer Guide, "Rotate AWS KMS keys", "Importing key material for AWS KMS keys".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any


class Origin(StrEnum):
    """Where the material of a key comes from."""

    OURS = "AWS_KMS"
    EXTERNAL = "EXTERNAL"


class RotationKind(StrEnum):
    """Why a key material was made; the first has no kind."""

    FIRST = ""
    AUTOMATIC = "AUTOMATIC"
    ON_DEMAND = "ON_DEMAND"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What is known of a material that was imported. `held` tells whether it is here, or must be imported again."""

    held: bool
    valid_to: datetime | None = None
    """When it expires; None for never."""
    description: str = ""

    def state(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "held": self.held,
            "valid_to": self.valid_to.isoformat() if self.valid_to else None,
            "description": self.description,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Imported:
        """Return what `state()` described."""
        valid_to = state["valid_to"]
        return cls(
            held=state["held"],
            valid_to=datetime.fromisoformat(valid_to) if valid_to else None,
            description=state["description"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """One key material, without itself. `bound`: it is wrapped for its id, unlike those of the first stores."""

    material_id: str
    created: datetime
    kind: RotationKind = RotationKind.FIRST
    bound: bool = True
    imported: Imported | None = None
    """None for one that was drawn here."""

    @property
    def held(self) -> bool:
        """Tell whether the material is here."""
        return self.imported is None or self.imported.held

    @property
    def expires(self) -> datetime | None:
        """When a material that is here expires."""
        return self.imported.valid_to if self.imported is not None and self.imported.held else None

    def at(self, now: datetime) -> Material:
        """Return the material as it is at a time: one that has expired is not here."""
        if self.expires is None or now < self.expires:
            return self
        return self.given_up()

    def given_up(self) -> Material:
        """Return the material, imported before, as one that must be imported again."""
        imported = self.imported or Imported(held=False)
        return replace(self, imported=replace(imported, held=False, valid_to=None))

    def state(self) -> dict[str, Any]:
        """Return the material as JSON values. One that was drawn here has no word about imports, as before."""
        shown = {
            "id": self.material_id,
            "created": self.created.isoformat(),
            "kind": self.kind.value,
            "bound": self.bound,
        }
        return shown if self.imported is None else {**shown, "imported": self.imported.state()}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Material:
        """Return the material that `state()` described."""
        return cls(
            material_id=state["id"],
            created=datetime.fromisoformat(state["created"]),
            kind=RotationKind(state["kind"]),
            bound=state["bound"],
            imported=Imported.from_state(state["imported"]) if "imported" in state else None,
        )
