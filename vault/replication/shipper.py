"""Sends what other regions are to be told, each region's in a lane of its own: one that is down delays no other.

Taking a task, sending its message and noting the answer are three steps: a worker that dies between any two leaves a
lease that runs out, and the task is taken again.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from strongroom.kernel.background import background
from strongroom.kernel.clock import Clock
from vault.domain.replication import Task
from vault.domain.reply import Outcome, Reply
from vault.services.shipping import Shipment
from vault.storage.store import Store

POLL_SECONDS = 0.5
LANES = 8
_LONGEST_PAUSE = 15.0
"""Seconds that a region which did not answer is left alone at most; the tasks stay due."""

GROUP = 16
"""Tasks that are leased, and noted, in one transaction: each would cost two flushes of the disk by itself."""
_NONE = (0.0, 0.0)

_log = logging.getLogger("strongroom.replication")

Services = Callable[[Any], Any]
Send = Callable[[Shipment], Reply]


class Shipper:
    """Tells other regions what changed in one store. `services` binds them to a transaction."""

    def __init__(self, store: Store, services: Services, send: Send, clock: Clock) -> None:
        self._store = store
        self._services = services
        self._send = send
        self._clock = clock
        self._owner = str(uuid.uuid4())
        self._guard = threading.Lock()
        self._busy: set[str] = set()
        self._pauses: dict[str, tuple[float, float]] = {}
        """For a region that did not answer: until when it is left alone, and for how long that is."""

    def run_due(self) -> int:
        """Send what is due, as long as something is and its region answers; return how many messages were sent."""
        sent = 0
        silent: set[str] = set()
        while groups := {region: tasks for region, tasks in self._by_region().items() if region not in silent}:
            before = sent
            for region, tasks in groups.items():
                for group in self._groups(region, tasks):
                    outcomes = self._attempt(group)
                    sent += len(outcomes)
                    if Outcome.NO_ANSWER in outcomes:
                        silent.add(region)
                        break
            if sent == before:
                break
        return sent

    def hurry(self, tasks: Sequence[Task]) -> None:
        """Send what somebody waits for; what does not go now goes when its region's turn comes. Never raises."""
        try:
            self._attempt(tasks)
        except Exception as error:  # noqa: BLE001 - the tasks stay due
            _log.error("replication in haste failed: %s", type(error).__name__)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Send what becomes due on threads while the block runs; at its end wait for what is under way."""
        lanes = ThreadPoolExecutor(LANES, thread_name_prefix="strongroom-replication")
        try:
            with background("replication", lambda stop: self._poll(stop, lanes)):
                yield
        finally:
            lanes.shutdown(cancel_futures=True)

    def _poll(self, stop: threading.Event, lanes: ThreadPoolExecutor) -> None:
        while not stop.wait(POLL_SECONDS):
            try:
                self._hand_out(stop, lanes)
            except Exception as error:  # noqa: BLE001 - the thread outlives whatever it is
                _log.error("replication failed: %s", type(error).__name__)

    def _hand_out(self, stop: threading.Event, lanes: ThreadPoolExecutor) -> None:
        by_region = self._by_region()
        now = time.monotonic()
        with self._guard:
            free = [each for each in by_region if each not in self._busy and self._pauses.get(each, _NONE)[0] <= now]
            self._busy.update(free)
        for region in free:
            lanes.submit(self._lane, stop, region, by_region[region])

    def _lane(self, stop: threading.Event, region: str, tasks: Sequence[Task]) -> None:
        """Send one region's messages one after the other, until it does not answer."""
        try:
            for group in self._groups(region, tasks):
                if stop.is_set() or Outcome.NO_ANSWER in self._attempt(group):
                    return
        except Exception as error:  # noqa: BLE001 - the other tasks of this region are taken the next time
            _log.error("replication to %s failed: %s", region, type(error).__name__)
        finally:
            with self._guard:
                self._busy.discard(region)

    def _by_region(self) -> dict[str, list[Task]]:
        with self._store.transaction() as tx:
            due: list[Task] = self._services(tx).shipping.due(self._clock())
        by_region: dict[str, list[Task]] = {}
        for task in due:
            by_region.setdefault(task.region, []).append(task)
        return by_region

    def _attempt(self, tasks: Sequence[Task]) -> list[Outcome]:
        """Send some messages to one region; return how each was taken. Those with nothing to send have no outcome."""
        shipments: list[Shipment] = self._store.apply(lambda tx: self._claimed(tx, tasks))
        sent = list(self._sent(shipments))
        if sent:
            self._store.apply(lambda tx: self._concluded(tx, sent))
            self._note(sent[-1][0].task.region, sent[-1][1].outcome)
        return [reply.outcome for _, reply in sent]

    def _claimed(self, tx: Any, tasks: Sequence[Task]) -> list[Shipment]:
        shipping, now = self._services(tx).shipping, self._clock()
        claimed = (shipping.claim(task, self._owner, now) for task in tasks)
        return [shipment for shipment in claimed if shipment is not None]

    def _sent(self, shipments: Sequence[Shipment]) -> Iterator[tuple[Shipment, Reply]]:
        """Send one message after the other; once the region does not answer, the rest are not sent."""
        silent: Reply | None = None
        for shipment in shipments:
            reply = silent or self._send(shipment)
            if reply.outcome is Outcome.NO_ANSWER:
                silent = reply
            yield shipment, reply

    def _concluded(self, tx: Any, sent: Sequence[tuple[Shipment, Reply]]) -> None:
        shipping, now = self._services(tx).shipping, self._clock()
        for shipment, reply in sent:
            shipping.conclude(shipment, reply, now)

    def _groups(self, region: str, tasks: Sequence[Task]) -> Iterator[Sequence[Task]]:
        """Yield the tasks in groups; one alone first, where the region did not answer the last time."""
        first = 1 if region in self._pauses else GROUP
        yield tasks[:first]
        yield from (tasks[start : start + GROUP] for start in range(first, len(tasks), GROUP))

    def _note(self, region: str, outcome: Outcome) -> None:
        with self._guard:
            before = self._pauses.pop(region, _NONE)[1]
            if outcome is Outcome.NO_ANSWER:
                pause = min(max(2 * before, POLL_SECONDS), _LONGEST_PAUSE)
                self._pauses[region] = (time.monotonic() + pause, pause)
