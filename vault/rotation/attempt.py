"""One attempt at one job: a rotation's four steps, a test of it, or a look at a leaked value.

Before each step the lease is renewed, and the attempt given up where the job is no longer this worker's.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NoReturn

from botocore.exceptions import ClientError

from strongroom.kernel.clock import Clock
from strongroom.kernel.secretvalue import SecretValue
from vault.domain.errors import ResourceNotFound, VaultError
from vault.domain.rotation_job import LONGEST_PAUSE, JobKind
from vault.rotation.function import RotationFunction
from vault.rotation.rotators.base import CURRENT, PENDING, CannotTell, RotationFailed, Step, WaitsForPerson
from vault.services.rotation_work import ClaimedRotation
from vault.storage.store import Store

GIVEN_UP = "the rotation was cancelled, abandoned or taken over meanwhile"
BROKEN_OFF = "the server stopped; another attempt goes on"
STILL_ACCEPTED = "the leaked value is still accepted after it was revoked"

Services = Callable[[Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one attempt ended. `error` is empty for a success."""

    arn: str
    token: str
    step: Step
    error: str = ""
    kind: JobKind = JobKind.ROTATE

    @property
    def ended(self) -> bool:
        """Tell whether the attempt came to an end, well or not, and was not left to another."""
        return self.error not in (GIVEN_UP, BROKEN_OFF)


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What attempts work with. `function` binds the function of a claimed job, `client` may touch its secret alone."""

    store: Store
    services: Services
    function: Callable[[ClaimedRotation], RotationFunction]
    client: Callable[[ClaimedRotation], Any]
    clock: Clock
    stopping: Callable[[], bool]
    stepped: Callable[[str, Step], None]
    """Told of each step that begins, by the secret's ARN."""


class _GivenUp(Exception):
    """The job is no longer this attempt's, or the server stops: nothing more is to be done about it here."""


class Attempt:
    """An attempt at a job that a worker has claimed."""

    def __init__(self, means: Means, claimed: ClaimedRotation) -> None:
        self._means = means
        self._claimed = claimed
        self._step = Step.CREATE

    def run(self) -> Outcome:
        """Do what the job asks for and move its state on; return how it ended."""
        work = {JobKind.ROTATE: self._rotate, JobKind.TEST: self._test, JobKind.LEAK: self._look_after_leak}
        try:
            error = work[self._claimed.kind]()
        except (_GivenUp, ResourceNotFound):
            error = BROKEN_OFF if self._means.stopping() else GIVEN_UP
        claimed = self._claimed
        return Outcome(arn=claimed.secret.arn, token=claimed.token, step=self._step, error=error, kind=claimed.kind)

    def _rotate(self) -> str:
        try:
            error = self._tried(self._steps)
        except WaitsForPerson as reminder:
            return self._remind(str(reminder))
        if error:
            self._change(lambda work, now: work.failed(self._claimed, error, now))
        return error

    def _remind(self, reason: str) -> str:
        in_time = self._change(lambda work, now: work.reminds(self._claimed, reason, now))
        return "" if in_time else f"{self._step}: {reason}"

    def _steps(self) -> None:
        function = self._means.function(self._claimed)
        for step in Step:
            self._begin(step)
            function.run(step)
        self._change(lambda work, now: work.finished(self._claimed, now))

    def _test(self) -> str:
        try:
            error = self._tried(self._test_step)
        except WaitsForPerson as reminder:
            error = f"{self._step}: {reminder}"
        self._change(lambda work, now: work.tested(self._claimed, now, error))
        return error

    def _test_step(self) -> None:
        function, client, arn = self._means.function(self._claimed), self._client(), self._claimed.secret.arn
        self._begin(Step.TEST)
        current = client.get_secret_value(SecretId=arn, VersionStage=CURRENT)
        value = {name: current[name] for name in ("SecretString", "SecretBinary") if name in current}
        put = {"SecretId": arn, "ClientRequestToken": self._claimed.token, "VersionStages": [PENDING]}
        client.put_secret_value(**put, **value)
        function.run(Step.TEST)

    def _look_after_leak(self) -> str:
        self._step = Step.TEST
        refused = False

        def look() -> None:
            nonlocal refused
            refused = self._is_refused()

        try:
            error = self._tried(look)
        except (CannotTell, WaitsForPerson) as unknown:
            return self._forget(str(unknown))
        if refused:
            self._change(lambda work, now: work.leak_refused(self._claimed, now))
        elif error:
            pause = min(LONGEST_PAUSE, timedelta(minutes=2 ** min(self._claimed.attempt, 6)))
            self._change(lambda work, now: work.leak_waits(self._claimed, now + pause, error))
        return error

    def _forget(self, reason: str) -> str:
        self._change(lambda work, now: work.leak_unknown(self._claimed, reason, now))
        return ""

    def _is_refused(self) -> bool:
        """Tell whether the leaked value is refused, having revoked it where its grace is over."""
        self._begin(Step.TEST)
        function, value = self._means.function(self._claimed), self._leaked()
        if not function.accepts(value):
            return True
        ends_at = self._claimed.ends_at
        if ends_at is not None and self._means.clock() < ends_at:
            self._change(lambda work, _: work.leak_waits(self._claimed, ends_at))
            return False
        if function.ends_by_rotating:
            self._change(lambda work, now: work.leak_rotates(self._claimed, now))
            return False
        self._begin(Step.SET)
        function.revoke(value)
        if function.accepts(value):
            raise RotationFailed(STILL_ACCEPTED)
        return True

    def _leaked(self) -> SecretValue:
        try:
            answer = self._client().get_secret_value(SecretId=self._claimed.secret.arn, VersionId=self._claimed.token)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            raise CannotTell("the version that holds the leaked value is gone") from None
        return SecretValue(answer["SecretString"] if "SecretString" in answer else answer["SecretBinary"])

    def _tried(self, work: Callable[[], None]) -> str:
        """Do something; return why it failed, in words that quote no value, or nothing."""
        try:
            work()
        except (_GivenUp, ResourceNotFound, CannotTell, WaitsForPerson):
            raise
        except (RotationFailed, VaultError) as error:
            reason = str(error)
        except ClientError as error:
            reason = error.response["Error"]["Code"]
        except Exception as error:  # noqa: BLE001 - a driver's own error may quote what it was given
            reason = type(error).__name__
        else:
            return ""
        if self._means.stopping():
            # Functions are ended with their server: that is no failure of theirs.
            self._break_off()
        return f"{self._step}: {reason}"

    def _begin(self, step: Step) -> None:
        """Go on to a step, unless the server stops or the job is no longer this attempt's."""
        self._step = step
        if self._means.stopping():
            self._break_off()
        if not self._change(lambda work, now: work.renew(self._claimed, now)):
            raise _GivenUp
        self._means.stepped(self._claimed.secret.arn, step)

    def _break_off(self) -> NoReturn:
        """Give the job back, for another worker to take at once."""
        with suppress(VaultError):
            self._change(lambda work, now: work.release(self._claimed, now))
        raise _GivenUp

    def _change(self, change: Callable[[Any, Any], Any]) -> Any:
        return self._means.store.apply(lambda tx: change(self._means.services(tx).rotation_work, self._means.clock()))

    def _client(self) -> Any:
        return self._means.client(self._claimed)
