"""What a store tells of rotations: the state of each secret, and its runs as the trail has them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from strongroom.kernel.leaktags import LEAKED, REFUSED, UNKNOWN

if TYPE_CHECKING:
    from vault.domain.rotation_rules import RotationRules

HISTORY = timedelta(days=90)
_ENDINGS = {
    "RotationSucceeded": "succeeded",
    "RotationFailed": "failed",
    "RotationAbandoned": "abandoned",
    "TestRotationSucceeded": "succeeded",
    "TestRotationFailed": "failed",
}
_BEGINNINGS = ("RotationStarted", "TestRotationStarted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One rotation, or test of one, with all its attempts."""

    version_id: str
    kind: str
    """`rotation` or `test`."""
    started: datetime | None
    """None for one that failed before it began: its window went by."""
    ended: datetime | None = None
    outcome: str = "running"
    attempts: int = 1
    error: str = ""

    @property
    def seconds(self) -> float | None:
        """Return how long it took, None for one that is under way or never began."""
        return (self.ended - self.started).total_seconds() if self.ended and self.started else None

    def to_json(self) -> dict[str, Any]:
        """Return the run as JSON values."""
        return {
            "kind": self.kind,
            "outcome": self.outcome,
            "started": _iso(self.started),
            "ended": _iso(self.ended),
            "seconds": self.seconds,
            "attempts": self.attempts,
            "error": self.error or None,
            "version_id": self.version_id or None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationView:
    """How one secret rotates, by what DescribeSecret or ListSecrets says."""

    name: str
    arn: str
    enabled: bool
    function_arn: str
    rules: RotationRules
    last_rotated: datetime | None
    window_end: datetime | None
    labels: Mapping[str, str]
    """Staging labels and the versions that have them."""
    tags: Mapping[str, str]

    @property
    def pending(self) -> bool:
        """Tell whether a version waits to become current."""
        return self.labels.get("AWSPENDING", self.labels.get("AWSCURRENT")) != self.labels.get("AWSCURRENT")

    @property
    def strategy(self) -> str:
        """Return the built-in strategy, or the name of the function."""
        from vault.rotation.functions import strategy_named

        return strategy_named(self.function_arn.rpartition(":function:")[2].removeprefix("strongroom-"))

    @property
    def schedule(self) -> str:
        """Return when it rotates, in plain words."""
        from vault.domain.schedule import describe

        return describe(self.rules)

    def windows(self, until: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield when the windows up to `until` open and close."""
        opens = None if self.window_end is None else self.window_end + timedelta(seconds=1) - self.rules.window
        while opens is not None and opens <= until:
            yield opens, opens + self.rules.window
            opens = self.rules.following(opens)

    @property
    def leak(self) -> str:
        """Return what has become of a leaked value, nothing where none leaked."""
        if LEAKED not in self.tags:
            return ""
        since = self.tags.get(REFUSED)
        if since == UNKNOWN:
            return "replaced; whether it is refused only its service knows"
        return "still accepted" if since is None else f"refused since {local(since)}"

    def to_json(self) -> dict[str, Any]:
        """Return the view as JSON values."""
        return {
            "name": self.name,
            "arn": self.arn,
            "enabled": self.enabled,
            "strategy": self.strategy,
            "schedule": self.schedule,
            "last_rotated": _iso(self.last_rotated),
            "next_window_end": _iso(self.window_end),
            "under_way": self.pending,
            "leaked_version": self.tags.get(LEAKED),
            "leaked_refused_since": self.tags.get(REFUSED),
        }


def views(client: Any, names: Iterable[str] = ()) -> list[RotationView]:
    """Return how secrets rotate: those named, or all that do."""
    if names:
        entries = [client.describe_secret(SecretId=name) for name in names]
    else:
        pages = client.get_paginator("list_secrets").paginate()
        entries = [entry for page in pages for entry in page["SecretList"]]
    return [_view(entry) for entry in entries if "RotationEnabled" in entry]


def no_rotator_of(client: Any, name: str) -> str:
    """Return that nothing here rotates a secret of its `engine`; empty where something may, or it cannot be read."""
    from botocore.exceptions import ClientError

    from vault.rotation.rotators.engines import no_rotator

    try:
        content = json.loads(client.get_secret_value(SecretId=name).get("SecretString", ""))
    except (ClientError, ValueError):
        return ""
    return no_rotator(content.get("engine")) if isinstance(content, dict) else ""


def runs(cloudtrail: Any, arn: str, now: datetime) -> list[Run]:
    """Return the rotations of a secret that the trail of the last 90 days has, the latest first."""
    pages = cloudtrail.get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": arn}], StartTime=now - HISTORY
    )
    events = [json.loads(event["CloudTrailEvent"]) for page in pages for event in page["Events"]]
    return runs_in(event for event in reversed(events) if "serviceEventDetails" in event)


def runs_in(events: Iterable[Mapping[str, Any]]) -> list[Run]:
    """Return the runs that service events of one secret tell of, oldest first given, the latest first returned."""
    found: list[Run] = []
    for event in events:
        name, details = event["eventName"], event["serviceEventDetails"]
        at, version = datetime.fromisoformat(event["eventTime"]), details.get("versionId", "")
        under_way = found[-1] if found and (found[-1].version_id, found[-1].ended) == (version, None) else None
        if name in _BEGINNINGS and under_way is None:
            found.append(Run(version_id=version, kind="test" if name.startswith("Test") else "rotation", started=at))
        elif name in _BEGINNINGS and under_way is not None:
            found[-1] = replace(under_way, outcome="running", attempts=under_way.attempts + 1)
        elif name == "RotationReminder" and under_way is not None:
            found[-1] = replace(under_way, outcome="waits for a person", error=details.get("reason", ""))
        elif name == "RotationAttemptFailed" and under_way is not None:
            found[-1] = replace(under_way, outcome="waits for another attempt", error=details.get("reason", ""))
        elif name in _ENDINGS:
            begun = under_way or Run(version_id=version, kind="rotation", started=None, attempts=0)
            error = details.get("reason", "")
            ended = replace(begun, ended=at, outcome=_ENDINGS[name], error=error)
            found = [*(found[:-1] if under_way else found), ended]
    return found[::-1]


def local(moment: datetime | str) -> str:
    """Return a time as people read it: local, to the minute."""
    parsed = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return f"{parsed.astimezone():%Y-%m-%d %H:%M}"


def _view(entry: Mapping[str, Any]) -> RotationView:
    from vault.domain.rotation_rules import RotationRules

    rules = entry.get("RotationRules", {})
    stages = entry.get("VersionIdsToStages") or entry.get("SecretVersionsToStages") or {}
    return RotationView(
        name=entry["Name"],
        arn=entry["ARN"],
        enabled=entry["RotationEnabled"],
        function_arn=entry.get("RotationLambdaARN", ""),
        rules=RotationRules.from_state(
            {
                # What is worked out for a schedule is no rule.
                "after_days": None if "ScheduleExpression" in rules else rules.get("AutomaticallyAfterDays"),
                "schedule": rules.get("ScheduleExpression"),
                "duration": rules.get("Duration"),
            }
        ),
        last_rotated=entry.get("LastRotatedDate"),
        window_end=entry.get("NextRotationDate"),
        labels={label: version for version, labels in stages.items() for label in labels},
        tags={tag["Key"]: tag["Value"] for tag in entry.get("Tags", ())},
    )


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds")
