"""Tells which region a request is for by the credential scope it claims; whether the claim is true is checked there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from strongroom.wire.sigv4 import HttpRequest

_WITHOUT_REGIONS = ("account",)
"""Services that answer for all regions, in the home region."""

Target = TypeVar("Target")


class Router(Generic[Target]):
    """What answers for each region; the first one also gets what claims no region that there is."""

    def __init__(self, targets: Mapping[str, Target]) -> None:
        self._targets = dict(targets)
        self._first = next(iter(self._targets.values()))

    def target(self, request: HttpRequest) -> Target:
        """Return what answers a request."""
        scope = (request.header("authorization") or "").partition("Credential=")[2].split("/", 4)
        if len(scope) < _SCOPE_PARTS or scope[3] in _WITHOUT_REGIONS:
            return self._first
        return self._targets.get(scope[2], self._first)


_SCOPE_PARTS = 5
