"""AWS JSON 1.1: `X-Amz-Target` names the operation, bodies are JSON, timestamps epoch seconds, blobs base64."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any

import orjson

from strongroom.wire.sigv4 import HttpRequest
from vault.api.errors import MalformedInput, UnknownOperation, WireError
from vault.api.response import Response

CONTENT_TYPE = "application/x-amz-json-1.1"


def operation_name(request: HttpRequest, target_prefix: str) -> str:
    """Return the operation that `X-Amz-Target` names. Raises `UnknownOperation`."""
    prefix, _, name = (request.header("x-amz-target") or "").rpartition(".")
    if prefix != target_prefix or not name.isalnum():
        raise UnknownOperation
    return name


def parse(request: HttpRequest) -> Any:
    """Return the body as parsed JSON. Raises `MalformedInput`, which does not quote it."""
    try:
        return _DECODER.decode(request.body.decode("utf-8-sig") or "{}")
    except (ValueError, RecursionError):
        raise MalformedInput("The request body is not valid JSON.") from None


def answer(content: dict[str, Any], request_id: str) -> Response:
    """Return a 200 with `content`: unset members are absent already."""
    return _response(200, encoded(content), request_id)


def encoded(content: dict[str, Any]) -> bytes:
    """Return members as JSON: times as epoch seconds, bytes in base64."""
    try:
        return orjson.dumps(content, default=_plain, option=orjson.OPT_PASSTHROUGH_DATETIME)
    except orjson.JSONEncodeError:
        return _encoded(content)


def refuse(error: WireError, request_id: str, query_code: str = "") -> Response:
    """Return an error answer; the case of the message key is AWS's own.

    `query_code` is the error's code in the query protocol, for clients that are told so.
    """
    key = "Message" if error.modeled else "message"
    # An error without a text has no such member at all, as on AWS.
    content = {"__type": error.code} | ({key: error.message} if error.message else {})
    fault = "Receiver" if error.status >= 500 else "Sender"
    more = (("x-amzn-query-error", f"{query_code};{fault}"),) if query_code else ()
    return _response(error.status, _encoded(content), request_id, more)


def _response(status: int, body: bytes, request_id: str, more: tuple[tuple[str, str], ...] = ()) -> Response:
    headers = (("content-type", CONTENT_TYPE), ("x-amzn-requestid", request_id), ("cache-control", "no-store"), *more)
    return Response(status=status, headers=headers, body=body)


def _encoded(content: dict[str, Any]) -> bytes:
    return _ENCODER.encode(content).encode("utf-8", "replace")


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return round(value.timestamp(), 3)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    raise TypeError(f"cannot encode {type(value).__name__}")


def _no_constant(name: str) -> object:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_constant=_no_constant)
_ENCODER = json.JSONEncoder(default=_plain, ensure_ascii=False)
