"""Metric filters on the trail, and its events as a log group has them: CloudWatch Logs, as far as alarms go.

Source: CloudWatch Logs API Reference, "PutMetricFilter", "DescribeMetricFilters", "DeleteMetricFilter",
"TestMetricFilter", "FilterLogEvents", "DescribeLogGroups".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from vault.domain.context import CallContext
from vault.domain.errors import (
    IntegrityFailure,
    InvalidNextToken,
    InvalidParameter,
    LimitExceeded,
    ResourceNotFound,
)
from vault.domain.filter_pattern import FilterPattern
from vault.domain.metric_filters import LOG_GROUP, MetricFilter, Transformation, log_group_arn
from vault.services.keyring import Keyring
from vault.services.paging import Pages
from vault.services.watching import begin
from vault.storage.documents import document
from vault.storage.store import UnitOfWork
from vault.storage.trail import Position, TrailRow, changed_row

MOST_FILTERS = 100
"""Of a log group, as on AWS."""
MOST_WITH_REGEX = 5
MOST_LOOKED_AT = 2_000
"""Events that one request looks at; others wait for it."""
_MOST_BYTES = 800_000
_FIRST_STREAM = "trail"
"""What the chain of the first stores' one writer is called, which has no name."""
_NO_GROUP = "The specified log group does not exist."


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterPage:
    """Some metric filters, and the token of the next page, empty on the last."""

    items: tuple[MetricFilter, ...]
    next_token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEvent:
    """An event of the trail as one of a log group."""

    row: TrailRow
    message: str

    @property
    def stream(self) -> str:
        """The log stream: the server that recorded it."""
        return _stream(self.row)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogQuery:
    """Which events are asked for: of some streams, where any are named, or of those with a prefix; times included."""

    pattern: str
    streams: tuple[str, ...] = ()
    stream_prefix: str = ""
    start: datetime | None = None
    end: datetime | None = None
    newest_first: bool = False

    def __post_init__(self) -> None:
        """Raise `InvalidParameter` for names and a prefix at once."""
        if self.streams and self.stream_prefix:
            raise InvalidParameter("logStreamNamePrefix and logStreamNames cannot be specified together.")

    def includes(self, stream: str) -> bool:
        """Tell whether a stream is asked for."""
        return (not self.streams or stream in self.streams) and stream.startswith(self.stream_prefix)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage:
    """Some events, and the token of the next page, empty on the last."""

    items: tuple[LogEvent, ...]
    next_token: str = ""


class MetricFilters:
    """The operations in one transaction. All that name a log group raise `ResourceNotFound` for another."""

    def __init__(self, tx: UnitOfWork, keyring: Keyring) -> None:
        self._tx = tx
        self._keyring = keyring

    def put(
        self, context: CallContext, log_group: str, name: str, pattern: str, transformation: Transformation
    ) -> MetricFilter:
        """Make a metric filter, or define one anew; it counts what is recorded from now on.

        Raises `InvalidParameter` for a pattern that is none, `LimitExceeded`.
        """
        _check_group(log_group)
        parsed = FilterPattern.parse(pattern)
        others = [each for each in self._all(context) if each.name != name]
        if len(others) >= MOST_FILTERS:
            raise LimitExceeded("Resource limit exceeded.")
        if parsed.has_regex and sum(each.parsed.has_regex for each in others) >= MOST_WITH_REGEX:
            raise LimitExceeded(f"At most {MOST_WITH_REGEX} metric filters may have regular expressions.")
        made = MetricFilter(
            account_id=context.account_id,
            region=context.region,
            name=name,
            pattern=pattern,
            transformation=transformation,
            created=context.now,
        )
        if not any(kind == "filter" for kind, *_ in self._tx.alarms.listed()):
            begin(self._tx)
        self._tx.alarms.add(made)
        return made

    def describe(
        self,
        context: CallContext,
        log_group: str | None,
        *,
        prefix: str = "",
        metric: tuple[str, str] | None = None,
        limit: int = 50,
        next_token: str = "",
    ) -> FilterPage:
        """Return a page of filters by name; `metric` is a name and a namespace. Raises `InvalidParameter`."""
        if log_group is not None:
            _check_group(log_group)
        found = [
            each
            for each in self._all(context)
            if each.name.startswith(prefix)
            and metric in (None, (each.transformation.name, each.transformation.namespace))
        ]
        pages = self._pages(context, ["metric-filters", log_group, prefix, list(metric or ())])
        begun = int(_position(pages, next_token)[0]) if next_token else 0
        end = begun + limit
        return FilterPage(items=tuple(found[begun:end]), next_token=pages.token([end]) if end < len(found) else "")

    def delete(self, context: CallContext, log_group: str, name: str) -> None:
        """Delete a filter. Raises `ResourceNotFound`."""
        _check_group(log_group)
        found = self._tx.alarms.filter(context.account_id, context.region, name)
        if found is None:
            raise ResourceNotFound("The specified metric filter does not exist.")
        self._tx.alarms.remove(found)

    def require_group(self, context: CallContext, named: str | None) -> None:
        """Raise `ResourceNotFound` unless a name or ARN is the log group's, `InvalidParameter` for none."""
        if named is None:
            raise InvalidParameter("A log group name or identifier is needed.")
        arn = log_group_arn(context.region, context.account_id)
        _check_group(LOG_GROUP if named in (arn, f"{arn}:*") else named)

    def count(self, context: CallContext) -> int:
        """Return how many filters there are."""
        return len(self._all(context))

    def events(self, context: CallContext, query: LogQuery, *, limit: int, next_token: str = "") -> LogPage:
        """Return a page of the recorded events that match; a page may be short or empty and have a next one.

        Pages end with what was recorded when the first one was asked for: asking is recorded, too, and may match.
        Raises `InvalidParameter`, and `IntegrityFailure` for an event that was edited.
        """
        wanted = FilterPattern.parse(query.pattern)
        pages = self._pages(context, ["log-events", repr(query)])
        asked: list[Any] = _position(pages, next_token) if next_token else [context.now.isoformat()]
        bounded = replace(query, end=query.end or datetime.fromisoformat(asked[0]))
        rows = self._rows(context, bounded, (asked[1], asked[2], asked[3]) if next_token else None)
        items: list[LogEvent] = []
        last, size = None, 0
        for row in islice(rows, MOST_LOOKED_AT):
            last = row.position
            message = document(row.event).decode("utf-8")
            if query.includes(_stream(row)) and wanted.matches(message):
                self._check(row)
                items.append(LogEvent(row=row, message=message))
                size += len(message)
            if len(items) == limit or size > _MOST_BYTES:
                break
        else:
            last = last if next(rows, None) is not None else None
        token = "" if last is None else pages.token([asked[0], *last])
        return LogPage(items=tuple(items), next_token=token)

    def _rows(self, context: CallContext, query: LogQuery, after: Position | None) -> Iterator[TrailRow]:
        owner, trail = (context.account_id, context.region), self._tx.trail
        if query.newest_first:
            return trail.backwards(*owner, before=after, start=query.start, end=query.end)
        return trail.forwards(*owner, after=after, start=query.start, end=query.end)

    def _check(self, row: TrailRow) -> None:
        if not self._tx.trail.is_as_recorded(row):
            raise IntegrityFailure(changed_row(row.writer, row.seq))

    def _all(self, context: CallContext) -> list[MetricFilter]:
        return self._tx.alarms.filters(context.account_id, context.region)

    def _pages(self, context: CallContext, described: Sequence[Any]) -> Pages:
        return Pages(self._keyring, [context.account_id, context.region, *described])


def tested(pattern: str, messages: Sequence[str]) -> list[tuple[int, str]]:
    """Return the messages that a pattern matches, with their numbers from 1 on. Raises `InvalidParameter`."""
    wanted = FilterPattern.parse(pattern)
    return [(number, message) for number, message in enumerate(messages, 1) if wanted.matches(message)]


def _stream(row: TrailRow) -> str:
    return row.writer or _FIRST_STREAM


def _check_group(log_group: str) -> None:
    if log_group != LOG_GROUP:
        raise ResourceNotFound(_NO_GROUP)


def _position(pages: Pages, token: str) -> list[Any]:
    try:
        return pages.position(token)
    except InvalidNextToken:
        raise InvalidParameter("The specified nextToken is invalid.") from None
