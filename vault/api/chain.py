"""A request's life, read top to bottom: authenticate, route, decode, call the gateway, encode or refuse.

Requests that are answered together are all looked at before the first one runs, so that what they will read is read at
once. None of them was answered yet, so each may well have come before any change that another makes.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from strongroom.kernel.hotrecord import hot_record
from strongroom.wire.sigv4 import HttpRequest, SignatureError, SignatureFault
from vault.api import speaking
from vault.api.auth import Authenticator, Caller
from vault.api.complaints import Complaints
from vault.api.decode import WrongType, decode
from vault.api.errors import MalformedInput, UnknownOperation
from vault.api.operations import (
    account,
    cloudtrail,
    held_values,
    iam,
    kms,
    replication,
    rolesanywhere,
    secretsmanager,
    sts,
)
from vault.api.recording import recorded
from vault.api.response import Answered, Deferred, Response
from vault.api.speaking import Spoken
from vault.api.spec import operation_model
from vault.api.workloads import CREATE_SESSION, is_workload, workload_call
from vault.domain.errors import InvalidParameter, StoreUnavailable, ValidationFailed, VaultError
from vault.domain.operation import Later, Operation
from vault.gateway import Call, Gateway

_OPERATIONS: Mapping[str, Mapping[str, Operation]] = {
    "account": account.OPERATIONS,
    "cloudtrail": cloudtrail.OPERATIONS,
    "iam": iam.OPERATIONS,
    "kms": kms.OPERATIONS,
    "rolesanywhere": rolesanywhere.OPERATIONS,
    "secretsmanager": secretsmanager.OPERATIONS,
    "strongroom": {**replication.OPERATIONS, **held_values.OPERATIONS},
    "sts": sts.OPERATIONS,
}
_SILENT = ("iam",)
"""Services whose errors do not show what was sent."""
_SELDOM = ("monitoring", "logs", "lambda")
"""CloudWatch, CloudWatch Logs and Lambda, as requests for them are signed."""
_READING = ("Get", "List", "Describe", "Lookup", "Decode")
"""How the names of operations begin that CloudTrail calls read-only."""
_log = logging.getLogger("strongroom.api")
_complaints = Complaints()


@hot_record
class _Routed:
    operation: Operation
    model: Any
    content: Callable[[], Any]
    """Parses the body as the protocol says; nothing of it is checked."""
    protocol: Spoken


@hot_record
class _Asked:
    """A request that is authenticated and decoded."""

    request: HttpRequest
    routed: _Routed
    call: Call


class Chain:
    """Answers HTTP requests on behalf of a gateway, in a transaction that it is handed."""

    def __init__(self, authenticator: Authenticator, gateway: Gateway) -> None:
        self._authenticator = authenticator
        self._gateway = gateway

    def answer(self, tx: Any, requests: Sequence[tuple[HttpRequest, str]], now: datetime) -> list[Answered]:
        """Return the answers to requests, each with its client's address, whatever they hold, in their order.

        Raises `StoreUnavailable` alone: then the transaction is lost, and nothing in it was answered.
        """
        looked_at = [self._look_at(tx, request, source_ip, now) for request, source_ip in requests]
        self._gateway.expect(tx, [each.call for each in looked_at if isinstance(each, _Asked)])
        return [self._run(tx, each) if isinstance(each, _Asked) else each for each in looked_at]

    def _look_at(self, tx: Any, request: HttpRequest, source_ip: str, now: datetime) -> _Asked | Response:
        request_id = _new_request_id()
        try:
            if is_workload(request):
                call = workload_call(request, request_id=request_id, source_ip=source_ip, now=now)
                return _Asked(request=request, routed=_WORKLOAD, call=call)
            caller = self._authenticator.authenticate(tx, request, request_id=request_id, source_ip=source_ip, now=now)
            routed = _route(caller.service, request)
            return _Asked(request=request, routed=routed, call=self._decoded(tx, caller, routed))
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - the edge: every failure becomes an answer
            return refuse(error, request, request_id)

    def perform(self, tx: Any, request: HttpRequest, source_ip: str, operation: Operation, now: datetime) -> None:
        """Perform an operation that is none of AWS's for who signed `request` for its service, and record it.

        Raises `SignatureError`, or `VaultError` for a refusal, which is recorded.
        """
        request_id = _new_request_id()
        caller = self._authenticator.authenticate(tx, request, request_id=request_id, source_ip=source_ip, now=now)
        if caller.service != operation.service:
            told = f"Credential should be scoped to correct service: '{operation.service}'."
            raise SignatureError(SignatureFault.MISMATCH, told)
        call = Call(principal=caller.principal, context=caller.context, operation=operation, parameters={}, recorded={})
        self._gateway.call(tx, call)

    def _run(self, tx: Any, asked: _Asked) -> Answered:
        request_id = asked.call.context.request_id
        try:
            result = self._gateway.call(tx, asked.call)
            if isinstance(result, Later):
                return _deferred(asked, result)
            return _answered(asked, result)
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - the edge: every failure becomes an answer
            return refuse(error, asked.request, request_id)

    def _decoded(self, tx: Any, caller: Caller, routed: _Routed) -> Call:
        """Return the call that a request asks for; one whose body is not as the model says is recorded as refused."""
        shape = routed.model.input_shape
        try:
            parameters = decode(shape, routed.content(), echoing=caller.service not in _SILENT)
        except Exception as error:  # noqa: BLE001 - a defect of ours is recorded as well
            refusal = MalformedInput(str(error)) if isinstance(error, WrongType) else _own(caller.service, error)
            self._gateway.refuse(tx, _call(caller, routed, {}, {}), refusal)
            raise refusal from None
        return _call(caller, routed, parameters, recorded(shape, parameters))


def _answered(asked: _Asked, result: dict[str, Any]) -> Response:
    request_id = asked.call.context.request_id
    return speaking.answer(asked.routed.protocol, asked.routed.model, result, request_id)


def _deferred(asked: _Asked, later: Later) -> Deferred:
    def work() -> Response:
        try:
            return _answered(asked, later.work())
        except Exception as error:  # noqa: BLE001 - the edge: every failure becomes an answer
            return refuse(error, asked.request, asked.call.context.request_id)

    return Deferred(work=work)


def _new_request_id() -> str:
    """Return a random id in the form of a UUID (RFC 9562, version 4)."""
    drawn = os.urandom(16).hex()
    return f"{drawn[:8]}-{drawn[8:12]}-4{drawn[13:16]}-a{drawn[17:20]}-{drawn[20:]}"


def _call(caller: Caller, routed: _Routed, parameters: Mapping[str, Any], kept: Mapping[str, Any]) -> Call:
    return Call(
        principal=caller.principal,
        context=caller.context,
        operation=routed.operation,
        parameters=parameters,
        recorded=kept,
    )


_WORKLOAD = _Routed(operation=CREATE_SESSION, model=None, content=dict, protocol=Spoken.REST_JSON)


def _route(service: str, request: HttpRequest) -> _Routed:
    operations = _offered(service)
    if operations is None:
        raise UnknownOperation(f"The service {service} is not served here.")
    asked = speaking.asked(service, request)
    model = operation_model(service, asked.name)
    if model is None:
        raise UnknownOperation(f"The operation {asked.name[:64]} is not supported.")
    return _Routed(
        operation=operations.get(asked.name) or _not_offered(service, asked.name),
        model=model,
        content=lambda: asked.content(model.input_shape),
        protocol=asked.protocol,
    )


def _offered(service: str) -> Mapping[str, Operation] | None:
    """Return the operations of a service that are offered; None for a service that is not."""
    found = _OPERATIONS.get(service)
    if found is not None or service not in _SELDOM:
        return found
    # Few stores are asked for them, so they are loaded by the first request that is.
    from vault.api.operations import cloudwatch, lambdas, logs

    offered = {"monitoring": cloudwatch.OPERATIONS, "logs": logs.OPERATIONS, "lambda": lambdas.OPERATIONS}
    return offered[service]


def _own(service: str, error: Exception) -> Exception:
    """Return a broken constraint as the service calls it: CloudWatch Logs has an error of its own for it."""
    return InvalidParameter(error.message) if service == "logs" and isinstance(error, ValidationFailed) else error


def _not_offered(service: str, name: str) -> Operation:
    """Return an operation that the service has elsewhere: who calls it is refused, and that is recorded."""

    def refused(*_: object) -> Any:
        raise UnknownOperation(f"The operation {name} is not supported.")

    return Operation(service=service, name=name, read_only=name.startswith(_READING), checks=refused, run=refused)


def refuse(error: Exception, request: HttpRequest, request_id: str = "") -> Response:
    """Return the answer that tells `error`, in the protocol that `request` speaks."""
    request_id = request_id or _new_request_id()
    if not isinstance(error, VaultError | SignatureError):
        _log.error("request %s failed inside: %s", request_id, type(error).__name__)
    elif isinstance(error, StoreUnavailable):
        _complaints.hear(error.message)
    return speaking.refusal(error, request, request_id)
