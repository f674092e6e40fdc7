"""The thread on which a store answers: it takes all requests that wait, has them answered together, wakes who asked.

Who was answered mostly asks again at once, and a batch costs as much as several of its requests. So before it takes
what waits, the thread gives as many as it answered last a moment to come, as databases do before a commit.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue

from strongroom.kernel.hotrecord import hot_record
from strongroom.wire.sigv4 import HttpRequest
from vault.api.response import Answered, Deferred, Response

MOST = 64
"""Requests in one batch: more would let the first ones wait for the last."""
PAUSE_SECONDS = 0.0003
PAUSES = 3
"""So long, and so often at most, a batch waits for as many as the last one had; a single client waits for nobody."""
MOST_DEFERRED = 32
"""Answers that are made at once beside the thread: those that take their time."""

AnswerAll = Callable[[Sequence[tuple[HttpRequest, str]]], list[Answered]]


@hot_record
class _Waiting:
    request: HttpRequest
    source_ip: str
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Answered]


class Executor:
    """Runs `answer_all` on a thread of its own for coroutines that await answers."""

    def __init__(self, answer_all: AnswerAll) -> None:
        self._answer_all = answer_all
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._beside = ThreadPoolExecutor(MOST_DEFERRED, "strongroom-deferred")

    @property
    def waiting(self) -> int:
        """How many requests wait to be taken."""
        return self._queue.qsize()

    async def answer(self, request: HttpRequest, source_ip: str) -> Response:
        """Return the answer to a request, once what it did is committed."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answered] = loop.create_future()
        self._queue.put(_Waiting(request=request, source_ip=source_ip, loop=loop, future=future))
        answered = await future
        if isinstance(answered, Deferred):
            return await loop.run_in_executor(self._beside, answered.work)
        return answered

    @contextmanager
    def running(self) -> Iterator[None]:
        """Answer while the block runs, and what still waits at its end."""
        thread = threading.Thread(target=self._run, name="strongroom-store", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._queue.put(None)
            thread.join()
            # What is still at work is ended by whoever has started it.
            self._beside.shutdown(wait=False, cancel_futures=True)

    def _run(self) -> None:
        answered = 1
        while (first := self._queue.get()) is not None:
            self._let_come(answered)
            batch = [first, *self._more()]
            answered = len(batch)
            responses = self._answer_all([(each.request, each.source_ip) for each in batch])
            # A loop that is closed belongs to a server that was told twice to stop: nobody waits any more.
            with suppress(RuntimeError):
                batch[0].loop.call_soon_threadsafe(_deliver, list(zip(batch, responses, strict=True)))

    def _let_come(self, wanted: int) -> None:
        """Sleep a little until as many wait as are wanted, the one that was taken counted in."""
        for _ in range(PAUSES):
            if self._queue.qsize() + 1 >= wanted:
                return
            time.sleep(PAUSE_SECONDS)

    def _more(self) -> Iterator[_Waiting]:
        for _ in range(MOST - 1):
            try:
                waiting = self._queue.get_nowait()
            except Empty:
                return
            if waiting is None:
                self._queue.put(None)
                return
            yield waiting


def _deliver(answered: list[tuple[_Waiting, Answered]]) -> None:
    for waiting, response in answered:
        if not waiting.future.done():
            waiting.future.set_result(response)
