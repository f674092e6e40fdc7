"""Which of AWS's protocols a request speaks, and what each says: operation, content, answer, refusal.

A service speaks the one that its model names, or several, which its requests tell apart themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from strongroom.wire.sigv4 import HttpRequest
from vault.api.errors import UnknownOperation, wire_error
from vault.api.protocol import cbor, json11, query, restjson
from vault.api.response import Response
from vault.api.spec import operation_at, service_model

_QUERY_MODE = "x-amzn-query-mode"


class Spoken(StrEnum):
    """The protocols, as models call them."""

    JSON = "json"
    QUERY = "query"
    REST_JSON = "rest-json"
    CBOR = "smithy-rpc-v2-cbor"


_PROTOCOLS = {each.value: each for each in Spoken}


def spoken(facts: Mapping[str, Any], request: HttpRequest) -> Spoken:
    """Return what a request to the service of a model speaks."""
    protocol = _PROTOCOLS[facts["protocol"]]
    if protocol is not Spoken.CBOR or cbor.is_spoken(request):
        return protocol
    return Spoken.JSON if request.header("x-amz-target") is not None else Spoken.QUERY


def operation_name(
    protocol: Spoken, service: str, facts: Mapping[str, Any], request: HttpRequest, fields: Mapping[str, str]
) -> str:
    """Return the operation that is asked for. Raises `UnknownOperation`."""
    if protocol is Spoken.JSON:
        return json11.operation_name(request, facts["targetPrefix"])
    if protocol is Spoken.QUERY:
        return query.operation_name(fields, facts["apiVersion"])
    if protocol is Spoken.CBOR:
        return cbor.operation_name(request, facts["targetPrefix"])
    name = operation_at(service, request.path)
    if name is None:
        raise UnknownOperation(f"There is no operation at {request.path[:64]}.")
    return name


def has_place(protocol: Spoken, request: HttpRequest) -> bool:
    """Tell whether the protocol sends requests to that path."""
    return protocol in (Spoken.REST_JSON, Spoken.CBOR) or request.path in ("", "/")


def content(protocol: Spoken, model: Any, request: HttpRequest, fields: Mapping[str, str]) -> Callable[[], Any]:
    """Return what parses the body as the protocol says; nothing of it is checked."""
    if protocol is Spoken.QUERY:
        return lambda: query.content(model.input_shape, fields)
    if protocol is Spoken.CBOR:
        return lambda: cbor.parse(request)
    return lambda: json11.parse(request)


def answer(protocol: Spoken, model: Any, result: dict[str, Any], request_id: str) -> Response:
    """Return a 200 with the members of `result`."""
    if protocol is Spoken.JSON:
        return json11.answer(result, request_id)
    if protocol is Spoken.QUERY:
        return query.answer(model, result, request_id)
    if protocol is Spoken.CBOR:
        return cbor.answer(model, result, request_id)
    return restjson.answer(result, request_id)


def refusal(error: Exception, request: HttpRequest, request_id: str) -> Response:
    """Return the answer that tells `error`, in the protocol that `request` speaks by itself."""
    if cbor.is_spoken(request):
        return cbor.refuse(wire_error(error), wire_error(error, query=True).code, request_id)
    targeted = request.header("x-amz-target") is not None
    queries = not targeted and "x-www-form-urlencoded" in (request.header("content-type") or "")
    wired = wire_error(error, query=queries)
    if queries:
        return query.refuse(wired, _namespace(request), request_id)
    if not targeted and request.path not in ("", "/"):
        return restjson.refuse(wired, request_id)
    query_code = wire_error(error, query=True).code if request.header(_QUERY_MODE) == "true" else ""
    return json11.refuse(wired, request_id, query_code)


def _namespace(request: HttpRequest) -> str:
    """Return the namespace of the service whose version a form names, as far as that can be told."""
    monitoring = service_model("monitoring").metadata
    service = "monitoring" if f"Version={monitoring['apiVersion']}".encode() in request.body else "sts"
    return str(service_model(service).metadata["xmlNamespace"])
