"""Finds rotations that are due and has them attempted, beside whatever else the store needs done in the background.

A few attempts run at a time. What is claimed is leased and the lease renewed, so a worker that dies leaves a job that
another takes with the same token. The function gets credentials for one secret and nothing else.
"""

from __future__ import annotations

import logging
import os
import threading
import uuid
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from strongroom.kernel.background import background
from strongroom.kernel.clock import Clock
from vault.domain.errors import VaultError
from vault.domain.keys import Key
from vault.domain.rotation_job import LEASE
from vault.domain.trail import service_event
from vault.rotation.attempt import Attempt, Means, Outcome, Services
from vault.rotation.clients import Clients, reading_policy, rotating_policy, settings_of
from vault.rotation.function import RotationFunction
from vault.rotation.functions import rotator_of
from vault.rotation.rotators.base import Errand, Step
from vault.services.rotation_work import ClaimedRotation
from vault.storage.store import Store, UnitOfWork

POLL_SECONDS = 1.0
LANES = 4
"""Attempts at a time: one that waits for a server does not keep the others."""
ROUNDS_TO_CHECKPOINT = 60
"""Seldom enough to cost nothing, often enough that what was deleted does not stay in the store's log."""
_MOST_AT_ONCE = 64
_BARRED_FOR = timedelta(minutes=10)
_RENEWED_EVERY = LEASE / 5

_log = logging.getLogger("strongroom.rotation")


class RotationWorker:
    """Runs rotations of one store. `services` binds them to a transaction, `clients` gives functions theirs."""

    def __init__(self, store: Store, services: Services, clients: Clients, clock: Clock) -> None:
        self._store = store
        self._services = services
        self._clients = clients
        self._clock = clock
        self._owner = str(uuid.uuid4())
        self._guard = threading.Lock()
        self._found: deque[str] = deque()
        self._running: dict[str, ClaimedRotation] = {}
        self._barred: dict[str, datetime] = {}
        self._stop = threading.Event()
        self.attended: Callable[[str, bool], None] = lambda *_: None
        """Told of each round of work by name, and whether it ended well."""
        self.concluded: Callable[[bool], None] = lambda _: None
        """Told of each attempt that came to an end, whether it ended well."""
        self.stepped: Callable[[str, Step], None] = lambda *_: None
        """Told of each step that begins, by the secret's ARN."""

    def run_due(self, only: Collection[str] = ()) -> list[Outcome]:
        """Attempt every job that is due now, once each, or those of the secrets `only`; say how each ended."""
        with background("leases", self._keep_leases):
            due = list(only) or self._due(10 * _MOST_AT_ONCE)
            outcomes = (self._attempt(arn) for arn in due)
            return [outcome for outcome in outcomes if outcome is not None]

    def tend_keys(self) -> None:
        """Rotate the KMS keys whose rotation is due, and remove for good what was deleted or has expired of them."""
        with self._store.transaction() as tx:
            now, keys = self._clock(), self._services(tx).keys
            for key in keys.rotate_due(now):
                tx.trail.append(_key_event("RotateKey", key, now), at=now)
            for key in keys.purge(now):
                tx.trail.append(_key_event("DeleteKey", key, now), at=now)
            for key in keys.expire(now):
                tx.trail.append(_key_event("DeleteExpiredKeyMaterial", key, now), at=now)

    def purge(self) -> None:
        """Remove for good the secrets whose recovery window is over; their data keys go with them."""
        with self._store.transaction() as tx:
            purged = self._services(tx).secrets.purge(self._clock())
        if purged:
            self._store.checkpoint()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Look for due rotations and lapsed recovery windows while the block runs; at its end a step may finish."""
        with ThreadPoolExecutor(LANES, "strongroom-rotation") as lanes:
            try:
                with background("rotation", lambda stop: self._poll(stop, lanes)):
                    yield
            finally:
                self._stop.set()
        self._stop = threading.Event()

    def wind_down(self) -> None:
        """Let no further step begin; what is under way is left to another worker, whatever it comes to."""
        self._stop.set()

    def _poll(self, stop: threading.Event, lanes: ThreadPoolExecutor) -> None:
        for number in count(1):
            if stop.wait(POLL_SECONDS):
                self._stop.set()
                return
            self._attend("run_due", lambda: self._send_out(lanes))
            for work in (self.tend_keys, self.purge):
                self._attend(work.__name__, work)
            if number % ROUNDS_TO_CHECKPOINT == 0:
                self._attend("checkpoint", self._store.checkpoint)
            if number % int(_RENEWED_EVERY.total_seconds() / POLL_SECONDS or 1) == 0:
                self._attend("renew", self._renew)

    def _send_out(self, lanes: ThreadPoolExecutor) -> None:
        """Have idle lanes look for work where there is some."""
        with self._guard:
            if not self._found:
                self._found.extend(self._due(_MOST_AT_ONCE))
            idle = min(len(self._found), LANES - len(self._running))
        for _ in range(idle):
            lanes.submit(self._lane)

    def _lane(self) -> None:
        """Attempt one job after the other until none is due."""
        while not self._stop.is_set() and (arn := self._next()) is not None:
            try:
                self._attempt(arn)
            except Exception as error:  # noqa: BLE001 - whatever it is; its lease runs out, and it is taken again
                _log.error("the rotation of %s broke off: %s", arn, type(error).__name__)

    def _next(self) -> str | None:
        with self._guard:
            if not self._found:
                self._found.extend(self._due(_MOST_AT_ONCE))
            return self._found.popleft() if self._found else None

    def _due(self, most: int) -> list[str]:
        now = self._clock()
        self._barred = {arn: until for arn, until in self._barred.items() if until > now}
        busy = {*self._barred, *self._running}
        found: Sequence[str] = self._store.apply(
            lambda tx: self._services(tx).rotation_work.due(now, most + len(busy)),
        )
        return [arn for arn in found if arn not in busy]

    def _attend(self, name: str, work: Callable[[], object]) -> None:
        """Do one piece of work; the thread, and the other pieces, outlive one that fails."""
        try:
            work()
        except Exception as error:  # noqa: BLE001 - whatever it is
            _log.error("background work failed: %s: %s", name, type(error).__name__)
            self.attended(name, False)
        else:
            self.attended(name, True)

    def _attempt(self, arn: str) -> Outcome | None:
        claimed = self._claim(arn)
        if claimed is None:
            return None
        self._running[arn] = claimed
        try:
            outcome = Attempt(self._means(), claimed).run()
        finally:
            del self._running[arn]
        if outcome.ended:
            self.concluded(not outcome.error)
        return outcome

    def _claim(self, arn: str) -> ClaimedRotation | None:
        """Claim a job; one whose rows were edited is told of, and left alone for a while, and the others go on."""
        try:
            claimed: ClaimedRotation | None = self._store.apply(
                lambda tx: self._services(tx).rotation_work.claim(arn, self._owner, self._clock())
            )
        except VaultError as error:
            _log.error("the rotation of %s cannot be begun: %s", arn, error.message)
            self._barred[arn] = self._clock() + _BARRED_FOR
            return None
        return claimed

    def _keep_leases(self, stop: threading.Event) -> None:
        while not stop.wait(_RENEWED_EVERY.total_seconds()):
            self._attend("renew", self._renew)

    def _renew(self) -> None:
        """Begin the leases of all attempts under way anew: a step may take longer than one lasts."""

        def renew(tx: UnitOfWork) -> None:
            for claimed in list(self._running.values()):
                self._services(tx).rotation_work.renew(claimed, self._clock())

        if self._running:
            self._store.apply(renew)

    def _means(self) -> Means:
        return Means(
            store=self._store,
            services=self._services,
            function=self._function,
            client=self._client,
            clock=self._clock,
            stopping=self._stop.is_set,
            stepped=self.stepped,
        )

    def _function(self, claimed: ClaimedRotation) -> RotationFunction:
        rotator = rotator_of(claimed.function_arn)
        if rotator is None:
            from vault.rotation.lambdas.uploaded import UploadedFunction

            return UploadedFunction(self._store, self._services, claimed, self._clock)
        return rotator.rotator(self._errand(claimed))

    def _errand(self, claimed: ClaimedRotation) -> Errand:
        secret, clients = claimed.secret, self._clients
        return Errand(
            client=self._client(claimed),
            arn=secret.arn,
            token=claimed.token,
            reader=lambda arn: clients.scoped(secret.account_id, secret.region, reading_policy(arn)),
            settings=settings_of(os.environ, secret.tags),
            aws=lambda service, key: clients.signed(service, secret.account_id, secret.region, key),
        )

    def _client(self, claimed: ClaimedRotation) -> Any:
        secret = claimed.secret
        policy = rotating_policy(secret.arn, claimed.key_arns)
        return self._clients.scoped(secret.account_id, secret.region, policy)


def _key_event(name: str, key: Key, now: datetime) -> dict[str, Any]:
    return service_event(
        name,
        account_id=key.account_id,
        region=key.region,
        now=now,
        details={"keyId": key.arn()},
        service="kms",
    )
