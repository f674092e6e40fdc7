"""The door of a sealed server: takes what opens its root key, one thing at a time, and opens the store.

What is given is the proof, so no signature is asked for; but where a keeper needs nothing of a person, the request must
be signed by the operator's profile, which lies beside the store. Guesses come one after another, each wrong one slowly.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from strongroom.kernel.errors import StrongroomError
from strongroom.kernel.secretvalue import SecretValue
from strongroom.wire.sigv4 import HttpRequest, SignatureError
from vault.api.own import is_from_here, said
from vault.api.response import Response
from vault.api.served import OpenStore, Served
from vault.domain.errors import VaultError
from vault.seal.base import Keeper
from vault.seal.gathering import Gathering

SLOWLY_SECONDS = 1.0
_log = logging.getLogger("strongroom.serve")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How a sealed store is opened."""

    gathering: Gathering
    open_with: Callable[[Keeper | None], OpenStore]
    """Opens the store, with the keeper of its setting unless given. Raises `StrongroomError`."""
    check_operator: Callable[[HttpRequest], None]
    """Raises `SignatureError` or `Sealed` unless the operator's profile signed a request."""


class Unsealing:
    """Opens `served` by what requests bring. `encrypted` tells that the server speaks TLS."""

    def __init__(self, served: Served, opening: Opening, *, encrypted: bool) -> None:
        self._served = served
        self._opening = opening
        self._encrypted = encrypted
        self._turn = asyncio.Lock()

    async def answer(self, request: HttpRequest, source_ip: str) -> Response:
        """Return how it stands after what `request` brought: `{"passphrase": …}`, `{"share": …}` or `{}`."""
        if not (self._encrypted or is_from_here(request, source_ip)):
            return said(403, "refused", message="what opens the root key is taken over TLS or from this machine only")
        if not self._served.sealed:
            return said(200, "open")
        brought = _parsed(request.body)
        if brought is None:
            return said(400, "refused", message='the body is {}, {"passphrase": TEXT} or {"share": TEXT}')
        if self._turn.locked():
            return said(429, "refused", message="another attempt is under way")
        async with self._turn:
            return await self._attempt(request, brought)

    async def _attempt(self, request: HttpRequest, brought: dict[str, str]) -> Response:
        try:
            keeper = self._keeper(request, brought)
            if keeper is not None or not self._opening.gathering.wanted().what:
                await asyncio.to_thread(lambda: self._served.open(self._opening.open_with(keeper)))
                _log.warning("unsealed by request")
                return said(200, "open")
            return self._still_sealed()
        except (VaultError, StrongroomError, SignatureError) as error:
            _log.warning("an attempt to unseal was refused")
            await asyncio.sleep(SLOWLY_SECONDS)
            return said(403, "refused", message=error.message)
        except OSError as error:
            _log.error("the store could not be opened: %s", error.strerror)
            return said(503, "refused", message="the first digest of the trail cannot be kept")

    def _keeper(self, request: HttpRequest, brought: dict[str, str]) -> Keeper | None:
        gathering = self._opening.gathering
        if "passphrase" in brought:
            return gathering.with_passphrase(SecretValue(brought["passphrase"]))
        if "share" in brought:
            return gathering.add_share(SecretValue(brought["share"]))
        if not gathering.wanted().what:
            self._opening.check_operator(request)
        return None

    def _still_sealed(self) -> Response:
        wanted = self._opening.gathering.wanted()
        return said(
            200, "sealed", keeper=wanted.keeper, wanted=wanted.what, threshold=wanted.threshold, given=wanted.given
        )


def _parsed(body: bytes) -> dict[str, str] | None:
    try:
        found: Any = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or len(found) > 1 or found.keys() - {"passphrase", "share"}:
        return None
    try:
        return found if all(isinstance(text, str) and text.encode() for text in found.values()) else None
    except UnicodeEncodeError:
        return None
