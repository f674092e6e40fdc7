"""What the edge answers with, whatever the transport."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from strongroom.kernel.hotrecord import hot_record


@hot_record
class Response:
    """Status, headers and body of an answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deferred:
    """An answer that is made once the transaction has committed, on a thread of its own: it takes its time."""

    work: Callable[[], Response] = field(repr=False)
    """Never raises."""


Answered = Response | Deferred
