"""What the alarms of an account may not be: too many."""

from __future__ import annotations

import pytest

from tests.testing.vault_bench import memory_bench
from vault.domain.alarm_errors import AlarmLimitExceeded
from vault.domain.alarm_rule import AlarmRule, Comparison, Metric, Statistic
from vault.services import alarms


@pytest.mark.shows("cloudwatch:PutMetricAlarm", errors=("LimitExceededFault",))
def test_an_account_has_only_so_many_alarms_and_may_define_those_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarms, "MOST_ALARMS", 2)
    bench = memory_bench()
    rule = AlarmRule(
        metric=Metric(namespace="n", name="m"),
        statistic=Statistic.SUM,
        period=60,
        evaluation_periods=1,
        threshold=1.0,
        comparison=Comparison.AT_LEAST,
    )
    with bench.services() as services:
        for name in ("one", "two", "two"):
            services.alarms.put(bench.context, name, rule)
        with pytest.raises(AlarmLimitExceeded, match="maximum of 2 alarms"):
            services.alarms.put(bench.context, "three", rule)
