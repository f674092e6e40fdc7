"""Reads the trail on from where it was last left, each chain by itself, and notices rows that were tampered with.

A row is read once: where each chain was left is kept in the transaction that does something with its rows. A row that
does not continue its chain is told of once and counts as nothing; reading goes on behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vault.storage.trail import ChainFault, ChainHead, TrailRepository

Places = Mapping[str, tuple[int, str]]
"""Number and MAC of the last row that was read of each chain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRow:
    """A recorded event, its JSON as it is stored. `time` is in microseconds."""

    time: int
    account_id: str
    region: str
    event: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Some rows, and where the chains are left now. `more` tells whether there are further ones."""

    rows: tuple[RecordedRow, ...]
    faults: tuple[ChainFault, ...]
    places: Places
    more: bool


def ends(trail: TrailRepository) -> Places:
    """Return where all chains end. Raises `IntegrityFailure` for an end that was edited."""
    return {head.writer: (head.seq, head.mac.hex()) for head in trail.heads()}


def read_on(trail: TrailRepository, places: Places, most: int) -> Read:
    """Return up to `most` rows of each chain behind `places`. Raises `IntegrityFailure`."""
    rows: list[RecordedRow] = []
    faults: list[ChainFault] = []
    left, more = dict(places), False
    for head in trail.heads():
        left[head.writer] = _read_chain(trail, head, left.get(head.writer), most, rows, faults)
        more = more or left[head.writer][0] < head.seq
    return Read(rows=tuple(rows), faults=tuple(faults), places=left, more=more)


def _read_chain(
    trail: TrailRepository,
    head: ChainHead,
    place: tuple[int, str] | None,
    most: int,
    rows: list[RecordedRow],
    faults: list[ChainFault],
) -> tuple[int, str]:
    """Add what one chain has behind `place`, None for its beginning; return where it is left."""
    seq, mac = place or (0, (trail.mac_at(head.writer, 0) or b"").hex())
    if seq >= head.seq:
        return seq, mac
    for row in trail.rows_from(head.writer, seq + 1, most):
        if row["seq"] == seq + 1 and trail.continues(bytes.fromhex(mac), row):
            rows.append(_recorded(row))
        else:
            faults.append(ChainFault(writer=head.writer, seq=seq + 1))
        seq, mac = row["seq"], row["mac"].hex()
    return seq, mac


def _recorded(row: Mapping[Any, Any]) -> RecordedRow:
    return RecordedRow(time=row["time"], account_id=row["account_id"], region=row["region"], event=row["event"])
