"""A server like ours that answers every request with `{}`: what HTTP alone costs.

python -m benchmarks.store_echo PORT
"""

from __future__ import annotations

import sys

from strongroom.wire.sigv4 import HttpRequest
from vault.api.app import Application
from vault.api.response import Response
from vault.api.server import bind, serve

_ANSWER = Response(status=200, headers=(("content-type", "application/x-amz-json-1.1"),), body=b"{}")


async def _answer(_request: HttpRequest, _client: str) -> Response:
    return _ANSWER


if __name__ == "__main__":
    serve(Application(_answer, _answer), bind(f"127.0.0.1:{sys.argv[1]}"), lambda: None)
