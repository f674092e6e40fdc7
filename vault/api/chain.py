"""A request's life, read top to bottom: authenticate, route, decode, call the gateway, encode or refuse."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from strongroom.wire.sigv4 import HttpRequest, SignatureError, SignatureFault
from vault.api.auth import Authenticator, Caller
from vault.api.complaints import Complaints
from vault.api.decode import WrongType, decode
from vault.api.errors import MalformedInput, UnknownOperation, wire_error
from vault.api.operations import cloudtrail, kms, secretsmanager, sts
from vault.api.protocol import json11, query
from vault.api.recording import recorded
from vault.api.response import Response
from vault.api.spec import operation_model, service_model
from vault.domain.errors import StoreUnavailable, VaultError
from vault.domain.operation import Operation
from vault.gateway import Call, Gateway

_OPERATIONS: Mapping[str, Mapping[str, Operation]] = {
    "cloudtrail": cloudtrail.OPERATIONS,
    "kms": kms.OPERATIONS,
    "secretsmanager": secretsmanager.OPERATIONS,
    "sts": sts.OPERATIONS,
}
_READING = ("Get", "List", "Describe", "Lookup", "Decode")
"""How the names of operations begin that CloudTrail calls read-only."""
_log = logging.getLogger("strongroom.api")
_complaints = Complaints()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Routed:
    operation: Operation
    model: Any
    content: Callable[[], Any]
    """Parses the body as the protocol says; nothing of it is checked."""
    queries: bool
    """Whether the service speaks the query protocol."""


class Chain:
    """Answers HTTP requests on behalf of a gateway, each in a transaction that it is handed."""

    def __init__(self, authenticator: Authenticator, gateway: Gateway) -> None:
        self._authenticator = authenticator
        self._gateway = gateway

    def answer(self, tx: Any, request: HttpRequest, source_ip: str) -> Response:
        """Return the answer to `request`, whatever it holds.

        Raises `StoreUnavailable` alone: then the transaction is lost, and nothing in it was answered.
        """
        request_id = str(uuid.uuid4())
        try:
            caller = self._authenticator.authenticate(tx, request, request_id=request_id, source_ip=source_ip)
            return self._answer(tx, caller, request)
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - the edge: every failure becomes an answer
            return refuse(error, request, request_id)

    def perform(self, tx: Any, request: HttpRequest, source_ip: str, operation: Operation) -> None:
        """Perform an operation that is none of AWS's for who signed `request` for its service, and record it.

        Raises `SignatureError`, or `VaultError` for a refusal, which is recorded.
        """
        caller = self._authenticator.authenticate(tx, request, request_id=str(uuid.uuid4()), source_ip=source_ip)
        if caller.service != operation.service:
            told = f"Credential should be scoped to correct service: '{operation.service}'."
            raise SignatureError(SignatureFault.MISMATCH, told)
        call = Call(principal=caller.principal, context=caller.context, operation=operation, parameters={}, recorded={})
        self._gateway.call(tx, call)

    def _answer(self, tx: Any, caller: Caller, request: HttpRequest) -> Response:
        routed = _route(caller.service, request)
        result = self._gateway.call(tx, self._decoded(tx, caller, routed))
        if routed.queries:
            return query.answer(routed.model, result, caller.context.request_id)
        return json11.answer(result, caller.context.request_id)

    def _decoded(self, tx: Any, caller: Caller, routed: _Routed) -> Call:
        """Return the call that a request asks for; one whose body is not as the model says is recorded as refused."""
        shape = routed.model.input_shape
        try:
            parameters = decode(shape, routed.content())
        except Exception as error:  # noqa: BLE001 - a defect of ours is recorded as well
            refusal = MalformedInput(str(error)) if isinstance(error, WrongType) else error
            self._gateway.refuse(tx, _call(caller, routed, {}, {}), refusal)
            raise refusal from None
        return _call(caller, routed, parameters, recorded(shape, parameters))


def _call(caller: Caller, routed: _Routed, parameters: Mapping[str, Any], kept: Mapping[str, Any]) -> Call:
    return Call(
        principal=caller.principal,
        context=caller.context,
        operation=routed.operation,
        parameters=parameters,
        recorded=kept,
    )


def _route(service: str, request: HttpRequest) -> _Routed:
    if service not in _OPERATIONS or request.method != "POST" or request.path not in ("", "/") or request.query:
        raise UnknownOperation(f"The service {service} is not served here.")
    facts = service_model(service).metadata
    queries = facts["protocol"] == "query"
    fields = query.parameters(request) if queries else {}
    name = (
        query.operation_name(fields, facts["apiVersion"])
        if queries
        else json11.operation_name(request, facts["targetPrefix"])
    )
    model = operation_model(service, name)
    if model is None:
        raise UnknownOperation(f"The operation {name[:64]} is not supported.")
    shape = model.input_shape
    return _Routed(
        operation=_OPERATIONS[service].get(name) or _not_offered(service, name),
        model=model,
        content=lambda: query.content(shape, fields) if queries else json11.parse(request),
        queries=queries,
    )


def _not_offered(service: str, name: str) -> Operation:
    """Return an operation that the service has elsewhere: who calls it is refused, and that is recorded."""

    def refused(*_: object) -> Any:
        raise UnknownOperation(f"The operation {name} is not supported.")

    return Operation(service=service, name=name, read_only=name.startswith(_READING), checks=refused, run=refused)


def refuse(error: Exception, request: HttpRequest, request_id: str = "") -> Response:
    """Return the answer that tells `error`, in the protocol that `request` speaks."""
    request_id = request_id or str(uuid.uuid4())
    if not isinstance(error, VaultError | SignatureError):
        _log.error("request %s failed inside: %s", request_id, type(error).__name__)
    elif isinstance(error, StoreUnavailable):
        _complaints.hear(error.message)
    queries = request.header("x-amz-target") is None and "x-www-form-urlencoded" in (
        request.header("content-type") or ""
    )
    wired = wire_error(error, query=queries)
    if queries:
        return query.refuse(wired, service_model("sts").metadata["xmlNamespace"], request_id)
    return json11.refuse(wired, request_id)
