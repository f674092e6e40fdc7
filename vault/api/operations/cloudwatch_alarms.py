"""A metric alarm as PutMetricAlarm writes it and DescribeAlarms shows it; what is not offered is refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vault.api.operations.secretsmanager_answers import Answer, present
from vault.domain.alarm import Alarm
from vault.domain.alarm_rule import AlarmRule, Comparison, Metric, MissingData, Statistic
from vault.domain.errors import ValidationFailed

_NOT_OFFERED = (
    "ExtendedStatistic",
    "EvaluateLowSampleCountPercentile",
    "Metrics",
    "ThresholdMetricId",
    "EvaluationWindow",
    "WarmUpConfiguration",
    "EvaluationCriteria",
    "EvaluationInterval",
    "ActionConfiguration",
    "Tags",
)
_NEEDED = ("MetricName", "Namespace", "Statistic", "Period", "EvaluationPeriods", "Threshold", "ComparisonOperator")


def rule_of(request: Mapping[str, Any]) -> AlarmRule:
    """Return what a request watches for. Raises `ValidationFailed` for what is missing, wrong or not offered."""
    for name in _NOT_OFFERED:
        if request.get(name):
            raise ValidationFailed(f"{name} is not supported: an alarm here watches one statistic of one metric")
    for name in _NEEDED:
        if name not in request:
            raise ValidationFailed(f"PutMetricAlarm request should have a {name} parameter")
    missing = request.get("TreatMissingData")
    if missing not in (None, *MissingData):
        raise ValidationFailed(
            f"The value {missing} is not supported for TreatMissingData parameter. Supported values are "
            f"[{', '.join(MissingData)}]."
        )
    if request["ComparisonOperator"] not in list(Comparison):
        raise ValidationFailed(f"{request['ComparisonOperator']} needs anomaly detection, which is not supported")
    dimensions = sorted((each["Name"], each["Value"]) for each in request.get("Dimensions", ()))
    return AlarmRule(
        metric=Metric(namespace=request["Namespace"], name=request["MetricName"], dimensions=tuple(dimensions)),
        statistic=Statistic(request["Statistic"]),
        period=request["Period"],
        evaluation_periods=request["EvaluationPeriods"],
        threshold=request["Threshold"],
        comparison=Comparison(request["ComparisonOperator"]),
        datapoints_to_alarm=request.get("DatapointsToAlarm"),
        missing=MissingData(missing) if missing else None,
        unit=request.get("Unit"),
    )


def shown(alarm: Alarm) -> Answer:
    """Return an alarm as the API shows it."""
    rule, told = alarm.rule, alarm.condition
    lists = {
        "OKActions": list(alarm.actions.ok),
        "AlarmActions": list(alarm.actions.alarm),
        "InsufficientDataActions": list(alarm.actions.insufficient),
        "Dimensions": [{"Name": name, "Value": value} for name, value in rule.metric.dimensions],
    }
    return {
        "AlarmName": alarm.name,
        "AlarmArn": alarm.arn,
        "AlarmConfigurationUpdatedTimestamp": alarm.configured,
        "ActionsEnabled": alarm.actions_enabled,
        **lists,
        "StateValue": told.state.value,
        "StateReason": told.reason,
        "StateUpdatedTimestamp": told.updated,
        "StateTransitionedTimestamp": told.transitioned,
        "MetricName": rule.metric.name,
        "Namespace": rule.metric.namespace,
        "Statistic": rule.statistic.value,
        "Period": rule.period,
        "EvaluationPeriods": rule.evaluation_periods,
        "Threshold": rule.threshold,
        "ComparisonOperator": rule.comparison.value,
    } | present(
        AlarmDescription=alarm.description,
        StateReasonData=told.data,
        Unit=rule.unit,
        DatapointsToAlarm=rule.datapoints_to_alarm,
        TreatMissingData=rule.missing.value if rule.missing else None,
    )
