"""Where functions reach their store: at the server's address where there is one, else at one of this machine alone.

The latter is made when a function is first called, and is there until the store is closed.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import ExitStack

from strongroom.wire.sigv4 import HttpRequest
from vault.api.response import Response

Answer = Callable[[HttpRequest, str], Response]


class Loopback:
    """An address of a store whose requests `answer` answers, on any thread."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._running = ExitStack()
        self._lock = threading.Lock()
        self.address = ""
        """That of the server, set by whoever serves without TLS: a function need not know whom to trust then."""

    def url(self) -> str:
        """Return the address that functions are told."""
        with self._lock:
            if not self.address:
                self.address = self._served()
            return self.address

    def close(self) -> None:
        """Answer no more, where nobody else does."""
        with self._lock:
            self._running.close()
            self.address = ""

    def _served(self) -> str:
        from vault.api.app import Application
        from vault.api.server import bind, serving

        return self._running.enter_context(serving(Application(self._answered, _alive), bind("127.0.0.1:0")))

    async def _answered(self, request: HttpRequest, source_ip: str) -> Response:
        return await asyncio.to_thread(self._answer, request, source_ip)


async def _alive(_request: HttpRequest, _source_ip: str) -> Response:
    from vault.api.own import said

    return said(200, "ok")
