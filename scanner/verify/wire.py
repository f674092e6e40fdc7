"""One HTTP request and its answer, on a connection of its own: bounded in time and size, and silent about its content.

`http.client` follows no redirect, reads no `.netrc`, asks no proxy unless told to, and logs nothing. Pools of other
libraries log the path of each request, which for some providers holds the value.
"""

from __future__ import annotations

import base64
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from scanner.verify.base import Unreachable
from scanner.verify.hosts import Hosts
from scanner.verify.messages import Request, Response
from strongroom.kernel.record import Record

Resolve = Callable[[str, int], list[tuple[str, int]]]
"""Takes host and port, returns IP addresses and ports. Raises `OSError`."""
MOST_BODY = 65_536
_PROXY_PORT = 3128


class Limits(Record):
    """Seconds for a connection, and for all of a request with its answer."""

    connect: float = 5.0
    total: float = 10.0


def resolved(host: str, port: int) -> list[tuple[str, int]]:
    """Return the addresses of `host`. Raises `OSError`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((str(one[4][0]), port) for one in found))


class Transport:
    """Sends requests. `resolve` and `context` are the system's unless given."""

    def __init__(
        self,
        hosts: Hosts,
        *,
        resolve: Resolve = resolved,
        context: ssl.SSLContext | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._hosts = hosts
        self._resolve = resolve
        self._context = context
        self._guard = threading.Lock()
        self.limits = limits or Limits()

    def send(self, request: Request) -> Response:
        """Return the answer to `request`; a redirect is an answer. Raises `Unreachable`."""
        watch = _Watch(self.limits.total)
        try:
            return self._exchanged(request, watch)
        except Unreachable as error:
            why = error.why
        except Exception as error:  # noqa: BLE001 - a library's words may hold the request: none of them are kept
            why = self._told(error, late=watch.over)
        finally:
            watch.end()
        raise Unreachable(f"{request.host}: {why}")

    def connected(self, host: str, port: int) -> socket.socket:
        """Return a connection to `host`, for clients that speak something else. Raises `Unreachable`."""
        try:
            return self._connected(host, port)
        except Unreachable as error:
            why = error.why
        except OSError as error:
            why = self._told(error, late=False)
        raise Unreachable(f"{host}: {why}")

    def address(self, host: str, port: int) -> str:
        """Return the first address of `host` that may be asked. Raises `Unreachable`."""
        try:
            return self._addresses(host, port)[0][0]
        except Unreachable as error:
            why = error.why
        raise Unreachable(f"{host}: {why}")

    def context(self) -> ssl.SSLContext:
        """Return what decides whom to trust: the system's authorities, or those that `SSL_CERT_FILE` names."""
        with self._guard:
            if self._context is None:
                self._context = ssl.create_default_context()
            return self._context

    def _addresses(self, host: str, port: int) -> list[tuple[str, int]]:
        """Return where `host` may be reached. Raises `Unreachable`."""
        try:
            found = self._resolve(host, port)
        except (OSError, UnicodeError):
            found = []
        if not found:
            raise Unreachable("there is no such host")
        permitted = [one for one in found if self._hosts.permits(one[0])]
        if not permitted:
            raise Unreachable("it leads to where a cloud's machines get their credentials, which is not asked")
        return permitted

    def _exchanged(self, request: Request, watch: _Watch) -> Response:
        connection = HTTPConnection(request.host, request.port, timeout=self.limits.connect)
        # A program may have switched on `http.client`'s printing for all connections.
        connection.set_debuglevel(0)
        try:
            connection.sock = self._opened(request)
            watch.over_socket(connection.sock)
            return self._asked(connection, request)
        finally:
            connection.close()

    def _asked(self, connection: HTTPConnection, request: Request) -> Response:
        connection.sock.settimeout(self.limits.total)
        headers = {"Host": request.authority, "Accept-Encoding": "identity", "Connection": "close", **request.headers}
        connection.request(request.method, request.target, body=request.body, headers=headers)
        answer = connection.getresponse()
        body = answer.read(MOST_BODY + 1)
        cut_short = bool(answer.length) and len(body) <= MOST_BODY
        return Response(
            status=answer.status,
            body=body[:MOST_BODY],
            whole=len(body) <= MOST_BODY and not cut_short,
            retry_after=answer.getheader("Retry-After", ""),
        )

    def _opened(self, request: Request) -> socket.socket:
        if request.scheme == "http":
            return self._connected(request.host, request.port)
        proxy = _proxy_for(request.authority)
        plain = self._connected(request.host, request.port) if proxy is None else self._through(proxy, request)
        plain.settimeout(self.limits.connect)
        return self.context().wrap_socket(plain, server_hostname=request.host)

    def _through(self, proxy: str, request: Request) -> socket.socket:
        """Return a tunnel to the host of a request, made by the proxy (RFC 9110, section 9.3.6)."""
        place = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        if place.scheme != "http" or not place.hostname:
            raise Unreachable("the environment names a kind of proxy that is not known here (http:// is)")
        connection = HTTPConnection(place.hostname, place.port or _PROXY_PORT, timeout=self.limits.connect)
        connection.set_debuglevel(0)
        headers = {}
        if place.username is not None:
            user = f"{unquote(place.username)}:{unquote(place.password or '')}"
            headers["Proxy-Authorization"] = f"Basic {base64.b64encode(user.encode()).decode()}"
        connection.set_tunnel(request.host, request.port, headers=headers)
        connection.connect()
        return connection.sock

    def _connected(self, host: str, port: int) -> socket.socket:
        deadline = time.monotonic() + self.limits.connect
        failure: OSError = TimeoutError()
        for address in self._addresses(host, port):
            left = deadline - time.monotonic()
            if left <= 0:
                break
            try:
                return socket.create_connection(address, timeout=left)
            except OSError as error:
                failure = error
        raise failure

    def _told(self, error: Exception, *, late: bool) -> str:
        if late or isinstance(error, TimeoutError):
            return "no answer in time"
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted ({error.verify_message})"
        if isinstance(error, ssl.SSLError):
            return "TLS failed"
        if isinstance(error, ConnectionRefusedError):
            return "the connection was refused"
        return "the connection failed" if isinstance(error, OSError) else "its answer cannot be read"


class _Watch:
    """Ends an exchange that takes too long, however slowly bytes still come."""

    def __init__(self, seconds: float) -> None:
        self.over = False
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def over_socket(self, opened: socket.socket) -> None:
        """Watch over an exchange on `opened`."""
        self._socket = opened
        if self.over:
            self._cut()

    def end(self) -> None:
        """Watch no longer."""
        self._timer.cancel()

    def _cut(self) -> None:
        self.over = True
        if self._socket is not None:
            with suppress(OSError):
                # Not the method of a TLS socket, which would take away its state under the reader's hands.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


def _proxy_for(authority: str) -> str | None:
    """Return the proxy that the user's environment, or system, names for TLS, if any."""
    if proxy_bypass(authority):
        return None
    proxies = getproxies()
    return proxies.get("https") or proxies.get("all")
