"""A server's counts as Prometheus reads them (text exposition format, by the library prometheus_client)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from strongroom.kernel.errors import UsageError
from vault.api.measures import Histogram, Measures
from vault.domain.alarms import State
from vault.storage.figures import Figures

if TYPE_CHECKING:
    from prometheus_client import Metric

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def require_library() -> None:
    """Raise `UsageError`, with the way out, where prometheus_client is not installed."""
    if find_spec("prometheus_client") is None:
        command = f"{sys.executable} -m pip install 'strongroom[metrics]'"
        raise UsageError("metrics need the library prometheus_client", hint=command)


def exposition(measures: Measures, *, sealed: bool, waiting: int, figures: Figures | None) -> bytes:
    """Return all counts as text; `figures` are the store's, None where it cannot be asked.

    Raises `UsageError` where the library is missing.
    """
    require_library()
    from prometheus_client import generate_latest
    from prometheus_client.registry import Collector

    class Counts(Collector):
        def collect(self) -> Iterator[Metric]:
            yield from _of_requests(measures)
            yield from _of_work(measures)
            yield from _of_state(sealed, waiting, figures)

    return bytes(generate_latest(Counts()))


def _of_requests(measures: Measures) -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily

    requests = CounterMetricFamily(
        "strongroom_requests", "Answered requests.", labels=("service", "operation", "outcome")
    )
    for labels, number in list(measures.requests.items()):
        requests.add_metric(labels, number)
    yield requests
    yield _histogram("strongroom_request_seconds", "From a request's coming to its answer.", measures.latency)
    yield _histogram("strongroom_batch_requests", "Requests answered in one transaction.", measures.batches)
    yield _histogram("strongroom_commit_seconds", "What a commit took, its flush to disk with it.", measures.commits)


def _of_work(measures: Measures) -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    rounds = CounterMetricFamily("strongroom_background_rounds", "Background work.", labels=("work", "outcome"))
    for (name, well), number in list(measures.work.items()):
        rounds.add_metric((name, _well(well)), number)
    yield rounds
    last = GaugeMetricFamily("strongroom_background_last_success_timestamp_seconds", "When it was.", labels=("work",))
    for name, moment in list(measures.worked.items()):
        last.add_metric((name,), moment)
    yield last
    rotations = CounterMetricFamily("strongroom_rotations", "Attempts at a rotation.", labels=("outcome",))
    told = CounterMetricFamily("strongroom_notifications", "Attempts to deliver one.", labels=("outcome",))
    for well in (True, False):
        rotations.add_metric((_well(well),), measures.rotations[well])
        told.add_metric((_well(well),), measures.notifications[well])
    yield rotations
    yield told


def _of_state(sealed: bool, waiting: int, figures: Figures | None) -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    yield GaugeMetricFamily("strongroom_sealed", "Whether the store is sealed.", value=int(sealed))
    yield GaugeMetricFamily("strongroom_queue_requests", "Requests that wait for the store.", value=waiting)
    yield GaugeMetricFamily("strongroom_store_up", "Whether the store answers.", value=int(figures is not None))
    if figures is None:
        return
    yield CounterMetricFamily("strongroom_trail_events", "Events in the trail.", value=figures.events)
    yield GaugeMetricFamily("strongroom_rotations_overdue", "Rotations that are due.", value=figures.overdue)
    yield GaugeMetricFamily("strongroom_rotations_failed", "Rotations given up.", value=figures.failed)
    alarms = GaugeMetricFamily("strongroom_alarms", "Alarms by their state.", labels=("state",))
    for state in State:
        alarms.add_metric((state.value,), figures.alarms.get(state.value, 0))
    yield alarms
    yield GaugeMetricFamily("strongroom_notifications_waiting", "Not delivered yet.", value=figures.waiting)


def _well(well: bool) -> str:
    return "ok" if well else "failed"


def _histogram(name: str, about: str, counted: Histogram) -> Any:
    from prometheus_client.core import HistogramMetricFamily

    total, buckets = 0, []
    for bound, number in zip((*map(str, counted.bounds), "+Inf"), list(counted.counts), strict=True):
        total += number
        buckets.append((bound, total))
    return HistogramMetricFamily(name, about, buckets=buckets, sum_value=counted.sum)
