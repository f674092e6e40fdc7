"""A credential report is asked for, had for four hours, and asked for again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.testing.vault_bench import Bench
from vault.domain.iam.errors import ReportExpired, ReportNotPresent

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def test_a_report_that_nobody_asked_for_is_not_there(bench: Bench) -> None:
    with bench.services() as services, pytest.raises(ReportNotPresent):
        services.iam.account.report(NOW)


def test_a_report_is_started_once_and_then_there(bench: Bench) -> None:
    with bench.services() as services:
        account = services.iam.account
        assert [account.ask_for_report(NOW), account.ask_for_report(NOW + timedelta(hours=3))] == [False, True]
        text, reported = account.report(NOW + timedelta(hours=3))
    assert (text.splitlines()[1].split(",")[0], reported) == ("<root_account>", NOW)


def test_a_report_of_four_hours_ago_is_asked_for_again(bench: Bench) -> None:
    later = NOW + timedelta(hours=4)
    with bench.services() as services:
        account = services.iam.account
        account.ask_for_report(NOW)
        with pytest.raises(ReportExpired):
            account.report(later)
        assert account.ask_for_report(later) is False
        assert account.report(later)[1] == later
