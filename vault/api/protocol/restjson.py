"""AWS REST-JSON: method and path name the operation, members stand in path, query, headers and body.

The error's code stands in the header `X-Amzn-Errortype` (Smithy, "AWS restJson1 protocol").
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from strongroom.wire.sigv4 import PRESIGNED_PREFIX, HttpRequest
from vault.api.errors import MalformedInput, WireError
from vault.api.protocol import json11
from vault.api.response import Response

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")
_NO_CONTENT = 204
_STATUSES = {"AccessDeniedException": 403, "ResourceNotFoundException": 404}
_CODES = {"InternalServiceError": "InternalServerException"}
"""What these services call the errors that all share."""


def content(shape: Any, request: HttpRequest, named: Mapping[str, str]) -> Any:
    """Return the members that a request gives outside and inside of its body, as the JSON values that `decode` takes.

    Raises `MalformedInput` for a body that is no JSON, and for a number that is none.
    """
    given = _body(shape, request)
    if shape is None or not isinstance(given, dict):
        return given
    places = {name: member.serialization for name, member in shape.members.items()}
    asked = _by_name(request.query)
    for member, place in places.items():
        told, location = place.get("name", member), place.get("location")
        if location == "uri" and told in named:
            given[member] = named[told]
        elif location == "querystring" and told in asked:
            given[member] = _value(shape.members[member], asked.pop(told))
        elif location == "header" and (header := request.header(told.lower())) is not None:
            given[member] = header
    return {**given, **dict.fromkeys(asked, "")}


def _body(shape: Any, request: HttpRequest) -> Any:
    """Return what the body gives: members, or all of it one, in base64 as JSON would have it."""
    payload = None if shape is None else shape.serialization.get("payload")
    if payload is None or shape.members[payload].type_name != "blob":
        return json11.parse(request)
    return {payload: base64.b64encode(request.body).decode("ascii")} if request.body else {}


def _by_name(query: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True, max_num_fields=100):
        if not name.startswith(PRESIGNED_PREFIX):
            found.setdefault(name, []).append(value)
    return found


def _value(shape: Any, values: list[str]) -> Any:
    if shape.type_name == "list":
        return values
    if len(values) != 1:
        raise MalformedInput("A parameter is given twice.")
    if shape.type_name == "integer":
        if not _WHOLE_NUMBER.fullmatch(values[0]):
            raise MalformedInput("A number is not a number.")
        return int(values[0])
    return values[0]


def answer(shape: Any, content: dict[str, Any], request_id: str, status: int = 200) -> Response:
    """Return an answer of `content`, whose members are where their `shape` puts them; unset ones are absent already."""
    apart = {} if shape is None else {name: each.serialization for name, each in shape.members.items()}
    headers = tuple(
        (place["name"].lower(), str(content[name]))
        for name, place in apart.items()
        if place.get("location") == "header" and name in content
    )
    told = next((name for name, place in apart.items() if place.get("location") == "statusCode"), "")
    payload = None if shape is None else shape.serialization.get("payload")
    if payload is not None:
        body = content.get(payload, b"")
    else:
        body = json11.encoded({name: each for name, each in content.items() if "location" not in apart.get(name, {})})
    code = content.get(told, status)
    return _response(code, b"" if code == _NO_CONTENT else body, request_id, headers)


def refuse(error: WireError, request_id: str) -> Response:
    """Return an error answer."""
    code = _CODES.get(error.code, error.code)
    status = _STATUSES.get(error.code, error.status)
    # Lambda tells whose fault it is, and has the message of what is not found by another name.
    whose = {"Type": error.whose} if error.whose else {}
    told = "Message" if error.whose and status == _STATUSES["ResourceNotFoundException"] else "message"
    body = json.dumps({**whose, told: error.message}).encode("utf-8", "replace")
    return _response(status, body, request_id, (("x-amzn-errortype", code),))


def _response(status: int, body: bytes, request_id: str, more: tuple[tuple[str, str], ...] = ()) -> Response:
    headers = (("content-type", "application/json"), ("x-amzn-requestid", request_id), ("cache-control", "no-store"))
    return Response(status=status, headers=(*headers, *more), body=body)
