"""The trail: one row for each call, chained by MACs so that no row can be changed, moved or taken out unnoticed.

`mac = HMAC(trail key, prev, seq, time, event)`. The number and MAC of the last row stand, under a MAC of their own,
among the store's facts: so the end of the chain cannot be cut off either.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from strongroom.kernel.canonical import canonical_json
from vault.crypto.kdf import Barrier, Purpose
from vault.domain.errors import IntegrityFailure
from vault.storage.meta import MetaRepository
from vault.storage.schema import from_micros, to_micros, trail

_HEAD = "trail_head"
_GENESIS = b"genesis"
_MAC_BYTES = 32
_INSERT = insert(trail)
_AFTER = select(trail).where(trail.c.seq > bindparam("after")).order_by(trail.c.seq).limit(bindparam("limit"))
_ALL = select(trail).order_by(trail.c.seq)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailRow:
    """One recorded event and its place in the chain."""

    seq: int
    time: datetime
    event: dict[str, Any]


class TrailRepository:
    """Appends to the chain and reads it."""

    def __init__(self, connection: Connection, barrier: Barrier, meta: MetaRepository) -> None:
        self._connection = connection
        self._barrier = barrier
        self._meta = meta

    def begin(self) -> None:
        """Record the end of a chain without rows, so that a chain whose end is not recorded is a damaged one."""
        self._set_head(0, self._genesis())

    def append(self, event: Mapping[str, Any], at: datetime) -> int:
        """Append `event` (JSON values, no secret among them) and return its number.

        Raises `IntegrityFailure` when the record of the chain's end was edited.
        """
        last, prev = self._head()
        row = {"seq": last + 1, "time": to_micros(at), "event": canonical_json(event).decode("utf-8"), "prev": prev}
        mac = self._mac(row)
        self._connection.execute(_INSERT, {**row, "mac": mac})
        self._set_head(last + 1, mac)
        return last + 1

    def read(self, *, after: int = 0, limit: int = 1000) -> list[TrailRow]:
        """Return up to `limit` rows after number `after`, in order."""
        rows = self._connection.execute(_AFTER, {"after": after, "limit": limit}).mappings()
        return [TrailRow(seq=row["seq"], time=from_micros(row["time"]), event=json.loads(row["event"])) for row in rows]

    def first_bad(self) -> int | None:
        """Walk the chain and return the number of the first row that is wrong or missing, None when all is whole."""
        try:
            length, head = self._head()
        except IntegrityFailure:
            return 0
        expected, prev = 1, self._genesis()
        for row in self._rows():
            sound = row["seq"] == expected and row["prev"] == prev and row["mac"] == self._mac(row)
            if not sound or expected > length:
                return expected
            expected, prev = expected + 1, row["mac"]
        return None if expected == length + 1 and prev == head else expected

    def _rows(self) -> Iterator[Mapping[Any, Any]]:
        yield from self._connection.execute(_ALL).mappings()

    def _head(self) -> tuple[int, bytes]:
        stored = self._meta.get(_HEAD) or b""
        number, mac, proof = stored[:8], stored[8 : 8 + _MAC_BYTES], stored[8 + _MAC_BYTES :]
        if not self._barrier.verifies(proof, Purpose.TRAIL, b"head", number, mac):
            raise IntegrityFailure("The record of the trail's end was changed outside the store.")
        return int.from_bytes(number, "big"), mac

    def _set_head(self, seq: int, mac: bytes) -> None:
        number = seq.to_bytes(8, "big")
        self._meta.set(_HEAD, number + mac + self._barrier.mac(Purpose.TRAIL, b"head", number, mac))

    def _genesis(self) -> bytes:
        return self._barrier.mac(Purpose.TRAIL, _GENESIS)

    def _mac(self, row: Mapping[Any, Any]) -> bytes:
        place = f"{row['seq']}@{row['time']}".encode()
        return self._barrier.mac(Purpose.TRAIL, row["prev"], place, row["event"].encode("utf-8"))
