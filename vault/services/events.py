"""Looks recorded events up, newest first, as CloudTrail's LookupEvents does (AWS API page of that name)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vault.domain.context import CallContext
from vault.domain.errors import IntegrityFailure, InvalidLookupAttributes, InvalidTimeRange
from vault.services.keyring import Keyring
from vault.services.paging import Pages
from vault.storage.store import UnitOfWork
from vault.storage.trail import Position, TrailRow, changed_row

MOST = 50
MOST_LOOKED_AT = 10_000
"""Events that one request looks at; others wait for it."""
_SECRET_TYPE = "AWS::SecretsManager::Secret"  # noqa: S105 - the name of a type
_KEY_TYPE = "AWS::KMS::Key"
_KMS = "kms.amazonaws.com"
_SECRET_MEMBERS = ("secretId", "arn", "name")
_KEY_MEMBERS = ("keyId", "targetKeyId", "sourceKeyId", "destinationKeyId", "aliasName")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventQuery:
    """What LookupEvents is asked for. `attribute` is a key and the value it must have; times are included.

    Raises `InvalidLookupAttributes`, `InvalidTimeRange`.
    """

    attribute: tuple[str, str] | None = None
    start: datetime | None = None
    end: datetime | None = None

    def __post_init__(self) -> None:
        if self.attribute is not None and self.attribute[0] not in _ATTRIBUTES:
            raise InvalidLookupAttributes(f"{self.attribute[0]} is not one of {', '.join(sorted(_ATTRIBUTES))}.")
        if self.start is not None and self.end is not None and self.start > self.end:
            raise InvalidTimeRange("StartTime must not be after EndTime.")

    def matches(self, event: Mapping[str, Any]) -> bool:
        """Tell whether the query asks for `event`."""
        if self.attribute is None:
            return True
        key, wanted = self.attribute
        return wanted in _ATTRIBUTES[key](event)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPage:
    """Some events, and the token of the next page, empty on the last."""

    items: tuple[TrailRow, ...]
    next_token: str = ""


class Events:
    """Looks up in one transaction."""

    def __init__(self, tx: UnitOfWork, keyring: Keyring) -> None:
        self._tx = tx
        self._keyring = keyring

    def look_up(self, context: CallContext, query: EventQuery, *, limit: int = MOST, next_token: str = "") -> EventPage:
        """Return a page of the caller's account and region.

        Raises `InvalidNextToken` for another query's token, `IntegrityFailure` for an event that was edited.
        """
        pages = self._pages(context, query)
        after = pages.position(next_token) if next_token else None
        rows = self._tx.trail.backwards(
            context.account_id,
            context.region,
            before=(after[0], after[1], after[2]) if after else None,
            start=query.start,
            end=query.end,
        )
        items, last = _gathered(rows, query, limit)
        for row in items:
            self._check(row, context)
        return EventPage(items=items, next_token=pages.token(list(last)) if last is not None else "")

    def _check(self, row: TrailRow, context: CallContext) -> None:
        owner = (row.event.get("recipientAccountId"), row.event.get("awsRegion"))
        if owner != (context.account_id, context.region) or not self._tx.trail.is_as_recorded(row):
            raise IntegrityFailure(changed_row(row.writer, row.seq))

    def _pages(self, context: CallContext, query: EventQuery) -> Pages:
        times = [None if moment is None else moment.isoformat() for moment in (query.start, query.end)]
        attribute = None if query.attribute is None else list(query.attribute)
        return Pages(self._keyring, ["events", context.account_id, context.region, attribute, times])


def _gathered(rows: Iterator[TrailRow], query: EventQuery, limit: int) -> tuple[tuple[TrailRow, ...], Position | None]:
    """Return up to `limit` rows that are asked for, and where to go on; None at the end of all rows.

    A page may be short or empty and yet have a next one, as CloudTrail's may: no request looks through everything.
    """
    items: list[TrailRow] = []
    last: Position | None = None
    for looked_at, row in enumerate(rows):
        if len(items) == limit or looked_at == MOST_LOOKED_AT:
            return tuple(items), last
        last = row.position
        if query.matches(row.event):
            items.append(row)
    return tuple(items), None


def user_name(event: Mapping[str, Any]) -> str:
    """Return who made a call: a user's name, `root`, or the service for what it did by itself."""
    identity = event["userIdentity"]
    if identity.get("type") == "Root":
        return "root"
    return str(identity.get("userName") or identity.get("invokedBy", ""))


def resources(event: Mapping[str, Any]) -> list[str]:
    """Return the secrets, or for KMS the keys, that an event is about, as names or ARNs, however it was told."""
    parts = ("requestParameters", "responseElements", "serviceEventDetails")
    members = _KEY_MEMBERS if event.get("eventSource") == _KMS else _SECRET_MEMBERS
    listed = [str(each["ARN"]) for each in event.get("resources", ())]
    return sorted({*listed, *(name for part in parts for name in _named(event.get(part) or {}, members))})


def resource_type(event: Mapping[str, Any]) -> str:
    """Return what the resources of an event are."""
    return _KEY_TYPE if event.get("eventSource") == _KMS else _SECRET_TYPE


def _named(content: Mapping[str, Any], members: Sequence[str]) -> Iterator[str]:
    yield from (str(content[key]) for key in members if isinstance(content.get(key), str))
    listed = content.get("secretIdList")
    yield from (str(each) for each in listed) if isinstance(listed, list) else ()


def _read_only(event: Mapping[str, Any]) -> list[str]:
    return ["true" if event.get("readOnly") else "false"]


_ATTRIBUTES: Mapping[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "EventId": lambda event: [event["eventID"]],
    "EventName": lambda event: [event["eventName"]],
    "EventSource": lambda event: [event["eventSource"]],
    "ReadOnly": _read_only,
    "Username": lambda event: [user_name(event)],
    "AccessKeyId": lambda event: [event["userIdentity"].get("accessKeyId", "")],
    "ResourceName": resources,
    "ResourceType": lambda event: [resource_type(event)] if resources(event) else [],
}
