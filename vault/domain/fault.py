"""What a check of the store found wrong."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A row that is not as the store left it. Neither text holds a value."""

    row: str
    """Which row: a secret's ARN, a version of it, a row of the trail."""
    problem: str
