"""The one door to the store: authorise, run in one transaction, record. HTTP and in-process callers alike.

The record of a call commits with what the call did, or the call did nothing. A refusal is recorded in a transaction
of its own, since the refused one is rolled back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from vault.domain.context import CallContext
from vault.domain.errors import AccessDenied, RotationUnfinished, VaultError
from vault.domain.evaluate import evaluate, refusal
from vault.domain.operation import AccessCheck, Operation
from vault.domain.principals import Principal
from vault.domain.trail import call_event

Bind = Callable[[Any, Principal], Any]
"""Builds the services of one transaction for one caller."""


class Store(Protocol):
    """What the gateway needs of a storage: a transaction that commits on a clean exit and rolls back otherwise."""

    def transaction(self) -> AbstractContextManager[Any]:
        """Open a unit of work with a `trail`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One authenticated, decoded request. `recorded` are the parameters without what the model marks sensitive."""

    principal: Principal
    context: CallContext
    operation: Operation
    parameters: Mapping[str, Any]
    recorded: Mapping[str, Any]


class Gateway:
    """Answers calls on a store. `bind` builds the services for a transaction."""

    def __init__(self, store: Store, bind: Bind) -> None:
        self._store = store
        self._bind = bind

    def call(self, call: Call) -> dict[str, Any]:
        """Authorise, run and record `call`; return the response members. Raises `VaultError` for refusals."""
        try:
            with self._store.transaction() as tx:
                services = self._bind(tx, call.principal)
                for check in call.operation.checks(services, call.context, call.parameters):
                    authorize(call.principal, check)
                response = call.operation.run(services, call.context, call.parameters)
                tx.trail.append(_event(call, response=response), at=call.context.now)
                return response
        except VaultError as error:
            self._record_refusal(call, error)
            raise

    def _record_refusal(self, call: Call, error: VaultError) -> None:
        with self._store.transaction() as tx:
            if isinstance(error, RotationUnfinished):
                self._bind(tx, call.principal).rotation.reattempt(error.arn, call.context.now)
            tx.trail.append(_event(call, error=error), at=call.context.now)


def authorize(principal: Principal, check: AccessCheck) -> None:
    """Raise `AccessDenied`, in AWS's words, unless the policies of `principal` allow `check`."""
    decision = evaluate(principal, check)
    if not decision.allowed:
        raise AccessDenied(refusal(principal, check, decision))


def _event(call: Call, *, response: Mapping[str, Any] | None = None, error: VaultError | None = None) -> dict[str, Any]:
    kept = {name: response[name] for name in call.operation.recorded_response if name in response} if response else {}
    return call_event(
        call.context,
        service=call.operation.service,
        name=call.operation.name,
        read_only=call.operation.read_only,
        parameters=call.recorded,
        response=kept,
        refused=None if error is None else type(error).__name__,
        message=None if error is None else error.message,
    )
