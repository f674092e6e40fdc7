"""AWS REST-JSON, as far as operations without parameters in path or headers go: the path names the operation.

The error's code stands in the header `X-Amzn-Errortype` (Smithy, "AWS restJson1 protocol").
"""

from __future__ import annotations

import json
from typing import Any

from vault.api.errors import WireError
from vault.api.protocol import json11
from vault.api.response import Response

_STATUSES = {"AccessDeniedException": 403}
_CODES = {"InternalServiceError": "InternalServerException"}
"""What these services call the errors that all share."""


def answer(content: dict[str, Any], request_id: str) -> Response:
    """Return a 200 with `content`: unset members are absent already."""
    return _response(200, json11.encoded(content), request_id)


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
