"""The one door to the store: authorise, run, record, all in the caller's transaction. HTTP and in-process alike.

What a refused call had done by then is undone, and its refusal recorded in its place. The record commits with what the
call did, or neither does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import field
from typing import Any

from strongroom.kernel.hotrecord import hot_record
from vault.domain.context import CallContext
from vault.domain.errors import (
    AccessDenied,
    Consequential,
    InternalFailure,
    SessionBarred,
    StoreUnavailable,
    Stranger,
    VaultError,
)
from vault.domain.evaluate import evaluate, refusal
from vault.domain.operation import AccessCheck, Later, Operation
from vault.domain.principals import Principal
from vault.domain.trail import call_event, new_event_id, spelled_within
from vault.services.read_ahead import read_ahead

Bind = Callable[[Any, Principal], Any]
"""Builds the services of one transaction for one caller."""
Spell = Callable[[VaultError], str]
"""From a refusal to AWS's error code."""


@hot_record
class Call:
    """One authenticated, decoded request. `recorded` are the parameters without what the model marks sensitive."""

    principal: Principal
    context: CallContext
    operation: Operation
    parameters: Mapping[str, Any] = field(repr=False)
    recorded: Mapping[str, Any]


class Gateway:
    """Answers calls. `bind` builds the services for a transaction, `spell` names refusals as AWS does."""

    def __init__(self, bind: Bind, spell: Spell) -> None:
        self._bind = bind
        self._spell = spell

    def call(self, tx: Any, call: Call) -> dict[str, Any] | Later:
        """Authorise, run and record `call` in the transaction `tx`; return the response members, or what makes them.

        Raises `VaultError` for refusals; the transaction can go on after one, and after any other failure.
        """
        try:
            # What only reads has nothing to undo: it is refused before the one thing it writes, the day of the read.
            with nullcontext() if call.operation.read_only else tx.savepoint():
                if call.principal.barred_from(call.operation.service, call.operation.name):
                    raise SessionBarred  # noqa: TRY301 - what refuses is recorded below
                services = self._bind(tx, call.principal)
                checks = call.operation.checks(services, call.context, call.parameters)
                for check in checks:
                    authorize(call.principal, check, call.context)
                response = call.operation.run(services, call.context, call.parameters)
        except StoreUnavailable:
            # The transaction is lost, and what would be recorded in it too.
            raise
        except Exception as error:
            self.refuse(tx, call, error)
            raise
        on_keys = [check.resource for check in checks if check.guarded] if call.operation.service == "kms" else ()
        told = {} if isinstance(response, Later) else response
        event = _event(call, response=told, key_arns=on_keys)
        tx.trail.append(event, at=call.context.now)
        for owner in {check.account_id for check in checks} - {"", call.context.account_id}:
            # What another account's caller did is in the trail of both.
            theirs = {**event, "eventID": new_event_id(), "recipientAccountId": owner}
            tx.trail.append({**theirs, "sharedEventID": event["eventID"]}, at=call.context.now)
        return response

    def expect(self, tx: Any, calls: Sequence[Call]) -> None:
        """Have what `calls` will read in `tx` read at once. Raises `StoreUnavailable`."""
        wanted = [call.operation.wanted(call.context, call.parameters) for call in calls]
        read_ahead(tx, [each for each in wanted if each is not None])

    def refuse(self, tx: Any, call: Call, error: Exception) -> None:
        """Record that `call` was refused with `error`, or failed inside; nothing of a stranger."""
        if isinstance(error, Stranger):
            return
        told = error if isinstance(error, VaultError) else InternalFailure()
        tx.trail.append(_event(call, error=(self._spell(told), told.message)), at=call.context.now)
        if isinstance(error, Consequential):
            error.settle(self._bind(tx, call.principal), call.context.now)


def authorize(principal: Principal, check: AccessCheck, context: CallContext) -> None:
    """Raise `AccessDenied`, in AWS's words, unless the policies that apply allow `principal` what `check` asks."""
    decision = evaluate(principal, check, context)
    if not decision.allowed:
        raise AccessDenied(refusal(principal, check, decision))


def _event(
    call: Call,
    *,
    response: Mapping[str, Any] | None = None,
    error: tuple[str, str] | None = None,
    key_arns: Sequence[str] = (),
) -> dict[str, Any]:
    kept = call.operation.recorded_response if response else ()
    return call_event(
        call.context,
        call.principal,
        service=call.operation.service,
        name=call.operation.name,
        read_only=call.operation.read_only,
        parameters=call.recorded,
        response=spelled_within({name: response[name] for name in kept if response and name in response}),
        error=error,
        key_arns=key_arns,
    )
