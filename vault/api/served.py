"""A store as a server has it: open or sealed, and taken from one to the other while it is served.

Sealed means that nothing of it is open: no connection, no key, no thread. What was accepted before is answered first.
"""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Protocol

from strongroom.wire.sigv4 import HttpRequest, SignatureError, signing_key
from vault.api.chain import refuse
from vault.api.measures import Measures
from vault.api.own import said
from vault.api.response import Response
from vault.api.routing import Desks
from vault.domain.errors import Sealed, VaultError
from vault.domain.operation import AccessCheck, Operation
from vault.services.sts import TemporaryCredentials
from vault.signin import LoginRequest
from vault.storage.figures import Figures

_log = logging.getLogger("strongroom.serve")

SEAL = Operation(
    service="strongroom",
    name="Seal",
    read_only=False,
    checks=lambda *_: (AccessCheck(action="strongroom:Seal", resource="*"),),
    run=lambda *_: {},
)


class OpenStore(Protocol):
    """A store with everything that answers on it."""

    def answering(self, measures: Measures) -> AbstractContextManager[Desks]:
        """Answer, with the background work beside, while the block runs."""

    def perform(self, operation: Operation, request: HttpRequest, source_ip: str) -> None:
        """Perform an operation on the server itself for a signed request. Raises what refuses it."""

    def figures(self) -> Figures:
        """Ask the store for its numbers. Raises `VaultError` where it does not answer."""

    def sign_in(self, request: LoginRequest) -> TemporaryCredentials:
        """Log a user in. Raises `VaultError`."""

    def close(self) -> None:
        """Close the store and overwrite its keys."""


class _Open:
    """An open store and what runs on it."""

    def __init__(self, store: OpenStore, measures: Measures) -> None:
        self.store = store
        self._running = ExitStack()
        self._running.callback(store.close)
        try:
            self.desks = self._running.enter_context(store.answering(measures))
        except BaseException:
            self._running.close()
            raise

    def close(self) -> None:
        """Answer what waits, end the background work, close the store. Raises `OSError` for its last digest."""
        self._running.close()


class Served:
    """Answers requests while the store is open; `Sealed` otherwise."""

    def __init__(self, measures: Measures, *, kept: bool = True) -> None:
        """`kept` tells that the store can be opened again; one in memory would be lost."""
        self._measures = measures
        self._kept = kept
        self._open: _Open | None = None

    @property
    def sealed(self) -> bool:
        """Whether nothing is open."""
        return self._open is None

    @property
    def waiting(self) -> int:
        """Requests that wait for the store."""
        now = self._open
        return 0 if now is None else now.desks.waiting

    def figures(self) -> Figures:
        """Ask the store for its numbers. Raises `VaultError`."""
        now = self._open
        if now is None:
            raise Sealed("The store is sealed.")
        return now.store.figures()

    def sign_in(self, request: LoginRequest) -> TemporaryCredentials:
        """Log a user in. Raises `VaultError`."""
        now = self._open
        if now is None:
            raise Sealed("The store is sealed.")
        return now.store.sign_in(request)

    def open(self, store: OpenStore) -> None:
        """Take a store in use, which is closed when this is. Raises `OSError` where its first digest cannot be kept."""
        self._open = _Open(store, self._measures)

    def close(self) -> None:
        """Close the store that is open, once what it accepted is answered. Raises `OSError` for its last digest."""
        now, self._open = self._open, None
        if now is not None:
            now.close()
            forget_keys()

    async def answer(self, request: HttpRequest, source_ip: str) -> Response:
        """Return the answer to a request of an API."""
        now = self._open
        if now is None:
            return refuse(Sealed("The store is sealed."), request)
        return await now.desks.answer(request, source_ip)

    async def seal(self, request: HttpRequest, source_ip: str) -> Response:
        """Seal for who signed `request` for the service `strongroom`, and may `strongroom:Seal`."""
        now = self._open
        if now is None:
            return said(200, "sealed")
        if not self._kept:
            return said(400, "a store in memory is lost when it is sealed; end the server instead")
        try:
            await asyncio.to_thread(now.store.perform, SEAL, request, source_ip)
        except (VaultError, SignatureError) as error:
            return refuse(error, request)
        # From here on, in this thread, nothing more is accepted.
        await asyncio.to_thread(_quietly, self.close)
        _log.warning("sealed by request")
        return said(200, "sealed")


def forget_keys() -> None:
    """Drop what the process remembers of keys beside a store that was closed."""
    signing_key.cache_clear()
    gc.collect()


def _quietly(work: Callable[[], None]) -> None:
    try:
        work()
    except OSError as error:
        _log.error("the last digest of the trail was not kept: %s", error.strerror)
