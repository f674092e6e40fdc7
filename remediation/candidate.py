"""A finding whose place can be rewritten, with what is known of its value."""

from __future__ import annotations

from dataclasses import dataclass

from remediation.model import Connection, Reference
from scanner.model import Finding
from strongroom.kernel.secretvalue import SecretValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A finding whose place can be rewritten."""

    finding: Finding
    reference: Reference
    secret: SecretValue
    connection: Connection | None
    binding: str
