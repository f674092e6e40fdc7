"""The HTTP server: uvicorn on a socket we bound ourselves, in the foreground or on a thread beside a child process."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from strongroom.kernel.errors import UsageError, VaultUnavailable
from vault.api.app import Application
from vault.api.tls import ServerTls

MAX_CONNECTIONS = 1000
BACKLOG = 128
START_SECONDS = 10
SHUTDOWN_SECONDS = 15
"""Longer than a transaction waits for a store that another process has locked."""
MAX_HEAD = 64 * 1024
"""Bytes of a request's line and headers; what is longer is no request of an AWS client."""
PATIENCE_SECONDS = 30
"""How long a head may take to come, or an answer to be taken."""


class HeadTooLong(Exception):
    """A request's line and headers pass the limit."""


class WholeWrites:
    """A transport that sends what is written at one time in one piece.

    An answer is written as a head and a body. Of a server that dies between the two a client would have a head alone,
    which botocore takes for an answer without content; and two pieces cost two calls of the system.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Keep `data` until whoever writes has come to an end."""
        if not self._held:
            self._loop.call_soon(self._send)
        self._held.append(data)

    def get_write_buffer_size(self) -> int:
        """Return how many bytes the other end has not taken yet."""
        self._send()
        return self._transport.get_write_buffer_size()

    def close(self) -> None:
        """Send what is kept, and hang up."""
        self._send()
        self._transport.close()

    def _send(self) -> None:
        held, self._held = self._held, []
        if held and not self._transport.is_closing():
            self._transport.write(b"".join(held))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class BoundedProtocol(HttpToolsProtocol):
    """HTTP/1.1 that hangs up on a head without an end, in size or time, and on a client that does not read its answer.

    The parser itself would gather and wait for ever. A body's bounds are the application's.
    """

    _in_head = True
    _ended = False
    """Whether a request's end was in what came last."""
    _head_size = 0
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head (asyncio.Protocol)."""
        super().connection_made(WholeWrites(transport, self.loop))  # type: ignore[arg-type]
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more (asyncio.Protocol)."""
        self._head_came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came (asyncio.Protocol)."""
        self._ended = False
        super().data_received(data)
        # Only what the parser keeps is counted: a short head may come together with a long body.
        if self._in_head and not self._ended:
            self._wait_for_head()
            self._head_size += len(data)
            if self._head_size > MAX_HEAD:
                self.transport.close()

    def on_headers_complete(self) -> None:
        """Look at the head as a whole, which may have come at once (httptools)."""
        self._in_head, self._head_size = False, 0
        self._head_came()
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > MAX_HEAD:
            raise HeadTooLong
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Expect another head (httptools)."""
        self._in_head, self._ended = True, True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Give the client time to take the answer, but not for ever."""
        super().on_response_complete()
        if self.transport.get_write_buffer_size():
            self.loop.call_later(PATIENCE_SECONDS, self._drop_unread)

    def _wait_for_head(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(PATIENCE_SECONDS, self.transport.close)

    def _head_came(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _drop_unread(self) -> None:
        if self.transport.get_write_buffer_size():
            self.transport.abort()


class _Server(uvicorn.Server):
    """Ends by a signal as one that has done its work; uvicorn would raise it anew and cut off what comes after."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None], tls: ServerTls | None) -> None:
        super().__init__(config)
        self._started = started
        self._tls = tls

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept, and tell so (uvicorn)."""
        if self._tls is not None:
            self.config.ssl = self._tls.context
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._tls.reload)
        await super().startup(sockets)
        self._started()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let SIGINT and SIGTERM end the server while the block runs; a second SIGINT does so without waiting."""
        before = {each: signal.signal(each, self.handle_exit) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)


def bind(listen: str) -> socket.socket:
    """Listen on `HOST:PORT`, port 0 for any free one. Raises `UsageError`, or `VaultUnavailable` where it is taken."""
    host, _, port = listen.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
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


def endpoint_url(listener: socket.socket, scheme: str = "http") -> str:
    """Return the `http://host:port` that a bound socket answers at."""
    host, port = listener.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def serve(
    application: Application, listener: socket.socket, started: Callable[[], None], tls: ServerTls | None = None
) -> None:
    """Serve until SIGINT or SIGTERM; requests under way are finished. `started` is called once it can be told so.

    With `tls` the certificate is read anew at each SIGHUP.
    """
    _Server(_config(application), started, tls).run(sockets=[listener])


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
        # Policies decide by the client's address and by whether it came over TLS: what a header says of these is not
        # believed, whoever sends it.
        proxy_headers=False,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=PATIENCE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
