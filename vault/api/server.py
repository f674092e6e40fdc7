"""The HTTP server: uvicorn on a socket we bound ourselves, in the foreground or on a thread beside a child process."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from strongroom.kernel.errors import UsageError, VaultUnavailable
from vault.api.app import Application

MAX_CONNECTIONS = 1000
BACKLOG = 128
START_SECONDS = 10
MAX_HEAD = 64 * 1024
"""Bytes of a request's line and headers; what is longer is no request of an AWS client."""


class BoundedProtocol(HttpToolsProtocol):
    """HTTP/1.1 that hangs up on a head without an end, which the parser itself would gather for ever."""

    _in_head = True
    _head_size = 0

    def data_received(self, data: bytes) -> None:
        """Parse what came (asyncio.Protocol)."""
        if self._in_head:
            self._head_size += len(data)
            if self._head_size > MAX_HEAD:
                self.transport.close()
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """Count anew: a request begins (httptools)."""
        self._in_head, self._head_size = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Stop counting: the body has bounds of its own (httptools)."""
        self._in_head = False
        super().on_headers_complete()


def bind(listen: str) -> socket.socket:
    """Listen on `HOST:PORT`, port 0 for any free one. Raises `UsageError`, or `VaultUnavailable` where it is taken."""
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise UsageError(f"--listen {listen} is not HOST:PORT", hint="for instance --listen 127.0.0.1:8470")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # An answer goes out in two pieces; the second must not wait 40 ms for the first to be acknowledged (RFC 1122).
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((host.strip("[]"), int(port)))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        reason = error.strerror
        raise VaultUnavailable(f"cannot listen on {listen}: {reason}", hint="choose another --listen") from None
    return listener


def endpoint_url(listener: socket.socket) -> str:
    """Return the `http://host:port` that a bound socket answers at."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(application: Application, listener: socket.socket) -> None:
    """Serve until SIGINT or SIGTERM; requests under way are finished."""
    uvicorn.Server(_config(application)).run(sockets=[listener])


@contextmanager
def serving(application: Application, listener: socket.socket) -> Iterator[str]:
    """Serve on a thread for as long as the block runs; yields the endpoint URL. Signals stay with the caller."""
    server = uvicorn.Server(_config(application))
    thread = threading.Thread(target=_run_quietly, args=(server, listener), daemon=True, name="strongroom-endpoint")
    thread.start()
    try:
        _wait_until_accepting(listener)
        yield endpoint_url(listener)
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)
        listener.close()


def _run_quietly(server: uvicorn.Server, listener: socket.socket) -> None:
    server.run(sockets=[listener])


def _wait_until_accepting(listener: socket.socket) -> None:
    with socket.create_connection(listener.getsockname()[:2], timeout=START_SECONDS) as probe:
        probe.sendall(b"GET /_strongroom/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        if not probe.recv(64).startswith(b"HTTP/1.1 200"):
            raise VaultUnavailable("the loopback endpoint did not start")


def _config(application: Application) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        http=BoundedProtocol,
        loop="auto",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=10,
    )
