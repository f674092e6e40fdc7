"""Brings a request to the region that its credential scope claims; whether the claim is true is checked there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar
from urllib.parse import unquote

from strongroom.wire.sigv4 import HttpRequest
from vault.api.executor import Executor
from vault.api.response import Response

_WITHOUT_REGIONS = ("account", "iam")
"""Services that answer for all regions, in the home region."""

Target = TypeVar("Target")


class Router(Generic[Target]):
    """What answers for each region; the first one also gets what claims no region that there is."""

    def __init__(self, targets: Mapping[str, Target]) -> None:
        self._targets = dict(targets)
        self._first = next(iter(self._targets.values()))

    def target(self, request: HttpRequest) -> Target:
        """Return what answers a request."""
        if len(self._targets) == 1:
            return self._first
        claimed = request.header("authorization") or unquote(request.query)
        scope = claimed.partition("Credential=")[2].split("/", 4)
        if len(scope) < _SCOPE_PARTS or scope[3] in _WITHOUT_REGIONS:
            return self._first
        return self._targets.get(scope[2], self._first)


class Desks:
    """The executors of all regions behind one door."""

    def __init__(self, executors: Mapping[str, Executor]) -> None:
        self._executors = tuple(executors.values())
        self._router = Router(executors)

    @property
    def waiting(self) -> int:
        """How many requests wait to be taken."""
        return sum(executor.waiting for executor in self._executors)

    async def answer(self, request: HttpRequest, source_ip: str) -> Response:
        """Return the answer to a request, once what it did is committed."""
        return await self._router.target(request).answer(request, source_ip)


_SCOPE_PARTS = 5
