"""AWS REST-JSON, as far as operations without parameters in headers go: method and path name the operation.

The error's code stands in the header `X-Amzn-Errortype` (Smithy, "AWS restJson1 protocol").
"""

from __future__ import annotations

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
_STATUSES = {"AccessDeniedException": 403, "ResourceNotFoundException": 404}
_CODES = {"InternalServiceError": "InternalServerException"}
"""What these services call the errors that all share."""


def content(shape: Any, request: HttpRequest, named: Mapping[str, str]) -> Any:
    """Return the members that a request gives in path, query and body, as the JSON values that `decode` takes.

    Raises `MalformedInput` for a body that is no JSON, and for a number that is none.
    """
    given = json11.parse(request)
    if shape is None or not isinstance(given, dict):
        return given
    places = {name: member.serialization for name, member in shape.members.items()}
    asked = _by_name(request.query)
    for member, place in places.items():
        told = place.get("name", member)
        if place.get("location") == "uri" and told in named:
            given[member] = named[told]
        elif place.get("location") == "querystring" and told in asked:
            given[member] = _value(shape.members[member], asked.pop(told))
    return {**given, **dict.fromkeys(asked, "")}


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


def answer(content: dict[str, Any], request_id: str, status: int = 200) -> Response:
    """Return an answer of `content`: unset members are absent already."""
    return _response(status, json11.encoded(content), request_id)


def refuse(error: WireError, request_id: str) -> Response:
    """Return an error answer."""
    code = _CODES.get(error.code, error.code)
    status = _STATUSES.get(error.code, error.status)
    return _response(
        status,
        json.dumps({"message": error.message}).encode("utf-8", "replace"),
        request_id,
        (("x-amzn-errortype", code),),
    )


def _response(status: int, body: bytes, request_id: str, more: tuple[tuple[str, str], ...] = ()) -> Response:
    headers = (("content-type", "application/json"), ("x-amzn-requestid", request_id), ("cache-control", "no-store"))
    return Response(status=status, headers=(*headers, *more), body=body)
