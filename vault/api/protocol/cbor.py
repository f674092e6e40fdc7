"""Smithy RPC v2 CBOR: the path names the operation, bodies are CBOR (RFC 8949). Spoken by CloudWatch's newer clients.

botocore reads and writes the CBOR; this bounds what it is given. An error also has the code that the service's query
protocol gives it, in `x-amzn-query-error`, where clients of it look. Source: Smithy, "Smithy RPC v2 CBOR protocol" and
"AWS query protocol compatibility".
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from strongroom.wire.sigv4 import HttpRequest
from vault.api.errors import MalformedInput, UnknownOperation, WireError
from vault.api.response import Response

HEADER = "smithy-protocol"
NAME = "rpc-v2-cbor"
QUERY_ERROR = "x-amzn-query-error"
_MOST_BYTES = 1 << 20
"""As much as a body may have: no length within one is larger."""
_EMPTY = b"\xa0"


def is_spoken(request: HttpRequest) -> bool:
    """Tell whether a request speaks this protocol."""
    return request.header(HEADER) == NAME


def operation_name(request: HttpRequest, target_prefix: str) -> str:
    """Return the operation that the path names. Raises `UnknownOperation`."""
    before, _, name = request.path.rpartition("/")
    if before != f"/service/{target_prefix}/operation" or not name.isalnum():
        raise UnknownOperation
    return name


def parse(request: HttpRequest) -> Any:
    """Return the body's values. Raises `MalformedInput`, which does not quote it."""
    from botocore.parsers import ResponseParserError

    try:
        return _read(request.body) if request.body else {}
    except (ResponseParserError, ValueError, TypeError, RuntimeError, OverflowError, OSError, struct.error):
        raise MalformedInput("The request body is not valid CBOR.") from None


def answer(operation: Any, content: Mapping[str, Any], request_id: str) -> Response:
    """Return a 200 with `content` as the operation model's output shape has it; unset members are absent already."""
    shape = operation.output_shape
    body = _EMPTY if shape is None else bytes(_writer()._serialize_body_params(dict(content), shape))
    return _response(200, body, request_id)


def refuse(error: WireError, query_code: str, request_id: str) -> Response:
    """Return an error answer; `query_code` is its code in the query protocol."""
    told = {"__type": error.code, "message": error.message}
    fault = "Receiver" if error.status >= 500 else "Sender"
    return _response(error.status, _texts(told), request_id, ((QUERY_ERROR, f"{query_code};{fault}"),))


def _texts(content: Mapping[str, str]) -> bytes:
    """Return a map of texts."""
    from botocore.model import ShapeResolver

    members = {name: {"shape": "Text"} for name in content}
    shapes: Any = {"Text": {"type": "string"}, "Told": {"type": "structure", "members": members}}
    shape = ShapeResolver(shapes).get_shape_by_name("Told")
    return bytes(_writer()._serialize_body_params(dict(content), shape))


def _response(status: int, body: bytes, request_id: str, more: tuple[tuple[str, str], ...] = ()) -> Response:
    headers = (
        ("content-type", "application/cbor"),
        (HEADER, NAME),
        ("x-amzn-requestid", request_id),
        ("cache-control", "no-store"),
    )
    return Response(status=status, headers=(*headers, *more), body=body)


def _read(body: bytes) -> Any:
    reader = _reader()
    stream = reader.get_peekable_stream_from_bytes(body)
    value = reader.parse_data_item(stream)
    if stream.read(1):
        raise ValueError("more than one value")
    return value


# botocore's parsers and serialisers are loaded by the first request that speaks CBOR, and by no other.


@lru_cache(maxsize=1)
def _reader() -> Any:
    from botocore import parsers

    parser: Any = parsers.BaseCBORParser

    class Reader(parser):  # type: ignore[misc]
        """Reads what clients send, of which no part may be longer than a body."""

        def _read_from_stream(self, stream: Any, num_bytes: int) -> bytes:
            if num_bytes > _MOST_BYTES:
                raise ValueError("a length that no body has")
            return bytes(super()._read_from_stream(stream, num_bytes))

        def _parse_key_value_pair(self, stream: Any, items: dict[str, Any]) -> None:
            key, value = self.parse_data_item(stream), self.parse_data_item(stream)
            if not isinstance(key, str):
                raise TypeError("a member that has no name")
            if value is not None:
                items[key] = value

    return Reader()


@lru_cache(maxsize=1)
def _writer() -> Any:
    from botocore.serialize import RpcV2CBORSerializer

    return RpcV2CBORSerializer()
