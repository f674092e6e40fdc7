"""The trail: one row for each call, chained by MACs so that no row can be changed, moved or taken out unnoticed.

Each writer, which is a host, has a chain of its own, so that two servers on one store do not wait for each other's
record. `mac = HMAC(trail key, mac before, seq@time, event)`. The number and MAC of a chain's last row stand under a
MAC of their own, as does the list of chains: so neither an end nor a whole chain can be cut off. Events wait in memory
until the transaction commits, and are then written at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, insert, select, tuple_, update

from vault.crypto.kdf import Barrier, Purpose
from vault.domain.errors import IntegrityFailure
from vault.storage.documents import document, loaded
from vault.storage.hot import Driver, HotStatement
from vault.storage.meta import MetaRepository
from vault.storage.schema import from_micros, to_micros, trail, trail_chains

FIRST_WRITER = ""
"""The writer of stores from before each had a chain of its own."""

_WRITERS = "trail_writers"
_CUT = "The record of the trail's end was changed outside the store."
_GENESIS = b"genesis"
_GENERATIONS = "secretGenerations"
_MAC_BYTES = 32
_PAGE = 1000
_LEAST = -(1 << 63)
_LATEST = (1 << 62, "", 0)
_INSERT = HotStatement(insert(trail))
_HEAD = HotStatement(select(*trail_chains.c["seq", "head", "proof"]).where(trail_chains.c.writer == bindparam("of")))
_BEGIN = insert(trail_chains)
_MOVE_ON = HotStatement(
    update(trail_chains)
    .where(trail_chains.c.writer == bindparam("of"))
    .values({name: bindparam(f"new_{name}") for name in ("seq", "head", "proof")})
)
_ROWS = (
    select(trail)
    .where(trail.c.writer == bindparam("of"), trail.c.seq >= bindparam("first"))
    .order_by(trail.c.seq)
    .limit(bindparam("most"))
)
_CHAINED = select(trail.c.writer).distinct()
_PLACE = tuple_(trail.c.time, trail.c.writer, trail.c.seq)
_BACKWARDS = (
    select(trail)
    .where(trail.c.account_id == bindparam("account"), trail.c.region == bindparam("in_region"))
    .where(tuple_(bindparam("t"), bindparam("w"), bindparam("n")) > _PLACE, trail.c.time >= bindparam("start"))
    .order_by(trail.c.time.desc(), trail.c.writer.desc(), trail.c.seq.desc())
)
_FORWARDS = (
    select(trail)
    .where(trail.c.account_id == bindparam("account"), trail.c.region == bindparam("in_region"))
    .where(tuple_(bindparam("t"), bindparam("w"), bindparam("n")) < _PLACE, trail.c.time <= bindparam("end"))
    .order_by(trail.c.time, trail.c.writer, trail.c.seq)
)

Position = tuple[int, str, int]
"""Where a row stands among all: its time, writer and number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailRow:
    """One recorded event and its place in the chain of its writer."""

    writer: str
    seq: int
    time: datetime
    event: dict[str, Any]
    mac: bytes

    @property
    def position(self) -> Position:
        """Return where the row stands among all."""
        return to_micros(self.time), self.writer, self.seq


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainHead:
    """The end of a chain: number and MAC of its last row."""

    writer: str
    seq: int
    mac: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainFault:
    """Where a chain is broken: its first row that is wrong or missing, 0 for the record of its end."""

    writer: str
    seq: int


class ChainWalk:
    """A walk along one chain, which may take several transactions. `bad` is the first row that is not as it was."""

    def __init__(self, writer: str, genesis: bytes) -> None:
        self._writer = writer
        self._before = genesis
        self.walked = 0
        self.bad: int | None = None
        self.generations: dict[str, int] = {}
        """The last generation that was recorded of each secret, by its ARN."""

    def go_on(self, trail: TrailRepository, most: int) -> int:
        """Check up to `most` further rows and return how many there were; after a bad one there are none."""
        if self.bad is not None:
            return 0
        # No row has a number below 1 but one that was put there.
        rows = trail.rows_from(self._writer, self.walked + 1 if self.walked else _LEAST, most)
        for row in rows:
            if row["seq"] != self.walked + 1 or not trail.continues(self._before, row):
                self.bad = self.walked + 1
                break
            self.walked, self._before = row["seq"], row["mac"]
            if _GENERATIONS in row["event"]:
                self.generations |= json.loads(row["event"])["additionalEventData"][_GENERATIONS]
        return len(rows)

    def fault(self, trail: TrailRepository) -> int | None:
        """Return the first bad row once there are no further ones; 0 where the record of the end was edited."""
        if self.bad is not None:
            return self.bad
        head = trail.head_or_none(self._writer)
        if head is None:
            return 0
        if (head.seq, head.mac) == (self.walked, self._before):
            return None
        return min(head.seq, self.walked) + 1


class TrailRepository:
    """Appends to the chain of one writer and reads all."""

    def __init__(
        self, connection: Connection, driver: Driver, barrier: Barrier, meta: MetaRepository, writer: str
    ) -> None:
        self._connection = connection
        self._driver = driver
        self._barrier = barrier
        self._meta = meta
        self._writer = writer
        self._waiting: list[tuple[int, tuple[str, str], str]] = []

    def begin(self, writers: tuple[str, ...] = ()) -> None:
        """Record which chains there are, so that a store without that record is a damaged one."""
        self._set_writers(list(writers))

    def append(self, event: Mapping[str, Any], at: datetime) -> None:
        """Add `event` (JSON values, no secret among them) to what is recorded when the transaction commits."""
        self.append_text(document(event).decode("utf-8"), _owner(event), at)

    def append_text(self, event: str, owner: tuple[str, str], at: datetime) -> None:
        """Add an event that is canonical JSON already, of an account and region."""
        self._waiting.append((to_micros(at), owner, event))

    def mark(self) -> int:
        """Return how many events wait, for `forget`."""
        return len(self._waiting)

    def forget(self, mark: int) -> None:
        """Drop the events that were added since `mark`."""
        del self._waiting[mark:]

    def flush(self, written: Mapping[str, int] = MappingProxyType({})) -> None:
        """Write the events that wait, the last of each account with the generations of its secrets that were `written`.

        So a secret's row that is put back to an older state does not fit the trail. Raises `IntegrityFailure` when the
        record of the chain's end was edited.
        """
        if not self._waiting:
            return
        for account_id, generations in _by_account(written).items():
            self._add_generations(account_id, generations)
        head = self._own_head()
        seq, mac = head.seq, head.mac
        rows: list[dict[str, Any]] = []
        for time, owner, text in self._waiting:
            seq += 1
            mac = self._mac(mac, seq, time, text)
            rows.append(self._row(seq, time, owner, text, mac))
        _INSERT.many(self._driver, rows)
        moved = ChainHead(writer=self._writer, seq=seq, mac=mac)
        end = {f"new_{name}": value for name, value in self._end(moved).items()}
        _MOVE_ON.run(self._driver, {"of": self._writer, **end})
        self._waiting.clear()

    def _add_generations(self, account_id: str, generations: dict[str, int]) -> None:
        for place in reversed(range(len(self._waiting))):
            time, owner, text = self._waiting[place]
            if owner[0] == account_id:
                event = json.loads(text)
                event["additionalEventData"] = event.get("additionalEventData", {}) | {_GENERATIONS: generations}
                self._waiting[place] = (time, owner, document(event).decode("utf-8"))
                return

    def read(self, writer: str, *, after: int = 0, limit: int = 1000) -> list[TrailRow]:
        """Return up to `limit` rows of a writer's chain after number `after`, in order."""
        rows = self._connection.execute(_ROWS, {"of": writer, "first": after + 1, "most": limit}).mappings()
        return [_read(row) for row in rows]

    def backwards(
        self, account_id: str, region: str, *, before: Position | None, start: datetime | None, end: datetime | None
    ) -> Iterator[TrailRow]:
        """Yield an account's events of a region from `end` back to `start`, both included, or from `before` on."""
        latest = _LATEST if end is None else (to_micros(end) + 1, "", 0)
        time, writer, seq = min(before, latest) if before is not None else latest
        values = {"account": account_id, "in_region": region, "t": time, "w": writer, "n": seq}
        rows = self._connection.execute(_BACKWARDS, {**values, "start": 0 if start is None else to_micros(start)})
        yield from (_read(row) for row in rows.mappings())

    def forwards(
        self, account_id: str, region: str, *, after: Position | None, start: datetime | None, end: datetime | None
    ) -> Iterator[TrailRow]:
        """Yield an account's events of a region from `start` on to `end`, both included, or from `after` on."""
        earliest = (0 if start is None else to_micros(start), "", 0)
        time, writer, seq = max(after, earliest) if after is not None else earliest
        values = {"account": account_id, "in_region": region, "t": time, "w": writer, "n": seq}
        rows = self._connection.execute(_FORWARDS, {**values, "end": _LATEST[0] if end is None else to_micros(end)})
        yield from (_read(row) for row in rows.mappings())

    def heads(self) -> list[ChainHead]:
        """Return the ends of all chains. Raises `IntegrityFailure` for one that was edited or is gone."""
        return [self._head(writer) for writer in self._writers()]

    def mac_at(self, writer: str, seq: int) -> bytes | None:
        """Return the MAC of a row, None where there is none; number 0 is the chain's beginning."""
        if seq == 0:
            return self._genesis(writer)
        rows = self.rows_from(writer, seq, 1)
        return rows[0]["mac"] if rows and rows[0]["seq"] == seq else None

    def is_as_recorded(self, row: TrailRow) -> bool:
        """Tell whether a row that was read is the one that was recorded there."""
        before = self.mac_at(row.writer, row.seq - 1)
        text = document(row.event).decode("utf-8")
        return before is not None and row.mac == self._mac(before, row.seq, to_micros(row.time), text)

    def writers_or_none(self) -> list[str] | None:
        """Return whose chains there are, None where the record of that was edited."""
        try:
            return self._writers()
        except IntegrityFailure:
            return None

    def strays(self) -> list[str]:
        """Return writers of rows that belong to no chain that was begun."""
        return sorted(set(self._connection.execute(_CHAINED).scalars()) - set(self.writers_or_none() or ()))

    def walk(self, writer: str) -> ChainWalk:
        """Return a walk along a chain, at its beginning."""
        return ChainWalk(writer, self._genesis(writer))

    def first_bad(self) -> ChainFault | None:
        """Walk all chains and return the first fault, None when all is whole."""
        writers = self.writers_or_none()
        if writers is None:
            return ChainFault(writer=self._writer, seq=0)
        strays = self.strays()
        if strays:
            return ChainFault(writer=strays[0], seq=0)
        return next((fault for writer in writers if (fault := self._fault(writer)) is not None), None)

    def continues(self, before: bytes, row: RowMapping) -> bool:
        """Tell whether a row is the one that was written behind a row with the MAC `before`, where it belongs."""
        return bool(row["mac"] == self._mac(before, row["seq"], row["time"], row["event"])) and _placed(row)

    def rows_from(self, writer: str, first: int, most: int) -> Sequence[RowMapping]:
        """Return up to `most` rows of a chain as they are stored, in order, from number `first` on."""
        values = {"of": writer, "first": first, "most": most}
        return self._connection.execute(_ROWS, values).mappings().all()

    def head_or_none(self, writer: str) -> ChainHead | None:
        """Return the end of a chain, None where its record is gone or was edited."""
        try:
            return self._head(writer)
        except IntegrityFailure:
            return None

    def _fault(self, writer: str) -> ChainFault | None:
        walk = self.walk(writer)
        while walk.go_on(self, _PAGE):
            pass
        bad = walk.fault(self)
        return None if bad is None else ChainFault(writer=writer, seq=bad)

    def _row(self, seq: int, time: int, owner: tuple[str, str], text: str, mac: bytes) -> dict[str, Any]:
        account_id, region = owner
        return {
            "writer": self._writer,
            "seq": seq,
            "time": time,
            "account_id": account_id,
            "region": region,
            "event": text,
            "mac": mac,
        }

    def _own_head(self) -> ChainHead:
        head = self._recorded(self._writer)
        return head if head is not None else self._first_head()

    def _first_head(self) -> ChainHead:
        writers = self._writers()
        if self._writer in writers:
            raise IntegrityFailure(_CUT)
        head = ChainHead(writer=self._writer, seq=0, mac=self._genesis(self._writer))
        self._connection.execute(_BEGIN, {"writer": self._writer, **self._end(head)})
        self._set_writers([*writers, self._writer])
        return head

    def _head(self, writer: str) -> ChainHead:
        head = self._recorded(writer)
        if head is None:
            raise IntegrityFailure(_CUT)
        return head

    def _recorded(self, writer: str) -> ChainHead | None:
        row = _HEAD.first(self._driver, {"of": writer})
        if row is None:
            return None
        seq, mac, proof = row
        if not self._barrier.verifies(proof, Purpose.TRAIL, *_head_parts(writer, seq, mac)):
            raise IntegrityFailure(_CUT)
        return ChainHead(writer=writer, seq=seq, mac=mac)

    def _end(self, head: ChainHead) -> dict[str, Any]:
        proof = self._barrier.mac(Purpose.TRAIL, *_head_parts(head.writer, head.seq, head.mac))
        return {"seq": head.seq, "head": head.mac, "proof": proof}

    def _writers(self) -> list[str]:
        stored = self._meta.get(_WRITERS) or b""
        mac, listed = stored[:_MAC_BYTES], stored[_MAC_BYTES:]
        if not self._barrier.verifies(mac, Purpose.TRAIL, b"writers", listed):
            raise IntegrityFailure("The record of the trail's writers was changed outside the store.")
        return [str(writer) for writer in json.loads(listed)]

    def _set_writers(self, writers: list[str]) -> None:
        listed = document(sorted(writers))
        self._meta.set(_WRITERS, self._barrier.mac(Purpose.TRAIL, b"writers", listed) + listed)

    def _genesis(self, writer: str) -> bytes:
        return self._barrier.mac(Purpose.TRAIL, _GENESIS, *_named(writer))

    def _mac(self, before: bytes, seq: int, time: int, event: str) -> bytes:
        return self._barrier.mac(Purpose.TRAIL, before, f"{seq}@{time}".encode(), event.encode("utf-8"))


def _by_account(written: Mapping[str, int]) -> dict[str, dict[str, int]]:
    grouped: dict[str, dict[str, int]] = {}
    for arn, generation in written.items():
        grouped.setdefault(arn.split(":")[4], {})[arn] = generation
    return grouped


def _named(writer: str) -> tuple[bytes, ...]:
    """Return the writer as a part of a MAC: none for the first, whose MACs are older than writers are."""
    return (writer.encode("utf-8"),) if writer != FIRST_WRITER else ()


def _head_parts(writer: str, seq: int, mac: bytes) -> tuple[bytes, ...]:
    # Signed, since somebody may have written any number there.
    return (b"head", seq.to_bytes(8, "big", signed=True), mac, *_named(writer))


def _owner(event: Mapping[str, Any]) -> tuple[str, str]:
    return str(event.get("recipientAccountId", "")), str(event.get("awsRegion", ""))


def _placed(row: RowMapping) -> bool:
    """Tell whether a row is found where its event says that it belongs."""
    return (row["account_id"], row["region"]) == _owner(loaded(row["event"]))


def _read(row: RowMapping) -> TrailRow:
    try:
        time, event = from_micros(row["time"]), json.loads(row["event"])
    except (OverflowError, ValueError):
        raise IntegrityFailure(changed_row(row["writer"], row["seq"])) from None
    return TrailRow(writer=row["writer"], seq=row["seq"], time=time, event=event, mac=row["mac"])


def changed_row(writer: str, seq: int) -> str:
    """Return the sentence about a row that is not as it was recorded."""
    return f"Row {seq} of the trail of {writer or 'the first writer'} was changed outside the store."
