"""What an alarm on a metric watches for: which metric, over which periods, compared how; AWS's limits checked.

Source: CloudWatch API Reference, "PutMetricAlarm".
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from vault.domain.errors import ValidationFailed

_SHORT_PERIODS = (10, 20, 30)
_MINUTE, _HOUR, _DAY, _WEEK = 60, 3_600, 86_400, 604_800


class Statistic(StrEnum):
    """What is told of the values of a period."""

    SAMPLE_COUNT = "SampleCount"
    AVERAGE = "Average"
    SUM = "Sum"
    MINIMUM = "Minimum"
    MAXIMUM = "Maximum"


class Comparison(StrEnum):
    """How a period's statistic is compared with the threshold."""

    AT_LEAST = "GreaterThanOrEqualToThreshold"
    ABOVE = "GreaterThanThreshold"
    BELOW = "LessThanThreshold"
    AT_MOST = "LessThanOrEqualToThreshold"

    def breaches(self, value: float, threshold: float) -> bool:
        """Tell whether `value` is over the threshold in this direction."""
        return _COMPARING[self](value, threshold)

    @property
    def words(self) -> str:
        """Return the comparison as AWS words it in reasons."""
        return _WORDS[self]


class MissingData(StrEnum):
    """How a period without a value counts."""

    BREACHING = "breaching"
    NOT_BREACHING = "notBreaching"
    IGNORE = "ignore"
    MISSING = "missing"


_COMPARING: Mapping[Comparison, Callable[[float, float], bool]] = {
    Comparison.AT_LEAST: operator.ge,
    Comparison.ABOVE: operator.gt,
    Comparison.BELOW: operator.lt,
    Comparison.AT_MOST: operator.le,
}
_WORDS = {
    Comparison.AT_LEAST: "greater than or equal to",
    Comparison.ABOVE: "greater than",
    Comparison.BELOW: "less than",
    Comparison.AT_MOST: "less than or equal to",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A metric by namespace, name and dimensions, which are pairs in order of their names."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRule:
    """When an alarm is in ALARM. `missing` is None where the request said nothing, which means `missing`.

    Raises `ValidationFailed` for what PutMetricAlarm refuses.
    """

    metric: Metric
    statistic: Statistic
    period: int
    evaluation_periods: int
    threshold: float
    comparison: Comparison
    datapoints_to_alarm: int | None = None
    missing: MissingData | None = None
    unit: str | None = None

    def __post_init__(self) -> None:
        if self.period not in _SHORT_PERIODS and self.period % _MINUTE:
            raise ValidationFailed("Period must be 10, 20, 30 or a multiple of 60")
        if not math.isfinite(self.threshold):
            raise ValidationFailed("PutMetricAlarm request should have a finite Threshold")
        if self.datapoints_to_alarm is not None and self.datapoints_to_alarm > self.evaluation_periods:
            raise ValidationFailed("DatapointsToAlarm must be less than or equal to EvaluationPeriods")
        self._check_reach()

    def _check_reach(self) -> None:
        reach = self.period * self.evaluation_periods
        if self.period < _HOUR and reach > _DAY:
            raise ValidationFailed(
                "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400) for "
                "alarms using period < 3600"
            )
        if reach > _WEEK:
            raise ValidationFailed(
                "Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be <= 604800) for "
                "alarms using period >= 3600"
            )

    @property
    def needed(self) -> int:
        """How many periods of those that are looked at must breach."""
        return self.datapoints_to_alarm or self.evaluation_periods

    def document(self) -> dict[str, Any]:
        """Return the rule as JSON values."""
        return {
            "metric": [self.metric.namespace, self.metric.name, [list(pair) for pair in self.metric.dimensions]],
            "statistic": self.statistic.value,
            "period": self.period,
            "evaluation_periods": self.evaluation_periods,
            "threshold": self.threshold,
            "comparison": self.comparison.value,
            "datapoints_to_alarm": self.datapoints_to_alarm,
            "missing": self.missing.value if self.missing else None,
            "unit": self.unit,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> AlarmRule:
        """Return the rule that `document()` described."""
        namespace, name, dimensions = document["metric"]
        metric = Metric(namespace=namespace, name=name, dimensions=tuple((key, value) for key, value in dimensions))
        return cls(
            **{
                **document,
                "metric": metric,
                "statistic": Statistic(document["statistic"]),
                "comparison": Comparison(document["comparison"]),
                "missing": MissingData(document["missing"]) if document["missing"] else None,
            }
        )
