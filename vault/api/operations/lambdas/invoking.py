"""Invoke: a function is called once the call is authorised, recorded and committed; others are answered meanwhile.

Source: AWS Lambda API Reference, "Invoke".
"""

from __future__ import annotations

import base64
import json

from strongroom.kernel.secretvalue import SecretValue
from vault.api.operations.lambdas.access import Request, function_checks, place_in
from vault.api.operations.lambdas.answers import Answer
from vault.domain.context import CallContext
from vault.domain.function_errors import InvalidFunctionParameter, InvalidRequestContent
from vault.domain.function_names import LATEST, require_own
from vault.domain.functions import CallOutcome, Invocation
from vault.domain.operation import Later, Operation
from vault.services.binding import Services

_APART = ("ClientContext", "DurableExecutionName", "TenantId")


def _invoke(services: Services, context: CallContext, request: Request) -> Answer | Later:
    place = place_in(context, request)
    require_own(place)
    function = services.functions.get(place)
    given = [name for name in _APART if request.get(name)]
    if given:
        raise InvalidFunctionParameter(f"{', '.join(given)} cannot be given to a function here.")
    kind = request.get("InvocationType", "RequestResponse")
    if kind == "DryRun":
        return {"StatusCode": 204, "ExecutedVersion": LATEST}
    if kind != "RequestResponse":
        raise InvalidFunctionParameter("Functions are invoked with InvocationType RequestResponse or DryRun here.")
    event = _event(request.get("Payload", b""))
    invocation = services.function_calls.invocation(function, event, context.request_id, context.now)
    return _later(services, invocation, tail=request.get("LogType") == "Tail")


def _later(services: Services, invocation: Invocation, *, tail: bool) -> Later:
    invoke = services.invoke
    return Later(work=lambda: _answer(invoke(invocation), tail=tail))


def _answer(outcome: CallOutcome, *, tail: bool) -> Answer:
    answer: Answer = {"StatusCode": 200, "ExecutedVersion": LATEST, "Payload": outcome.payload.reveal()}
    if outcome.failed:
        answer["FunctionError"] = "Unhandled"
    return answer | ({"LogResult": base64.b64encode(outcome.log.reveal()).decode()} if tail else {})


def _event(payload: bytes) -> SecretValue:
    """Return an event, which without a payload is empty. Raises `InvalidRequestContent` for what is no JSON."""
    try:
        json.loads(payload or b"{}")
    except (ValueError, RecursionError):
        raise InvalidRequestContent("Could not parse request body into json: the payload is not JSON.") from None
    return SecretValue(payload or b"{}")


OPERATIONS = (
    Operation(service="lambda", name="Invoke", read_only=False, checks=function_checks("Invoke"), run=_invoke),
)
