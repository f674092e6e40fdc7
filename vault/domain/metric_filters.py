"""A metric filter: which events of the trail it counts, and as what values of which metric.

The trail is one log group, `strongroom/trail`. Source: CloudWatch Logs API Reference, "PutMetricFilter" and
"MetricTransformation".
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vault.domain.alarm_rule import Metric
from vault.domain.errors import InvalidParameter
from vault.domain.filter_conditions import Selector
from vault.domain.filter_grammar import selector_of
from vault.domain.filter_pattern import FilterPattern

LOG_GROUP = "strongroom/trail"
MOST_DIMENSIONS = 3
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Transformation:
    """What a matching event counts as. `value` is a number, or a selector of one in the event (`$.size`).

    `dimensions` are names with selectors. Raises `InvalidParameter` for what PutMetricFilter refuses.
    """

    name: str
    namespace: str
    value: str
    default: float | None = None
    dimensions: tuple[tuple[str, str], ...] = ()
    unit: str | None = None

    def __post_init__(self) -> None:
        if not _NUMBER.fullmatch(self.value) and not self.value.startswith("$"):
            raise InvalidParameter(f"Invalid metric transformation: '{self.value}' is neither a number nor a selector.")
        if self.default is not None and self.dimensions:
            raise InvalidParameter(
                "Invalid metric transformation: dimensions and default value are mutually exclusive properties."
            )
        if len(self.dimensions) > MOST_DIMENSIONS:
            raise InvalidParameter(f"Invalid metric transformation: at most {MOST_DIMENSIONS} dimensions are allowed.")
        for _, selector in self.dimensions:
            selector_of(selector)
        if self.value.startswith("$"):
            selector_of(self.value)

    @property
    def metric(self) -> Metric:
        """The metric without dimensions."""
        return Metric(namespace=self.namespace, name=self.name)

    @property
    def constant(self) -> tuple[Metric, float] | None:
        """What every event that matches counts as; None where that is in the event."""
        return None if self.dimensions or self.value.startswith("$") else (self.metric, float(self.value))

    def observed(self, event: Any) -> tuple[Metric, float] | None:
        """Return the metric and the value that an event counts as; None where it has no number, or no dimension."""
        value = _number(self.value, event)
        dimensions = [(name, _text(selector_of(selector), event)) for name, selector in self.dimensions]
        if value is None or any(text is None for _, text in dimensions):
            return None
        told = tuple(sorted((name, str(text)) for name, text in dimensions))
        return Metric(namespace=self.namespace, name=self.name, dimensions=told), value


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricFilter:
    """A filter on the trail of an account and region."""

    account_id: str
    region: str
    name: str
    pattern: str
    transformation: Transformation
    created: datetime

    @property
    def parsed(self) -> FilterPattern:
        """The pattern as it was understood. Raises `InvalidParameter`."""
        return FilterPattern.parse(self.pattern)

    def document(self) -> dict[str, Any]:
        """Return the filter as JSON values."""
        made = self.transformation
        return {
            "account_id": self.account_id,
            "region": self.region,
            "name": self.name,
            "pattern": self.pattern,
            "transformation": {
                "name": made.name,
                "namespace": made.namespace,
                "value": made.value,
                "default": made.default,
                "dimensions": [list(pair) for pair in made.dimensions],
                "unit": made.unit,
            },
            "created": self.created.isoformat(),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> MetricFilter:
        """Return the filter that `document()` described."""
        made = document["transformation"]
        dimensions = tuple((name, selector) for name, selector in made["dimensions"])
        transformation = Transformation(**{**made, "dimensions": dimensions})
        created = datetime.fromisoformat(document["created"])
        return cls(**{**document, "transformation": transformation, "created": created})


def log_group_arn(region: str, account_id: str) -> str:
    """Return the ARN of the trail's log group."""
    return f"arn:aws:logs:{region}:{account_id}:log-group:{LOG_GROUP}"


def _number(value: str, event: Any) -> float | None:
    if not value.startswith("$"):
        return float(value)
    found = selector_of(value).find(event)
    if isinstance(found, str) and _NUMBER.fullmatch(found):
        found = float(found)
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        return None
    return float(found)


def _text(selector: Selector, event: Any) -> str | None:
    found = selector.find(event)
    return str(found) if isinstance(found, str | int | float) and not isinstance(found, bool) else None
