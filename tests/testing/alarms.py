"""Alarms under test: a vault that is watched by a worker whose clock the test turns on, and what alarms are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from vault.alarms.notices import FileNotice, Notice
from vault.alarms.worker import AlarmWorker
from vault.bootstrap import Vault
from vault.config import DataDir
from vault.initialise import NewStore, initialise

ACCOUNT = "123456789012"
REGION = "us-east-1"
GROUP = "strongroom/trail"
DELETED = '{ ($.eventName = "GetSecretValue") && ($.errorMessage = "*marked for deletion*") }'
_NAMESPACE = "Trail"


def topic(name: str) -> str:
    """Return the ARN of `[notify.NAME]`."""
    return f"arn:aws:sns:{REGION}:{ACCOUNT}:{name}"


def new_place(folder: Path, database: str = "") -> DataDir:
    """Return a data directory with a vault, its store in a PostgreSQL database where that is one."""
    place = DataDir(path=folder, store=database if database.startswith("postgresql:") else "")
    initialise(place, NewStore(account_id=ACCOUNT, regions=(REGION,)), datetime.now(UTC))
    return place


@dataclass(kw_only=True)
class Watched:
    """A vault and how far the clock of its workers is ahead of the one that events are recorded by."""

    vault: Vault
    ahead: timedelta = timedelta()
    notices: Mapping[str, Notice] = field(default_factory=dict)

    def worker(self) -> AlarmWorker:
        """Return another worker on the vault's store."""
        region = self.vault.regions[REGION]
        return AlarmWorker(region.store, self.notices, region._read_secret, self.now)

    def now(self) -> datetime:
        """Return the time by the workers' clock."""
        return datetime.now(UTC) + self.ahead

    def pass_time(self, **amount: float) -> None:
        """Turn the workers' clock on, by `timedelta` arguments."""
        self.ahead += timedelta(**amount)

    def client(self, service: str) -> Any:
        """Return a client of the vault."""
        return self.vault.client(service)

    def put_alarm(self, name: str, pattern: str = DELETED, *, default: float | None = None, **more: Any) -> None:
        """Make a metric filter and an alarm on it, both of that name."""
        transformation: dict[str, Any] = {"metricName": name, "metricNamespace": _NAMESPACE, "metricValue": "1"}
        if default is not None:
            transformation["defaultValue"] = default
        self.client("logs").put_metric_filter(
            logGroupName=GROUP, filterName=name, filterPattern=pattern, metricTransformations=[transformation]
        )
        self.client("cloudwatch").put_metric_alarm(**alarm(name, **more))

    def state(self, name: str) -> str:
        """Return the state of an alarm."""
        (found,) = self.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return str(found["StateValue"])

    def read_deleted_secret(self, name: str = "gone") -> None:
        """Delete a secret and try to read it."""
        client = self.client("secretsmanager")
        client.create_secret(Name=name, SecretString="value")
        client.delete_secret(SecretId=name)
        try:
            client.get_secret_value(SecretId=name)
        except client.exceptions.InvalidRequestException:
            return
        raise AssertionError("a secret that waits for deletion was read")


def alarm(name: str, **more: Any) -> dict[str, Any]:
    """Return the parameters of an alarm on the metric of that name: once in five minutes is enough."""
    usual = {
        "AlarmName": name,
        "MetricName": name,
        "Namespace": _NAMESPACE,
        "Statistic": "Sum",
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
    }
    return {**usual, **more}


def to_file(path: Path) -> Mapping[str, Notice]:
    """Return settings in which `ops` is a file."""
    return {"ops": FileNotice(path=path)}
