"""What a check of a value's format says."""

from __future__ import annotations

from strongroom.kernel.record import Record


class Outcome(Record):
    """Whether the value keeps what its format promises, and in words what was looked at; never the value itself."""

    holds: bool
    detail: str
    decisive: bool = False
    """Whether a value that fails cannot be what it looks like, whoever made it up."""
