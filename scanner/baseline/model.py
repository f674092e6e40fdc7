"""A baseline: which findings are accepted, known by fingerprint and a short check of the value."""

from __future__ import annotations

from enum import StrEnum

from scanner.model import Confidence, Finding
from strongroom.kernel.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

CHECK_DIGITS = 3
"""Hex digits of a check: 12 bits, enough to notice another value, too few to confirm a guess."""
_COST, _BLOCK, _PARALLEL = 256, 8, 1
"""scrypt's N, r and p (RFC 7914): a millisecond. What keeps a value is that 12 bits fit every 4096th guess."""


class Label(StrEnum):
    """What a person found a finding to be."""

    TRUE = "true"
    """A credential, accepted or not."""
    FALSE = "false"
    """None."""


class Entry(Record):
    """One finding that is known: accepted, unless `accepts` says that it is labelled only.

    With `history` it stands in commits only, and no tree is asked for it; nor is a scan that had to be surer.
    """

    fingerprint: str
    check: str
    rule_id: str
    path: str
    reason: str = ""
    history: bool = False
    confidence: Confidence = Confidence.HIGH
    label: Label | None = None
    expires: str = ""
    """The last day on which it accepts anything, YYYY-MM-DD; empty where there is none."""
    accepts: bool = True

    @property
    def key(self) -> tuple[str, str]:
        """Return what tells it apart in its file: the place and the value."""
        return self.fingerprint, self.check

    @property
    def lasts(self) -> bool:
        """Tell whether it goes on to say something with nothing behind it: what a review found, and no hole by that."""
        return not self.accepts or self.label is Label.FALSE

    def is_over(self, today: str) -> bool:
        """Tell whether its last day lies before `today`, YYYY-MM-DD."""
        return self.expires != "" and self.expires < today

    def in_force(self, today: str) -> bool:
        """Tell whether it accepts its finding on `today`, YYYY-MM-DD."""
        return self.accepts and not self.is_over(today)


class Baseline(Record):
    """The entries of one file, in order of fingerprint and check, under the file's own salt."""

    salt: bytes
    entries: tuple[Entry, ...] = ()

    def places(self) -> dict[str, list[Entry]]:
        """Return the entries by fingerprint; a place of a history may have had several values."""
        known: dict[str, list[Entry]] = {}
        for entry in self.entries:
            known.setdefault(entry.fingerprint, []).append(entry)
        return known


def entry_of(
    finding: Finding,
    salt: bytes,
    *,
    reason: str = "",
    label: Label | None = None,
    expires: str = "",
    accepts: bool = True,
) -> Entry:
    """Return the entry that knows `finding` in the file whose salt is `salt`."""
    return Entry(
        fingerprint=finding.fingerprint,
        check=check_of(finding, salt),
        rule_id=finding.rule_id,
        path=finding.path,
        reason=reason,
        history=not finding.in_head and finding.commit is not None,
        confidence=finding.confidence,
        label=label,
        expires=expires,
        accepts=accepts,
    )


def check_of(finding: Finding, salt: bytes) -> str:
    """Return the check of a finding's value in the file whose salt is `salt`: equal values elsewhere have another."""
    from hashlib import scrypt

    value = same_lines(finding.value.reveal())
    bound = salt + bytes.fromhex(finding.fingerprint)
    return scrypt(value, salt=bound, n=_COST, r=_BLOCK, p=_PARALLEL, dklen=2).hex()[:CHECK_DIGITS]


def today() -> str:
    """Return the day, where this runs, as entries name days."""
    from datetime import date

    return date.today().isoformat()


def with_entries(baseline: Baseline, entries: Iterable[Entry]) -> Baseline:
    """Return a baseline of `entries` alone, each place and value once.

    Of two the one that accepts less counts, so that a merge accepts nothing that one side does not; else one with a
    reason.
    """
    kept: dict[tuple[str, str], Entry] = {}
    for entry in sorted(entries, key=_order):
        kept.setdefault(entry.key, entry)
    return Baseline(salt=baseline.salt, entries=tuple(kept.values()))


def _order(entry: Entry) -> tuple[str | bool, ...]:
    force = (entry.accepts, not entry.expires, entry.expires)
    told = (entry.label is None, entry.label or "", not entry.reason, entry.reason, entry.history)
    return (*entry.key, *force, *told, entry.rule_id, entry.path, entry.confidence.value)


def same_lines(value: bytes) -> bytes:
    """Return `value` with LF line ends: a text checked out with others holds the same key."""
    return value.replace(b"\r\n", b"\n")
