"""Watches the trail of one store for its alarms, and delivers what they tell, beside the server and never in its way.

Counting and deciding, taking a notification, and noting how its delivery went are a transaction each: a worker that
dies between any two leaves a lease that runs out. So a notification arrives once, or again where a worker died just
after it had sent it; its id tells.
"""

from __future__ import annotations

import json
import logging
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from strongroom.kernel.background import background
from strongroom.kernel.clock import Clock
from strongroom.kernel.errors import raised_at
from strongroom.kernel.secretvalue import SecretValue
from vault.alarms.deliver import DeliveryFailed, deliver
from vault.alarms.notices import Credential, Notice
from vault.domain.alarm_history import acted
from vault.domain.errors import StoreConflict, VaultError
from vault.domain.notifications import Notification
from vault.services.watching import Round, Watching
from vault.storage.store import Store, UnitOfWork

POLL_SECONDS = 1.0
LANES = 4
"""Deliveries at a time: one that hangs does not keep the others."""
_MOST_BYTES = 4096
_log = logging.getLogger("strongroom.alarms")

Result = TypeVar("Result")
ReadSecret = Callable[[str, str], SecretValue]
"""From region and name of a secret of the operator's account to its value, read and recorded as any other caller's."""


class AlarmWorker:
    """Works for one store. `notices` are whom alarms can tell, by name; `read_secret` reads what they need."""

    def __init__(self, store: Store, notices: Mapping[str, Notice], read_secret: ReadSecret, clock: Clock) -> None:
        self._store = store
        self._notices = notices
        self._read_secret = read_secret
        self._clock = clock
        self._owner = str(uuid.uuid4())
        self._problem_told = ""
        self._counting = threading.Lock()
        self.attended: Callable[[str, bool], None] = lambda *_: None
        """Told of each round of work by name, and whether it ended well."""
        self.delivered: Callable[[bool], None] = lambda _: None
        """Told of each attempt to deliver, whether it ended well."""

    def run_due(self) -> int:
        """Read all there is, decide, and deliver what is due; return how many deliveries were tried."""
        while self._store.apply(self._round).more:
            pass
        tried = 0
        while taken := self._store.apply(partial(self._take, most=LANES)):
            for notification in taken:
                self._deliver(notification)
            tried += len(taken)
        return tried

    @contextmanager
    def running(self) -> Iterator[None]:
        """Work on threads while the block runs; at its end wait for what is under way."""
        lanes = ThreadPoolExecutor(LANES, thread_name_prefix="strongroom-notify")
        try:
            with background("alarms", lambda stop: self._poll(stop, lanes)):
                yield
        finally:
            lanes.shutdown(cancel_futures=True)
            self._release()

    def _poll(self, stop: threading.Event, lanes: ThreadPoolExecutor) -> None:
        under_way: set[Future[None]] = set()
        while not stop.wait(POLL_SECONDS):
            under_way = {each for each in under_way if not each.done()}
            try:
                faults, taken = self._turn(stop, LANES - len(under_way))
                under_way |= {lanes.submit(self._deliver, each) for each in taken}
            except StoreConflict:
                # Another server was first, and does it.
                continue
            except Exception as error:  # noqa: BLE001 - the thread outlives whatever it is
                self._complain(raised_at(error))
            else:
                self._complain(" ".join(faults))

    def _turn(self, stop: threading.Event, most: int) -> tuple[Sequence[str], Sequence[Notification]]:
        """Return what was found to be tampered with, and what is to be delivered now."""
        with self._store.reading() as tx:
            # Where nobody has alarms, nobody else waits for this to have its turn.
            if not tx.alarms.are_used:
                return (), ()
        return self._read_on(stop), self._in_turn(partial(self._take, most=most))

    def _read_on(self, stop: threading.Event) -> Sequence[str]:
        """Read until there is no more; return what was found to be tampered with."""
        while (done := self._in_turn(self._round)).more and not stop.is_set():
            pass
        return done.faults

    def _complain(self, problem: str) -> None:
        """Say what is wrong, once for as long as it is."""
        if problem and problem != self._problem_told:
            _log.error("watching the trail failed: %s", problem)
        self._problem_told = problem
        self.attended("watch", not problem)

    def _round(self, tx: UnitOfWork) -> Round:
        return Watching(tx).round(self._owner, self._clock())

    def _take(self, tx: UnitOfWork, most: int) -> Sequence[Notification]:
        """Return up to so many notifications that this worker is to deliver now."""
        now = self._clock()
        if not most or tx.alarms.reading is None:
            return ()
        taken = [each.claimed(self._owner, now) for each in tx.notifications.due(now, most)]
        for each in taken:
            tx.notifications.save(each)
        return taken

    def _release(self) -> None:
        with suppress(VaultError):
            self._in_turn(lambda tx: Watching(tx).release(self._owner))

    def _deliver(self, notification: Notification) -> None:
        problem = self._problem(notification)
        with self._counting:
            self.delivered(not problem)
        try:
            self._store.apply(lambda tx: self._conclude(tx, notification, problem))
        except VaultError as error:
            # It is tried again once its lease is over.
            _log.error("a notification of alarm %s could not be noted: %s", notification.alarm, error.message)

    def _problem(self, notification: Notification) -> str:
        """Deliver; return why it did not arrive, or nothing."""
        notice = self._notices.get(notification.target)
        if notice is None:
            return f"there is no [notify.{notification.target}] in the settings"
        try:
            deliver(notice, notification, lambda credential: self._reveal(credential, notification), self._clock())
        except DeliveryFailed as failed:
            return str(failed)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not be lost
            return raised_at(error)
        return ""

    def _conclude(self, tx: UnitOfWork, notification: Notification, problem: str) -> None:
        now = self._clock()
        waiting = notification.delayed(now) if problem and notification.target in self._notices else None
        if waiting is not None:
            tx.notifications.save(waiting)
            _log.warning("[notify.%s] failed, and is tried again: %s", notification.target, problem)
            return
        tx.notifications.remove(notification.notification_id)
        if problem:
            told = (notification.alarm, notification.message["NewStateValue"], notification.target, problem)
            _log.error("alarm %s (%s) could not be told to [notify.%s]: %s", *told)
        alarm = tx.alarms.alarm(notification.account_id, notification.region, notification.alarm)
        if alarm is not None:
            tx.alarm_history.add(acted(alarm, notification.action, problem, now))

    def _reveal(self, credential: Credential, notification: Notification) -> SecretValue:
        if credential.file is not None:
            return _private_line(credential)
        try:
            value = self._read_secret(notification.region, credential.secret)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            raise DeliveryFailed(f"the secret {credential.secret} cannot be read: {code}") from None
        except (BotoCoreError, VaultError) as error:
            raise DeliveryFailed(f"the secret {credential.secret} cannot be read: {type(error).__name__}") from None
        return _field(value, credential) if credential.field else value

    def _in_turn(self, work: Callable[[UnitOfWork], Result]) -> Result:
        """Do a piece of work in a transaction. Raises `StoreConflict` where another server was first."""
        with self._store.transaction() as tx:
            return work(tx)


def _private_line(credential: Credential) -> SecretValue:
    """Return the line in a file that only its owner can read."""
    assert credential.file is not None  # noqa: S101 - asked before
    try:
        with credential.file.open("rb") as stream:
            content = stream.read(_MOST_BYTES).strip()
        mode = credential.file.stat().st_mode
    except OSError as error:
        raise DeliveryFailed(f"{credential.file} cannot be read: {error.strerror}") from None
    if mode & 0o077:
        raise DeliveryFailed(f"{credential.file} is open to other users; chmod 600 {credential.file}")
    if not content:
        raise DeliveryFailed(f"{credential.file} is empty")
    return SecretValue(content)


def _field(value: SecretValue, credential: Credential) -> SecretValue:
    try:
        return SecretValue(str(json.loads(value.reveal_text())[credential.field]))
    except (ValueError, KeyError, TypeError):
        raise DeliveryFailed(f"the secret {credential.secret} has no field {credential.field}") from None
