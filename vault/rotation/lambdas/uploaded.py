"""A rotation function that was uploaded, as the worker runs it: each step one call of it, outside of transactions.

Source: Secrets Manager User Guide, "Lambda rotation functions".
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from typing import Any

from strongroom.kernel.clock import Clock
from strongroom.kernel.secretvalue import SecretValue
from vault.domain.errors import VaultError
from vault.domain.functions import CallOutcome, Invocation
from vault.domain.rotation import CANNOT_INVOKE
from vault.rotation.lambdas.scrubbing import scrubbed
from vault.rotation.rotators.base import CannotTell, RotationFailed, Step
from vault.services.rotation_work import ClaimedRotation
from vault.storage.store import Store

_MOST_MESSAGE = 512
_KIND = re.compile(r"[A-Za-z_][\w.]{0,99}", re.ASCII)


class UploadedFunction:
    """The function of one rotation. `services` binds those of the account's root to a transaction."""

    ends_by_rotating = False

    def __init__(self, store: Store, services: Callable[[Any], Any], claimed: ClaimedRotation, clock: Clock) -> None:
        self._store = store
        self._services = services
        self._claimed = claimed
        self._clock = clock

    def run(self, step: Step) -> None:
        """Do one step. Raises `RotationFailed`, whose reason holds no value of the secret."""
        invocation, invoke = self._prepared(step)
        try:
            outcome = invoke(invocation)
        except VaultError as error:
            raise RotationFailed(f"the rotation function {invocation.place.name}: {error.message}") from None
        if outcome.failed:
            raise RotationFailed(self._reason(invocation, outcome))

    def accepts(self, value: SecretValue) -> bool:
        """Raise `CannotTell`: AWS's functions have no step that would try an old value."""
        raise CannotTell(f"the rotation function {self._claimed.function_arn} has no step that tries an old value")

    def revoke(self, value: SecretValue) -> None:
        """Raise `RotationFailed`: AWS's functions have no step that would end an old value."""
        raise RotationFailed(f"the rotation function {self._claimed.function_arn} has no step that ends an old value")

    def _prepared(self, step: Step) -> tuple[Invocation, Callable[[Invocation], CallOutcome]]:
        """Return the call of a step and what runs it: whether the function may be called is asked each time."""
        claimed = self._claimed
        with self._store.transaction() as tx:
            services = self._services(tx)
            function = services.function_calls.of_arn(claimed.function_arn)
            if function is None or not services.function_calls.rotates(claimed.function_arn, claimed.secret):
                raise RotationFailed(CANNOT_INVOKE)
            now = self._clock()
            made = services.function_calls.invocation(function, self._event(step), str(uuid.uuid4()), now)
            return made, services.invoke

    def _event(self, step: Step) -> SecretValue:
        claimed = self._claimed
        event = {
            "Step": step.value,
            "SecretId": claimed.secret.arn,
            "ClientRequestToken": claimed.token,
            "RotationToken": claimed.rotation_token,
        }
        return SecretValue(json.dumps(event))

    def _reason(self, invocation: Invocation, outcome: CallOutcome) -> str:
        """Return why a call failed, as the function says, without any value that it had to do with."""
        try:
            told = json.loads(outcome.payload.reveal())
            kind, message = str(told["errorType"]), str(told["errorMessage"])
        except (ValueError, KeyError, TypeError):
            kind, message = "Runtime.Unknown", "it told no error"
        with self._store.transaction() as tx:
            values = self._services(tx).function_calls.values(self._claimed.secret.arn)
        values = None if values is None else [*values, *_of_call(invocation)]
        known = kind if _KIND.fullmatch(kind) else "an error"
        reason = scrubbed(f"{known}: {message}", values)[:_MOST_MESSAGE]
        return f"the rotation function {invocation.place.name} failed: {reason}"


def _of_call(invocation: Invocation) -> list[SecretValue]:
    credentials = invocation.credentials
    return [credentials.secret, credentials.token, *invocation.environment.values()]
