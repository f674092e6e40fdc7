"""Alarms on every database: each event counts once, each change of state is told once, and nothing is edited unseen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.testing.alarms import GROUP, Watched, alarm, new_place, to_file, topic
from vault.bootstrap import open_vault
from vault.config import DataDir
from vault.domain.errors import StoreConflict
from vault.services.keyring import Keyring
from vault.services.verification import Verification
from vault.services.watching import LEASE, Watching

_ALL = '{ $.eventName = "DescribeSecret" }'


@pytest.fixture
def place(tmp_path: Path, database: str) -> DataDir:
    """A data directory with a vault."""
    return new_place(tmp_path / "vault", database)


@pytest.fixture
def told(tmp_path: Path) -> Callable[[], list[dict[str, Any]]]:
    """Return what alarms told the file that is `ops`."""
    path = tmp_path / "told.jsonl"
    return lambda: [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def watched(place: DataDir, tmp_path: Path) -> Iterator[Watched]:
    """The open vault, with the secret `s`."""
    vault = open_vault(place)
    vault.client("secretsmanager").create_secret(Name="s", SecretString="value")
    yield Watched(vault=vault, notices=to_file(tmp_path / "told.jsonl"))
    vault.close()


def _describe(watched: Watched, times: int) -> None:
    for _ in range(times):
        watched.client("secretsmanager").describe_secret(SecretId="s")


def _faults(watched: Watched) -> list[str]:
    store = watched.vault.store
    return [fault.row for fault in Verification(store, Keyring(store)).faults()]


def _counted(watched: Watched, name: str) -> float:
    with watched.vault.store.transaction() as tx:
        (found,) = [each for each in tx.alarms.everything().alarms if each.name == name]
    return sum(values.total for values in found.periods.values())


def test_an_event_that_matches_puts_an_alarm_into_alarm_once(
    watched: Watched, told: Callable[[], list[dict[str, Any]]]
) -> None:
    watched.put_alarm("deleted", AlarmActions=[topic("ops")])
    worker = watched.worker()
    worker.run_due()
    assert watched.state("deleted") == "OK"
    watched.read_deleted_secret()
    worker.run_due()
    worker.run_due()
    assert watched.state("deleted") == "ALARM"
    assert [(each["AlarmName"], each["NewStateValue"]) for each in told()] == [("deleted", "ALARM")]


def test_an_alarm_is_ok_again_once_a_period_without_events_is_over(watched: Watched) -> None:
    watched.put_alarm("deleted")
    worker = watched.worker()
    watched.read_deleted_secret()
    worker.run_due()
    watched.pass_time(minutes=4)
    worker.run_due()
    assert watched.state("deleted") == "ALARM"
    watched.pass_time(minutes=10)
    worker.run_due()
    assert watched.state("deleted") == "OK"


def test_events_of_before_a_filter_do_not_count(watched: Watched) -> None:
    watched.read_deleted_secret()
    watched.put_alarm("deleted")
    watched.worker().run_due()
    assert watched.state("deleted") == "OK"


def test_each_event_counts_once_whoever_reads_and_dies(watched: Watched) -> None:
    watched.put_alarm("many", _ALL, Threshold=1000.0)
    for number in range(1, 4):
        _describe(watched, 3)
        watched.worker().run_due()
        watched.pass_time(seconds=LEASE.total_seconds() + 1)
        assert _counted(watched, "many") == 3.0 * number


def test_two_workers_at_once_count_and_tell_once(
    watched: Watched, told: Callable[[], list[dict[str, Any]]], place: DataDir
) -> None:
    watched.put_alarm("many", _ALL, Threshold=5.0, AlarmActions=[topic("ops")])
    other = open_vault(place, writer="another")
    workers = [watched.worker(), Watched(vault=other, notices=watched.notices).worker()]

    def work(worker: Any) -> None:
        for _ in range(10):
            with suppress(StoreConflict):
                worker.run_due()

    with ThreadPoolExecutor(2) as both:
        _describe(watched, 3)
        running = [both.submit(work, worker) for worker in workers]
        _describe(Watched(vault=other), 4)
        for each in running:
            each.result()
    watched.pass_time(seconds=LEASE.total_seconds() + 1)
    watched.worker().run_due()
    other.close()
    assert _counted(watched, "many") == 7.0
    assert [each["NewStateValue"] for each in told()] == ["ALARM"]


def test_another_worker_waits_for_the_lease_of_the_first(watched: Watched) -> None:
    watched.put_alarm("deleted")
    watched.worker().run_due()
    watched.read_deleted_secret()
    watched.worker().run_due()
    assert watched.state("deleted") == "OK"
    watched.pass_time(seconds=LEASE.total_seconds() + 1)
    watched.worker().run_due()
    assert watched.state("deleted") == "ALARM"


def test_a_worker_that_ends_in_peace_leaves_its_lease(watched: Watched) -> None:
    watched.put_alarm("deleted")
    first = watched.worker()
    first.run_due()
    first._release()
    watched.read_deleted_secret()
    watched.worker().run_due()
    assert watched.state("deleted") == "ALARM"


def test_a_backlog_is_told_of_also_when_its_periods_are_over(
    watched: Watched, told: Callable[[], list[dict[str, Any]]]
) -> None:
    watched.put_alarm("deleted", AlarmActions=[topic("ops")])
    watched.worker().run_due()
    watched.read_deleted_secret()
    watched.pass_time(hours=3)
    worker = watched.worker()
    worker.run_due()
    assert [each["NewStateValue"] for each in told()] == ["ALARM"]
    worker.run_due()
    assert watched.state("deleted") == "OK"


def test_a_default_value_counts_where_events_came_and_none_matched(watched: Watched) -> None:
    watched.put_alarm("deleted", default=0.0, TreatMissingData="missing")
    watched.worker().run_due()
    _describe(watched, 1)
    watched.pass_time(minutes=5, seconds=16)
    watched.worker().run_due()
    assert watched.state("deleted") == "OK"


def test_an_alarm_on_a_dimension_counts_its_events_alone(watched: Watched) -> None:
    transformation = {
        "metricName": "calls",
        "metricNamespace": "Trail",
        "metricValue": "1",
        "dimensions": {"Secret": "$.requestParameters.secretId"},
    }
    watched.client("logs").put_metric_filter(
        logGroupName=GROUP, filterName="calls", filterPattern=_ALL, metricTransformations=[transformation]
    )
    for name, secret in (("mine", "s"), ("another", "t")):
        dimensions = [{"Name": "Secret", "Value": secret}]
        definition = alarm(name, MetricName="calls", Dimensions=dimensions)
        watched.client("cloudwatch").put_metric_alarm(**definition)
    _describe(watched, 2)
    watched.worker().run_due()
    assert (watched.state("mine"), watched.state("another")) == ("ALARM", "OK")
    assert _counted(watched, "mine") == 2.0


def test_an_alarm_whose_metric_nothing_counts_lacks_data(watched: Watched) -> None:
    watched.put_alarm("deleted", TreatMissingData="missing")
    watched.worker().run_due()
    assert watched.state("deleted") == "INSUFFICIENT_DATA"


def test_a_trail_row_that_was_edited_is_recorded_as_an_event_and_counts_nothing(watched: Watched) -> None:
    watched.put_alarm("tampered", '{ $.eventName = "TrailTampered" }')
    worker = watched.worker()
    worker.run_due()
    _describe(watched, 2)
    with watched.vault.store._engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE trail SET event = replace(event, 'DescribeSecret', 'ListSecrets') WHERE seq = "
            "(SELECT max(seq) FROM trail WHERE event LIKE '%DescribeSecret%')".replace("%", "%%")
        )
    worker.run_due()
    worker.run_due()
    assert watched.state("tampered") == "ALARM"
    assert _counted(watched, "tampered") == 1.0


@pytest.mark.parametrize("table", ["alarms", "metric_filters", "notifications", "alarm_history"])
def test_an_edited_row_is_refused_and_named(watched: Watched, table: str) -> None:
    watched.put_alarm("deleted", AlarmActions=[topic("ops")])
    watched.worker().run_due()
    watched.read_deleted_secret()
    with watched.vault.store.transaction() as tx:
        Watching(tx).round("another", watched.now() + LEASE)
    assert _faults(watched) == []
    with watched.vault.store._engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {table} SET state = replace(state, 'us-east-1', 'us-east-2')")
    assert _faults(watched) != []


@pytest.mark.parametrize("table", ["alarms", "metric_filters"])
def test_an_alarm_that_was_taken_out_past_the_store_is_missed(watched: Watched, table: str) -> None:
    watched.put_alarm("deleted")
    with watched.vault.store._engine.begin() as connection:
        connection.exec_driver_sql(f"DELETE FROM {table}")
    assert len(_faults(watched)) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM alarms WHERE name = 'victim'",
        "UPDATE alarms SET state = replace(state, '300', '301') WHERE name = 'victim'",
        "DELETE FROM metric_filters WHERE name = 'victim'",
        "UPDATE meta SET value = substr(value, 2) WHERE name = 'alarm_list'",
    ],
)
def test_what_was_tampered_with_is_an_event_once_and_stops_no_other_alarm(watched: Watched, statement: str) -> None:
    watched.put_alarm("tampered", '{ $.eventName = "AlarmTampered" }')
    watched.put_alarm("victim")
    worker = watched.worker()
    worker.run_due()
    with watched.vault.store._engine.begin() as connection:
        connection.exec_driver_sql(statement)
    for _ in range(3):
        worker.run_due()
    assert watched.state("tampered") == "ALARM"
    assert _counted(watched, "tampered") == 1.0


def test_a_notification_that_was_edited_stops_no_other(
    watched: Watched, told: Callable[[], list[dict[str, Any]]]
) -> None:
    cloudwatch = watched.client("cloudwatch")
    for name in ("first", "second"):
        watched.put_alarm(name, AlarmActions=[topic("ops")])
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="tried")
    with watched.vault.store._engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE notifications SET state = replace(state, 'ops', 'odd') WHERE due = "
            "(SELECT min(due) FROM notifications)"
        )
    watched.worker().run_due()
    assert [each["AlarmName"] for each in told()] == ["second"]


@pytest.mark.parametrize("change", ["UPDATE meta SET value = substr(value, 2)", "DELETE FROM meta"])
def test_how_far_the_trail_was_read_cannot_be_set_past_the_store_unseen(watched: Watched, change: str) -> None:
    watched.put_alarm("tampered", '{ $.eventName = "AlarmTampered" }')
    with watched.vault.store._engine.begin() as connection:
        connection.exec_driver_sql(f"{change} WHERE name = 'alarm_reading'")
    assert len(_faults(watched)) == 1
    worker = watched.worker()
    for _ in range(3):
        worker.run_due()
    assert watched.state("tampered") == "ALARM"
    assert _counted(watched, "tampered") == 1.0
    assert _faults(watched) == []


def test_a_store_without_alarms_is_not_read_for_them(watched: Watched) -> None:
    watched.worker().run_due()
    with watched.vault.store.transaction() as tx:
        assert tx.alarms.reading is None


def test_the_first_filter_after_a_while_begins_where_the_trail_ends(watched: Watched) -> None:
    watched.put_alarm("deleted")
    watched.client("logs").delete_metric_filter(logGroupName=GROUP, filterName="deleted")
    _describe(watched, 3)
    watched.put_alarm("many", _ALL, Threshold=1000.0)
    _describe(watched, 2)
    watched.worker().run_due()
    assert _counted(watched, "many") == 2.0
