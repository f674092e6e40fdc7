"""What is sent and what is answered. Both may hold a value, so neither shows itself."""

from __future__ import annotations

from enum import Enum

_PORTS = {"https": 443, "http": 80}


class Origin(Enum):
    """Who chose the host of a request."""

    RULE = "rule"
    PEOPLE = "people"
    FINDING = "finding"


class Request:
    """What is to be sent. It holds a value, so it shows nothing but where it goes."""

    __slots__ = ("body", "headers", "host", "method", "origin", "port", "scheme", "target")

    def __init__(
        self,
        *,
        method: str,
        host: str,
        target: str,
        origin: Origin,
        scheme: str = "https",
        port: int | None = None,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
    ) -> None:
        self.method = method
        self.scheme = scheme
        self.host = host
        self.port = port or _PORTS[scheme]
        self.target = target
        self.headers = headers or {}
        self.body = body
        self.origin = origin

    def __repr__(self) -> str:
        return f"<request to {self.host}>"

    @property
    def authority(self) -> str:
        """Return the value of the `Host` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


class Response:
    """What was answered. Servers repeat what they were asked, so it shows nothing but its status."""

    __slots__ = ("body", "retry_after", "status", "whole")

    def __init__(self, *, status: int, body: bytes, whole: bool, retry_after: str = "") -> None:
        self.status = status
        self.body = body
        self.whole = whole
        self.retry_after = retry_after

    def __repr__(self) -> str:
        return f"<response {self.status}>"
