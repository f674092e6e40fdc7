"""What happened to an alarm, as its history tells it, and the message that an action carries.

Source: CloudWatch API Reference, "AlarmHistoryItem"; the message is the one that Amazon SNS delivers for an alarm, so
what reads those reads these.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from vault.domain.alarm import Alarm, Condition, stamp

_MOST_DATA = 4095
_MOST_SUMMARY = 255


class ItemKind(StrEnum):
    """What kind of thing happened."""

    CONFIGURATION = "ConfigurationUpdate"
    STATE = "StateUpdate"
    ACTION = "Action"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryItem:
    """One thing that happened to the alarm of a name."""

    account_id: str
    region: str
    alarm: str
    time: datetime
    kind: ItemKind
    summary: str
    data: str

    def document(self) -> dict[str, Any]:
        """Return the item as JSON values."""
        return {
            "account_id": self.account_id,
            "region": self.region,
            "alarm": self.alarm,
            "time": self.time.isoformat(),
            "kind": self.kind.value,
            "summary": self.summary,
            "data": self.data,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> HistoryItem:
        """Return the item that `document()` described."""
        time, kind = datetime.fromisoformat(document["time"]), ItemKind(document["kind"])
        return cls(**{**document, "time": time, "kind": kind})


def configured(alarm: Alarm, what: str, now: datetime) -> HistoryItem:
    """Return that an alarm was made, updated or deleted (`created`, `updated`, `deleted`)."""
    data = {"version": "1.0", "type": {"created": "Create", "updated": "Update"}.get(what, "Delete")}
    return _item(alarm, ItemKind.CONFIGURATION, f'Alarm "{alarm.name}" {what}', data, now)


def changed(alarm: Alarm, before: Condition) -> HistoryItem:
    """Return that an alarm came from the condition `before` into the one it is in."""
    summary = f"Alarm updated from {before.state} to {alarm.condition.state}"
    data: dict[str, Any] = {"version": "1.0", "oldState": _told(before), "newState": _told(alarm.condition)}
    if len(_text(data)) > _MOST_DATA:
        # What somebody said beside the reason may be as long as all of this may be.
        data |= {name: {**data[name], "stateReasonData": "{}"} for name in ("oldState", "newState")}
    return _item(alarm, ItemKind.STATE, summary, data, alarm.condition.updated)


def acted(alarm: Alarm, action: str, problem: str, now: datetime) -> HistoryItem:
    """Return that an action was executed, or why it was not."""
    data = {"actionState": "Failed" if problem else "Succeeded", "notificationResource": action, "error": problem}
    how = "Failed to execute" if problem else "Successfully executed"
    return _item(alarm, ItemKind.ACTION, f"{how} action {action}", data, now)


def message(alarm: Alarm, before: Condition) -> dict[str, Any]:
    """Return what an action tells of an alarm that came from the condition `before` into the one it is in."""
    rule = alarm.rule
    return {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": alarm.account_id,
        "AlarmConfigurationUpdatedTimestamp": stamp(alarm.configured),
        "NewStateValue": alarm.condition.state.value,
        "NewStateReason": alarm.condition.reason,
        "StateChangeTime": stamp(alarm.condition.updated),
        "Region": alarm.region,
        "AlarmArn": alarm.arn,
        "OldStateValue": before.state.value,
        "OKActions": list(alarm.actions.ok),
        "AlarmActions": list(alarm.actions.alarm),
        "InsufficientDataActions": list(alarm.actions.insufficient),
        "Trigger": {
            "MetricName": rule.metric.name,
            "Namespace": rule.metric.namespace,
            "StatisticType": "Statistic",
            "Statistic": rule.statistic.name.replace("_", ""),
            "Unit": rule.unit,
            "Dimensions": [{"name": name, "value": value} for name, value in rule.metric.dimensions],
            "Period": rule.period,
            "EvaluationPeriods": rule.evaluation_periods,
            "DatapointsToAlarm": rule.needed,
            "ComparisonOperator": rule.comparison.value,
            "Threshold": rule.threshold,
            "TreatMissingData": rule.missing.value if rule.missing else "missing",
        },
    }


def _told(condition: Condition) -> dict[str, Any]:
    told: dict[str, Any] = {"stateValue": condition.state.value, "stateReason": condition.reason}
    return {**told, "stateReasonData": condition.data} if condition.data else told


def _text(data: Mapping[str, Any]) -> str:
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False)


def _item(alarm: Alarm, kind: ItemKind, summary: str, data: Mapping[str, Any], now: datetime) -> HistoryItem:
    return HistoryItem(
        account_id=alarm.account_id,
        region=alarm.region,
        alarm=alarm.name,
        time=now,
        kind=kind,
        summary=summary[:_MOST_SUMMARY],
        data=_text(data),
    )
