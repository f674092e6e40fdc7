"""What verifiers may use to get out: the hosts that are allowed, at a bearable pace."""

from __future__ import annotations

import socket

from scanner.verify.base import Unreachable
from scanner.verify.hosts import Hosts
from scanner.verify.messages import Origin, Request, Response
from scanner.verify.pace import Pace, seconds_of
from scanner.verify.wire import Transport

TOO_MANY = 429
_LOGINS_A_SECOND = 1.0
"""Databases lock accounts out, and slow down, after failed logins."""


class Reach:
    """The only way out. Every host that a finding chose is checked here against what people allowed."""

    def __init__(self, hosts: Hosts, transport: Transport | None = None, pace: Pace | None = None) -> None:
        self.hosts = hosts
        self.pace = pace or Pace()
        self.transport = transport or Transport(hosts)

    def send(self, request: Request, rate: float) -> Response:
        """Return the answer to `request`; a host that asks for patience gets it once. Raises `Unreachable`."""
        if request.origin is Origin.FINDING:
            self._permit(request.host, request.port)
        response = self._once(request, rate)
        if response.status == TOO_MANY and self._waited(request, response):
            response = self._once(request, rate)
        if response.status == TOO_MANY:
            raise Unreachable(f"{request.host} has been asked too much for now (status {TOO_MANY})")
        return response

    def connected(self, host: str, port: int) -> socket.socket:
        """Return a connection for a login at a server that a finding names. Raises `Unreachable`."""
        self.turn(host, port)
        return self.transport.connected(host, port)

    def turn(self, host: str, port: int) -> None:
        """Return when a login at a server that a finding names may be tried. Raises `Unreachable`."""
        self._permit(host, port)
        self.pace.turn(host, _LOGINS_A_SECOND)

    def address(self, host: str, port: int) -> str:
        """Return where such a server is, for clients that connect by themselves. Raises `Unreachable`."""
        self._permit(host, port)
        return self.transport.address(host, port)

    def _once(self, request: Request, rate: float) -> Response:
        self.pace.turn(request.host, rate)
        return self.transport.send(request)

    def _waited(self, request: Request, response: Response) -> bool:
        seconds = seconds_of(response.retry_after, self.pace.clock.wall())
        return seconds is not None and self.pace.hold(request.host, seconds)

    def _permit(self, host: str, port: int) -> None:
        if not self.hosts.allows(host, port):
            raise Unreachable(f"{host} is named by the finding only; allow it with --verify-host {host}")
