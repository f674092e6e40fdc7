"""A request's life, read top to bottom: authenticate, route, decode, call the gateway, encode or refuse."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from strongroom.wire.sigv4 import HttpRequest, SignatureError
from vault.api.auth import Authenticator, Caller
from vault.api.decode import WrongType, decode
from vault.api.errors import MalformedInput, UnknownOperation, wire_error
from vault.api.operations import secretsmanager, sts
from vault.api.protocol import json11, query
from vault.api.response import Response
from vault.api.spec import operation_model, sensitive_members, service_model
from vault.domain.errors import VaultError
from vault.domain.operation import Operation
from vault.gateway import Call, Gateway

_OPERATIONS: Mapping[str, Mapping[str, Operation]] = {
    "secretsmanager": secretsmanager.OPERATIONS,
    "sts": sts.OPERATIONS,
}
_log = logging.getLogger("strongroom.api")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Routed:
    operation: Operation
    model: Any
    content: Any
    """The body as the protocol parsed it, unchecked."""


class Chain:
    """Answers HTTP requests on behalf of a gateway. Never raises."""

    def __init__(self, authenticator: Authenticator, gateway: Gateway) -> None:
        self._authenticator = authenticator
        self._gateway = gateway

    def answer(self, request: HttpRequest, source_ip: str) -> Response:
        """Return the answer to `request`, whatever it holds."""
        request_id = str(uuid.uuid4())
        speaks_query = request.header("x-amz-target") is None and "x-www-form-urlencoded" in (
            request.header("content-type") or ""
        )
        try:
            caller = self._authenticator.authenticate(request, request_id=request_id, source_ip=source_ip)
            return self._answer(caller, request)
        except Exception as error:  # noqa: BLE001 - the edge: every failure becomes an answer
            return _refuse(error, request_id, speaks_query=speaks_query)

    def _answer(self, caller: Caller, request: HttpRequest) -> Response:
        routed = _route(caller.service, request)
        try:
            parameters = decode(routed.model.input_shape, routed.content)
        except WrongType as error:
            raise MalformedInput(str(error)) from None
        hidden = sensitive_members(routed.model.input_shape)
        call = Call(
            principal=caller.principal,
            context=caller.context,
            operation=routed.operation,
            parameters=parameters,
            recorded={name: value for name, value in parameters.items() if name not in hidden},
        )
        result = self._gateway.call(call)
        if service_model(caller.service).metadata["protocol"] == "query":
            return query.answer(routed.model, result, caller.context.request_id)
        return json11.answer(result, caller.context.request_id)


def _route(service: str, request: HttpRequest) -> _Routed:
    if service not in _OPERATIONS or request.method != "POST" or request.path not in ("", "/") or request.query:
        raise UnknownOperation(f"The service {service} is not served here.")
    facts = service_model(service).metadata
    if facts["protocol"] == "query":
        fields = query.parameters(request)
        name = query.operation_name(fields, facts["apiVersion"])
        model = operation_model(service, name)
        content = query.content(model.input_shape if model else None, fields)
    else:
        name = json11.operation_name(request, facts["targetPrefix"])
        model = operation_model(service, name)
        content = json11.parse(request)
    operation = _OPERATIONS[service].get(name)
    if operation is None or model is None:
        raise UnknownOperation(f"The operation {name[:64]} is not supported.")
    return _Routed(operation=operation, model=model, content=content)


def _refuse(error: Exception, request_id: str, *, speaks_query: bool) -> Response:
    if not isinstance(error, VaultError | SignatureError):
        _log.error("request %s failed inside: %s", request_id, type(error).__name__)
    wired = wire_error(error, query=speaks_query)
    if speaks_query:
        return query.refuse(wired, service_model("sts").metadata["xmlNamespace"], request_id)
    return json11.refuse(wired, request_id)
