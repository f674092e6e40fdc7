"""Which of AWS's protocols a request speaks, and what each says: operation, content, answer, refusal.

A service speaks the one that its model names, or several, which its requests tell apart themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from strongroom.kernel.hotrecord import hot_record
from strongroom.wire.sigv4 import HttpRequest
from vault.api.errors import UnknownOperation, wire_error
from vault.api.protocol import cbor, json11, query, restjson
from vault.api.response import Response
from vault.api.spec import operation_at, service_model

_QUERY_MODE = "x-amzn-query-mode"
_CREATED = 201
"""With which the one operation without a model answers, CreateSession."""


class Spoken(StrEnum):
    """The protocols, as models call them."""

    JSON = "json"
    QUERY = "query"
    REST_JSON = "rest-json"
    CBOR = "smithy-rpc-v2-cbor"


_PROTOCOLS = {each.value: each for each in Spoken}


@hot_record
class Asked:
    """What a request asks a service for, as far as its protocol says."""

    protocol: Spoken
    name: str
    """Of the operation."""
    content: Callable[[Any], Any]
    """Parses what is given for a shape of the model; nothing of it is checked."""


def asked(service: str, request: HttpRequest) -> Asked:
    """Return what a request to a service of a model asks for. Raises `UnknownOperation`, `MalformedInput`."""
    facts = service_model(service).metadata
    protocol = _spoken(facts, request)
    return _READERS[protocol](service, facts, request)


def _spoken(facts: Mapping[str, Any], request: HttpRequest) -> Spoken:
    protocol = _PROTOCOLS[facts["protocol"]]
    if protocol is not Spoken.CBOR or cbor.is_spoken(request):
        return protocol
    return Spoken.JSON if request.header("x-amz-target") is not None else Spoken.QUERY


def _json(service: str, facts: Mapping[str, Any], request: HttpRequest) -> Asked:
    if (request.method, request.query) != ("POST", "") or request.path not in ("", "/"):
        raise _nowhere(service)
    name = json11.operation_name(request, facts["targetPrefix"])
    return Asked(protocol=Spoken.JSON, name=name, content=lambda _: json11.parse(request))


def _query(service: str, facts: Mapping[str, Any], request: HttpRequest) -> Asked:
    # A presigned request has all that it asks for in its query.
    presigned = "X-Amz-Signature=" in request.query
    if request.path not in ("", "/") or not (presigned or (request.method == "POST" and not request.query)):
        raise _nowhere(service)
    fields = query.parameters(request)
    name = query.operation_name(fields, facts["apiVersion"])
    return Asked(protocol=Spoken.QUERY, name=name, content=lambda shape: query.content(shape, fields))


def _cbor(service: str, facts: Mapping[str, Any], request: HttpRequest) -> Asked:
    if (request.method, request.query) != ("POST", ""):
        raise _nowhere(service)
    name = cbor.operation_name(request, facts["targetPrefix"])
    return Asked(protocol=Spoken.CBOR, name=name, content=lambda _: cbor.parse(request))


def _rest(service: str, facts: Mapping[str, Any], request: HttpRequest) -> Asked:
    # Some SDKs end a path with a slash that the model has no more.
    found = operation_at(service, request.method, request.path.rstrip("/"))
    if found is None:
        raise UnknownOperation(f"There is no operation at {request.path[:64]}.")
    name, named = found
    return Asked(protocol=Spoken.REST_JSON, name=name, content=lambda shape: restjson.content(shape, request, named))


_READERS = {Spoken.JSON: _json, Spoken.QUERY: _query, Spoken.CBOR: _cbor, Spoken.REST_JSON: _rest}


def _nowhere(service: str) -> UnknownOperation:
    return UnknownOperation(f"The service {service} is not served here.")


def answer(protocol: Spoken, model: Any, result: dict[str, Any], request_id: str) -> Response:
    """Return a good answer with the members of `result`."""
    if protocol is Spoken.JSON:
        return json11.answer(result, request_id)
    if protocol is Spoken.QUERY:
        return query.answer(model, result, request_id)
    if protocol is Spoken.CBOR:
        return cbor.answer(model, result, request_id)
    if model is None:
        return restjson.answer(None, result, request_id, _CREATED)
    return restjson.answer(model.output_shape, result, request_id, model.http.get("responseCode", 200))


def refusal(error: Exception, request: HttpRequest, request_id: str) -> Response:
    """Return the answer that tells `error`, in the protocol that `request` speaks by itself."""
    if cbor.is_spoken(request):
        return cbor.refuse(wire_error(error), wire_error(error, query=True).code, request_id)
    targeted = request.header("x-amz-target") is not None
    queries = not targeted and "x-www-form-urlencoded" in (request.header("content-type") or "")
    wired = wire_error(error, query=queries)
    if queries:
        return query.refuse(wired, query.namespace(request), request_id)
    if not targeted and request.path not in ("", "/"):
        return restjson.refuse(wired, request_id)
    query_code = wire_error(error, query=True).code if request.header(_QUERY_MODE) == "true" else ""
    return json11.refuse(wired, request_id, query_code)
