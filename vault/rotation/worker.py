"""Takes rotations that are due, runs the four steps of their functions, and moves the state on.

Each piece of state is moved in a transaction of its own, so a worker that dies leaves a lease that runs out and a job
that is taken again with the same token. The function gets credentials for one secret and nothing else.
"""

from __future__ import annotations

import json
import logging
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from botocore.exceptions import ClientError

from strongroom.kernel.background import background
from strongroom.kernel.clock import Clock
from vault.domain.errors import VaultError
from vault.domain.keys import Key
from vault.domain.trail import service_event
from vault.rotation.functions import rotator_of
from vault.rotation.rotators.base import Errand, RotationFailed, Step
from vault.services.rotation import ClaimedRotation
from vault.storage.store import Store

POLL_SECONDS = 1.0
ROUNDS_TO_CHECKPOINT = 60
"""Seldom enough to cost nothing, often enough that what was deleted does not stay in the store's log."""

_log = logging.getLogger("strongroom.rotation")
_SECRET_ACTIONS = ("DescribeSecret", "GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage")
_KEY_ACTIONS = ["kms:Decrypt", "kms:GenerateDataKey"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one attempt ended. `error` is empty for a success."""

    arn: str
    token: str
    step: Step
    error: str = ""


Services = Callable[[Any], Any]
ScopedClient = Callable[[str, str, str], Any]
"""From an account, a region and a session policy to a Secrets Manager client that may do just that."""


class RotationWorker:
    """Runs rotations of one store. `services` binds them to a transaction, `scoped_client` gives functions theirs."""

    def __init__(self, store: Store, services: Services, scoped_client: ScopedClient, clock: Clock) -> None:
        self._store = store
        self._services = services
        self._scoped_client = scoped_client
        self._clock = clock
        self._owner = str(uuid.uuid4())
        self.attended: Callable[[str, bool], None] = lambda *_: None
        """Told of each round of work by name, and whether it ended well."""
        self.concluded: Callable[[bool], None] = lambda _: None
        """Told of each attempt at a rotation, whether it ended well."""

    def run_due(self) -> list[Outcome]:
        """Run every rotation that is due now, one attempt each, and say how each ended."""
        with self._store.transaction() as tx:
            due = self._services(tx).rotation.due(self._clock())
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
        """Look for due rotations and lapsed recovery windows on a thread while the block runs."""
        with background("rotation", self._poll):
            yield

    def _poll(self, stop: threading.Event) -> None:
        for number in count(1):
            if stop.wait(POLL_SECONDS):
                return
            for work in (self.run_due, self.tend_keys, self.purge):
                self._attend(work)
            if number % ROUNDS_TO_CHECKPOINT == 0:
                self._attend(self._store.checkpoint)

    def _attend(self, work: Callable[[], object]) -> None:
        """Do one piece of work; the thread, and the other pieces, outlive one that fails."""
        try:
            work()
        except Exception as error:  # noqa: BLE001 - whatever it is
            _log.error("background work failed: %s: %s", work.__name__, type(error).__name__)
            self.attended(work.__name__, False)
        else:
            self.attended(work.__name__, True)

    def _attempt(self, arn: str) -> Outcome | None:
        now = self._clock()
        with self._store.transaction() as tx:
            claimed = self._services(tx).rotation.claim(arn, self._owner, now)
            if claimed is None:
                return None
            tx.trail.append(self._event("RotationStarted", claimed), at=now)
        outcome = self._run_steps(claimed)
        self._conclude(claimed, outcome)
        self.concluded(not outcome.error)
        return outcome

    def _run_steps(self, claimed: ClaimedRotation) -> Outcome:
        step = Step.CREATE
        try:
            function = self._function(claimed)
            for step in Step:
                function.run(step)
        except (RotationFailed, VaultError) as error:
            return self._failed(claimed, step, str(error))
        except ClientError as error:
            return self._failed(claimed, step, error.response["Error"]["Code"])
        except Exception as error:  # noqa: BLE001 - a driver's own error may quote what it was given
            return self._failed(claimed, step, type(error).__name__)
        return Outcome(arn=claimed.secret.arn, token=claimed.token, step=step)

    def _failed(self, claimed: ClaimedRotation, step: Step, reason: str) -> Outcome:
        return Outcome(arn=claimed.secret.arn, token=claimed.token, step=step, error=f"{step}: {reason}")

    def _function(self, claimed: ClaimedRotation) -> Any:
        rotator = rotator_of(claimed.function_arn)
        if rotator is None:
            raise RotationFailed(f"the rotation function {claimed.function_arn} is not known here")
        secret = claimed.secret
        client = self._scoped_client(secret.account_id, secret.region, _policy(secret.arn, claimed.key_arns))

        def reader(arn: str) -> Any:
            return self._scoped_client(secret.account_id, secret.region, _read_policy(arn))

        return rotator.rotator(Errand(client=client, arn=secret.arn, token=claimed.token, reader=reader))

    def _conclude(self, claimed: ClaimedRotation, outcome: Outcome) -> None:
        now = self._clock()
        with self._store.transaction() as tx:
            rotation = self._services(tx).rotation
            if outcome.error:
                rotation.failed(outcome.arn, outcome.token, outcome.error, now)
                tx.trail.append(self._event("RotationFailed", claimed, reason=outcome.error), at=now)
            else:
                rotation.finished(outcome.arn, outcome.token, now)
                tx.trail.append(self._event("RotationSucceeded", claimed), at=now)

    def _event(self, name: str, claimed: ClaimedRotation, *, reason: str = "") -> dict[str, Any]:
        details = {"secretId": claimed.secret.arn, "versionId": claimed.token, "attempt": claimed.attempt}
        return service_event(
            name,
            account_id=claimed.secret.account_id,
            region=claimed.secret.region,
            now=self._clock(),
            details={**details, "reason": reason} if reason else details,
        )


def _key_event(name: str, key: Key, now: datetime) -> dict[str, Any]:
    return service_event(
        name,
        account_id=key.account_id,
        region=key.region,
        now=now,
        details={"keyId": key.arn()},
        service="kms",
    )


def _policy(arn: str, key_arns: Sequence[str]) -> str:
    actions = [f"secretsmanager:{name}" for name in _SECRET_ACTIONS]
    statements: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": actions, "Resource": arn},
        {"Effect": "Allow", "Action": "secretsmanager:GetRandomPassword", "Resource": "*"},
    ]
    if key_arns:
        statements.append({"Effect": "Allow", "Action": _KEY_ACTIONS, "Resource": list(key_arns)})
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _read_policy(arn: str) -> str:
    """Return what a function may do with another secret that its own one names, such as the superuser's: read it."""
    statements = [
        {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": arn},
        {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"},
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
