"""Requests answered together: one transaction, one commit, and no answer before it. That is the group commit.

Where the store fails a batch, nothing of it has happened; each request is then tried alone, so that none is refused
for another's sake. A batch that clashed with another server's is tried again in halves. Where no transaction begins, as
when another process has locked the store, all are refused at once.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from strongroom.kernel.clock import Clock
from strongroom.wire.sigv4 import HttpRequest
from vault.api.chain import Chain, refuse
from vault.api.response import Answered
from vault.domain.errors import StoreConflict

_TRIES = 8
_PAUSE = 0.002
"""Seconds to wait before a request that clashed with another server's is tried again; doubled each time."""


class Store(Protocol):
    """What answering needs of a storage: a transaction that commits on a clean exit and rolls back otherwise."""

    def transaction(self) -> AbstractContextManager[Any]:
        """Open a unit of work."""


class Answers:
    """Answers on one store. Never raises."""

    def __init__(self, store: Store, chain: Chain, clock: Clock) -> None:
        self._store = store
        self._chain = chain
        self._clock = clock
        self.afterwards: Callable[[], None] = lambda: None
        """Called after each commit, before its answers are given, on the thread that had them made. Never raises."""

    def one(self, request: HttpRequest, source_ip: str) -> Answered:
        """Return the answer to a request in a transaction of its own."""
        failed: Exception = StoreConflict()
        for tried in range(_TRIES):
            try:
                with self._store.transaction() as tx:
                    responses = self._chain.answer(tx, [(request, source_ip)], self._clock())
                self.afterwards()
                return responses[0]
            except StoreConflict as conflict:
                failed = conflict
                time.sleep(random.uniform(0, _PAUSE * 2**tried))  # noqa: S311 - only keeps two servers apart
            except Exception as error:  # noqa: BLE001 - the edge: whatever fails, the request gets an answer
                return refuse(error, request)
        return refuse(failed, request)

    def all(self, requests: Sequence[tuple[HttpRequest, str]]) -> list[Answered]:
        """Return the answers to requests, each with its client's address, in their order."""
        if len(requests) == 1:
            return [self.one(*requests[0])]
        begun = False
        try:
            with self._store.transaction() as tx:
                begun = True
                responses = self._chain.answer(tx, requests, self._clock())
        except StoreConflict:
            middle = len(requests) // 2
            return [*self.all(requests[:middle]), *self.all(requests[middle:])]
        except Exception as error:  # noqa: BLE001 - the edge: whatever fails, every request gets an answer
            if not begun:
                return [refuse(error, request) for request, _ in requests]
        else:
            self.afterwards()
            return responses
        return [self.one(*each) for each in requests]
