"""Metric alarms on the trail: made, shown, set, deleted. What changes their states by itself is `watching`.

Source: CloudWatch API Reference, "PutMetricAlarm", "DescribeAlarms", "DeleteAlarms", "SetAlarmState",
"EnableAlarmActions", "DescribeAlarmHistory".
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from vault.domain import alarm_history
from vault.domain.alarm import Actions, Alarm
from vault.domain.alarm_errors import AlarmLimitExceeded, AlarmNotFound, InvalidAlarmToken, InvalidStateData
from vault.domain.alarm_history import HistoryItem, ItemKind
from vault.domain.alarm_rule import AlarmRule, Metric
from vault.domain.alarms import State
from vault.domain.context import CallContext
from vault.domain.errors import InvalidNextToken, ValidationFailed
from vault.services.keyring import Keyring
from vault.services.paging import Pages
from vault.services.watching import Watching, begin
from vault.storage.store import UnitOfWork

MOST_ALARMS = 500
"""In an account and region: each is looked at every second."""
MOST = 100
_ARN = re.compile(r"arn:[a-z-]+:([a-z0-9-]+):([a-z0-9-]*):([0-9]*):(.+)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,256}")

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmPage(Generic[Item]):
    """Some alarms, or some of their history, and the token of the next page, empty on the last."""

    items: tuple[Item, ...]
    next_token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmQuery:
    """Which alarms are wanted; what is None is not asked for."""

    names: tuple[str, ...] | None = None
    prefix: str | None = None
    state: State | None = None
    action_prefix: str | None = None

    def __post_init__(self) -> None:
        """Raise `ValidationFailed` for names and a prefix at once."""
        if self.names is not None and self.prefix is not None:
            raise ValidationFailed("AlarmNamePrefix and AlarmNames cannot be specified together")

    def matches(self, alarm: Alarm) -> bool:
        """Tell whether the query asks for an alarm."""
        actions = (*alarm.actions.alarm, *alarm.actions.ok, *alarm.actions.insufficient)
        return (
            (self.names is None or alarm.name in self.names)
            and alarm.name.startswith(self.prefix or "")
            and self.state in (None, alarm.condition.state)
            and (self.action_prefix is None or any(each.startswith(self.action_prefix) for each in actions))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryQuery:
    """Which history is wanted."""

    alarm: str | None = None
    kind: ItemKind | None = None
    start: datetime | None = None
    end: datetime | None = None
    oldest_first: bool = False

    def matches(self, item: HistoryItem) -> bool:
        """Tell whether the query asks for an item."""
        return (
            self.alarm in (None, item.alarm)
            and self.kind in (None, item.kind)
            and (self.start is None or item.time >= self.start)
            and (self.end is None or item.time <= self.end)
        )


class Alarms:
    """The operations on alarms in one transaction. All that read may raise `IntegrityFailure`."""

    def __init__(self, tx: UnitOfWork, keyring: Keyring) -> None:
        self._tx = tx
        self._keyring = keyring

    def put(
        self,
        context: CallContext,
        name: str,
        rule: AlarmRule,
        *,
        actions: Actions = Actions(),  # noqa: B008 - frozen
        actions_enabled: bool = True,
        description: str | None = None,
    ) -> Alarm:
        """Make an alarm, or define one anew that is there, whose state stays.

        Raises `ValidationFailed` for a name or an action that is none, `AlarmLimitExceeded`.
        """
        if _CONTROL.search(name):
            raise ValidationFailed("AlarmName must not contain ASCII Control characters")
        for action in (*actions.alarm, *actions.ok, *actions.insufficient):
            _check_action(context, action)
        wanted = Alarm.new(
            account_id=context.account_id,
            region=context.region,
            name=name,
            rule=rule,
            actions=actions,
            actions_enabled=actions_enabled,
            description=description,
            now=context.now,
        )
        known = self._tx.alarms.alarm(context.account_id, context.region, name)
        return self._add(wanted) if known is None else self._redefine(known, wanted)

    def describe(
        self, context: CallContext, query: AlarmQuery, *, limit: int = MOST, next_token: str = ""
    ) -> AlarmPage[Alarm]:
        """Return a page of alarms by name. Raises `InvalidAlarmToken`."""
        found = [each for each in self._candidates(context, query.names) if query.matches(each)]
        described = ["alarms", repr(query)]
        return self._page(context, described, found, limit, next_token)

    def for_metric(self, context: CallContext, metric: Metric, **wanted: Any) -> list[Alarm]:
        """Return the alarms on a metric; `wanted` are what statistic, period and unit must be, None for any."""
        return [
            alarm
            for alarm in self._all(context)
            if alarm.rule.metric == metric
            and all(value is None or getattr(alarm.rule, name) == value for name, value in wanted.items())
        ]

    def delete(self, context: CallContext, names: Sequence[str]) -> None:
        """Delete alarms. Raises `AlarmNotFound` for one that there is not; none is deleted then."""
        for alarm in self._named(context, names):
            self._tx.alarms.remove(alarm)
            self._tx.alarm_history.add(alarm_history.configured(alarm, "deleted", context.now))

    def set_state(self, context: CallContext, name: str, state: State, reason: str, data: str) -> None:
        """Set an alarm's state until its values are looked at again; the actions of the state are done.

        Raises `AlarmNotFound`, `InvalidStateData`.
        """
        if data:
            _check_json(data)
        (alarm,) = self._named(context, [name])
        changed = alarm.set_by_hand(state, reason, data, context.now)
        self._tx.alarms.save(changed)
        if state is not alarm.condition.state:
            Watching(self._tx).changed(changed, alarm.condition)

    def enable_actions(self, context: CallContext, names: Sequence[str], enabled: bool) -> None:
        """Have alarms tell of their states, or not. Names of none are passed over, as on AWS."""
        for alarm in self._all(context):
            if alarm.name in names and alarm.actions_enabled is not enabled:
                self._redefine(alarm, replace(alarm, actions_enabled=enabled, configured=context.now))

    def history(
        self, context: CallContext, query: HistoryQuery, *, limit: int = MOST, next_token: str = ""
    ) -> AlarmPage[HistoryItem]:
        """Return a page of what happened. Raises `InvalidAlarmToken`."""
        every = self._tx.alarm_history.items(context.account_id, context.region)
        found = [item for item in every if query.matches(item)]
        if query.oldest_first:
            found.reverse()
        return self._page(context, ["history", repr(query)], found, limit, next_token)

    def _add(self, alarm: Alarm) -> Alarm:
        if len(self._tx.alarms.alarms(alarm.account_id, alarm.region)) >= MOST_ALARMS:
            raise AlarmLimitExceeded(f"The maximum of {MOST_ALARMS} alarms is reached.")
        if self._tx.alarms.reading is None:
            begin(self._tx)
        self._tx.alarms.add(alarm)
        self._tx.alarm_history.add(alarm_history.configured(alarm, "created", alarm.configured))
        return alarm

    def _redefine(self, known: Alarm, wanted: Alarm) -> Alarm:
        made = known.redefined(wanted)
        self._tx.alarms.save(made)
        self._tx.alarm_history.add(alarm_history.configured(made, "updated", made.configured))
        return made

    def _all(self, context: CallContext) -> list[Alarm]:
        return self._tx.alarms.alarms(context.account_id, context.region)

    def _candidates(self, context: CallContext, names: Sequence[str] | None) -> list[Alarm]:
        """Return the alarms of some names by name, or all: another that was edited does not stand in the way."""
        if names is None:
            return self._all(context)
        found = (self._tx.alarms.alarm(context.account_id, context.region, name) for name in sorted(set(names)))
        return [alarm for alarm in found if alarm is not None]

    def _named(self, context: CallContext, names: Sequence[str]) -> list[Alarm]:
        found = [self._tx.alarms.alarm(context.account_id, context.region, name) for name in dict.fromkeys(names)]
        if not all(found):
            raise AlarmNotFound("Unknown alarm")
        return [alarm for alarm in found if alarm is not None]

    def _page(
        self, context: CallContext, described: Any, found: Sequence[Item], limit: int, next_token: str
    ) -> AlarmPage[Item]:
        pages = Pages(self._keyring, [context.account_id, context.region, *described])
        try:
            begun = int(pages.position(next_token)[0]) if next_token else 0
        except InvalidNextToken as refused:
            raise InvalidAlarmToken(refused.message) from None
        end = begun + limit
        return AlarmPage(items=tuple(found[begun:end]), next_token=pages.token([end]) if end < len(found) else "")


def _check_action(context: CallContext, action: str) -> None:
    """Raise `ValidationFailed` unless an action is the ARN of a topic of the caller's account and region."""
    found = _ARN.fullmatch(action)
    if found is None:
        raise ValidationFailed(f"Invalid arn syntax: {action}")
    service, region, account_id, name = found.groups()
    if service != "sns" or not _TOPIC.fullmatch(name):
        raise ValidationFailed(
            f"Invalid arn syntax: {action}; an action is arn:aws:sns:{context.region}:{context.account_id}:NAME, where "
            "[notify.NAME] is in the server's settings"
        )
    if region != context.region:
        raise ValidationFailed(f"Invalid region {region} specified. Only {context.region} is supported.")
    if account_id != context.account_id:
        raise ValidationFailed(f"Invalid account {account_id} specified. Only {context.account_id} is supported.")


def _check_json(data: str) -> None:
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        raise InvalidStateData("StateReasonData was not valid JSON") from None
