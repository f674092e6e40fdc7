"""What a server counts of itself, in plain numbers: requests, batches, commits, background work.

Each count has one thread that writes it, the event loop's or the one that holds the store's turn, so none needs a lock;
who reads may see one that is a moment old. A request costs two dictionary steps and two searches among a dozen bounds.
"""

from __future__ import annotations

import re
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache

from strongroom.wire.sigv4 import HttpRequest
from vault.api.protocol import cbor, query
from vault.api.response import Answered, Response
from vault.api.spec import operation_at, operation_model

Answer = Callable[[HttpRequest, str], Awaitable[Response]]
AnswerAll = Callable[[Sequence[tuple[HttpRequest, str]]], list[Answered]]

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
SIZES = (1, 2, 4, 8, 16, 32, 64)
OK = "OK"

_CODE = re.compile(rb'"__type": ?"(\w{1,64})"|<Code>(\w{1,64})</Code>')
_TARGETS = {
    "secretsmanager": "secretsmanager",
    "TrentService": "kms",
    "CloudTrail_20131101": "cloudtrail",
    "GraniteServiceVersion20100801": "monitoring",
    "Logs_20140328": "logs",
}
"""The services by the first half of `X-Amz-Target`, as their models have it."""
_PLACES = ("rolesanywhere", "lambda")
"""The services whose operations are told by method and path."""
_OTHER = "other"


class Histogram:
    """How many observations were up to each bound, and their sum."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        """The last one is of those above all bounds."""
        self.sum = 0.0

    def observe(self, value: float) -> None:
        """Count one more."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value


class Measures:
    """The counts of one server, from its start."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, str, str]] = Counter()
        """By service, operation and outcome, which is `OK` or AWS's error code."""
        self.latency = Histogram(SECONDS)
        self.batches = Histogram(SIZES)
        self.commits = Histogram(SECONDS)
        self.work: Counter[tuple[str, bool]] = Counter()
        """Rounds of background work by name, and whether they ended well."""
        self.worked: dict[str, float] = {}
        """When each last ended well, in seconds since 1970."""
        self.rotations: Counter[bool] = Counter()
        """Attempts by whether they ended well."""
        self.notifications: Counter[bool] = Counter()
        """Deliveries by whether they ended well."""

    def timed(self, answer: Answer) -> Answer:
        """Return `answer` with each request counted, and timed from its coming to its answer."""

        async def counted(request: HttpRequest, source_ip: str) -> Response:
            begun = time.perf_counter()
            response = await answer(request, source_ip)
            self.latency.observe(time.perf_counter() - begun)
            self.requests[(*_operation(request), _outcome(response))] += 1
            return response

        return counted

    def batched(self, answer_all: AnswerAll) -> AnswerAll:
        """Return `answer_all` with the size of each batch counted."""

        def counted(requests: Sequence[tuple[HttpRequest, str]]) -> list[Answered]:
            self.batches.observe(len(requests))
            return answer_all(requests)

        return counted

    def rotated(self, well: bool) -> None:
        """Count an attempt at a rotation."""
        self.rotations[well] += 1

    def notified(self, well: bool) -> None:
        """Count an attempt to deliver a notification."""
        self.notifications[well] += 1

    def attended(self, name: str, well: bool) -> None:
        """Count a round of background work."""
        self.work[name, well] += 1
        if well:
            self.worked[name] = time.time()


def _operation(request: HttpRequest) -> tuple[str, str]:
    """Return service and operation as far as they are the API's own: anything else could have any number of names."""
    target = request.header("x-amz-target")
    if target is None and cbor.is_spoken(request):
        prefix, _, name = request.path.removeprefix("/service/").partition("/operation/")
        target = f"{prefix}.{name}"
    if target is not None:
        return _known(target)
    if request.path not in ("", "/"):
        return _placed(request.method, request.path)
    service = query.service(request)
    return (_OTHER, _OTHER) if service is None else (service, "form")


def _placed(method: str, path: str) -> tuple[str, str]:
    for service in _PLACES:
        found = operation_at(service, method, path)
        if found is not None:
            return service, found[0]
    return _OTHER, _OTHER


@lru_cache(maxsize=512)
def _known(target: str) -> tuple[str, str]:
    prefix, _, name = target.rpartition(".")
    service = _TARGETS.get(prefix)
    if service is None or not name.isalnum() or operation_model(service, name) is None:
        return _OTHER, _OTHER
    return service, name


def _outcome(response: Response) -> str:
    if response.status == 200:
        return OK
    found = _CODE.search(response.body)
    if found:
        return (found[1] or found[2]).decode()
    code = dict(response.headers).get(cbor.QUERY_ERROR, "").partition(";")[0]
    return code or str(response.status)
