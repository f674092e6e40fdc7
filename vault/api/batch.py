"""Requests answered together: one transaction, one commit, and no answer before it. That is the group commit.

Where the store fails a batch, nothing of it has happened; each request is then tried alone, so that none is refused
for another's sake. Where no transaction begins, as when another process has locked the store, all are refused at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from strongroom.wire.sigv4 import HttpRequest
from vault.api.chain import Chain, refuse
from vault.api.response import Response


class Store(Protocol):
    """What answering needs of a storage: a transaction that commits on a clean exit and rolls back otherwise."""

    def transaction(self) -> AbstractContextManager[Any]:
        """Open a unit of work."""


class Answers:
    """Answers on one store. Never raises."""

    def __init__(self, store: Store, chain: Chain) -> None:
        self._store = store
        self._chain = chain

    def one(self, request: HttpRequest, source_ip: str) -> Response:
        """Return the answer to a request in a transaction of its own."""
        return self.all([(request, source_ip)])[0]

    def all(self, requests: Sequence[tuple[HttpRequest, str]]) -> list[Response]:
        """Return the answers to requests, each with its client's address, in their order."""
        begun = False
        try:
            with self._store.transaction() as tx:
                begun = True
                return [self._chain.answer(tx, request, source_ip) for request, source_ip in requests]
        except Exception as error:  # noqa: BLE001 - the edge: whatever fails, every request gets an answer
            if not begun or len(requests) == 1:
                return [refuse(error, request) for request, _ in requests]
        return [self.one(*each) for each in requests]
