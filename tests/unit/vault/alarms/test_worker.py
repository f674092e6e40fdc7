"""The worker beside a server: what fails is tried again, then named; nobody waits for it; no value is told."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.testing.alarms import Watched, new_place, topic
from tests.testing.credentials import made_up_credential
from tests.testing.regions import until
from tests.testing.stub import Answer, Asked, Stub, serving
from vault.alarms import worker as working
from vault.alarms.notices import Credential, WebhookNotice
from vault.bootstrap import open_vault
from vault.domain.notifications import LEASE, MOST_ATTEMPTS


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    """A vault with an alarm that tells `hook`, which is signed with the secret `ops/hook`."""
    vault = open_vault(new_place(tmp_path / "vault"))
    vault.client("secretsmanager").create_secret(Name="ops/hook", SecretString=made_up_credential())
    made = Watched(vault=vault)
    made.put_alarm("deleted", AlarmActions=[topic("hook")])
    yield made
    vault.close()


def _tells(watched: Watched, stub: Stub, **credential: Any) -> None:
    key = Credential(**(credential or {"secret": "ops/hook"}))
    watched.notices = {"hook": WebhookNotice(url=stub.place, signing_key=key)}


def _set_off(watched: Watched) -> None:
    watched.client("cloudwatch").set_alarm_state(AlarmName="deleted", StateValue="ALARM", StateReason="tried")


def _actions(watched: Watched) -> list[str]:
    items = watched.client("cloudwatch").describe_alarm_history(HistoryItemType="Action")["AlarmHistoryItems"]
    return [each["HistorySummary"].split(" action")[0] for each in items]


def test_a_delivery_that_fails_is_tried_again_later_each_time(watched: Watched) -> None:
    answers = iter([500, 503, 200])
    with serving(lambda _: Answer(status=next(answers))) as stub:
        _tells(watched, stub)
        _set_off(watched)
        worker = watched.worker()
        pauses = []
        for number in range(3):
            waited = 0
            while len(stub.asked) == number:
                worker.run_due()
                watched.pass_time(seconds=1)
                waited += 1
            pauses.append(waited)
        assert pauses[0] < pauses[1] < pauses[2]
        assert len({asked.headers["Strongroom-Notification-Id"] for asked in stub.asked}) == 1
    assert _actions(watched) == ["Successfully executed"]


def test_a_delivery_that_never_succeeds_is_given_up_and_named(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(lambda _: Answer(status=500)) as stub:
        _tells(watched, stub)
        _set_off(watched)
        worker = watched.worker()
        for _ in range(MOST_ATTEMPTS + 5):
            worker.run_due()
            watched.pass_time(minutes=16)
        assert len(stub.asked) == MOST_ATTEMPTS
    assert _actions(watched) == ["Failed to execute"]
    (given_up,) = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert given_up == "alarm deleted (ALARM) could not be told to [notify.hook]: the webhook answered 500"


def test_a_worker_that_died_while_it_delivered_leaves_it_to_another(watched: Watched) -> None:
    with serving() as stub:
        _tells(watched, stub)
        _set_off(watched)
        dying = watched.worker()
        assert len(dying._in_turn(lambda tx: dying._take(tx, 1))) == 1
        watched.worker().run_due()
        assert stub.asked == []
        watched.pass_time(seconds=LEASE.total_seconds() + 1)
        watched.worker().run_due()
    assert len(stub.asked) == 1
    assert _actions(watched) == ["Successfully executed"]


@pytest.mark.parametrize(
    ("credential", "told"),
    [
        ({"secret": "ops/absent"}, "the secret ops/absent cannot be read: AccessDeniedException"),
        ({"secret": "ops/hook", "field": "key"}, "the secret ops/hook has no field key"),
        ({"file": Path("/nowhere/key")}, "/nowhere/key cannot be read: No such file or directory"),
    ],
)
def test_a_signing_key_that_is_not_there_is_named(
    watched: Watched, caplog: pytest.LogCaptureFixture, credential: dict[str, Any], told: str
) -> None:
    with serving() as stub:
        _tells(watched, stub, **credential)
        _set_off(watched)
        watched.worker().run_due()
    assert stub.asked == []
    assert told in caplog.text


def test_a_signing_key_in_a_file_is_used_where_only_its_owner_reads_it(
    watched: Watched, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "hook.key"
    file.touch(mode=0o644)
    file.chmod(0o644)
    file.write_text(f"{made_up_credential()}\n")
    with serving() as stub:
        _tells(watched, stub, file=file)
        _set_off(watched)
        watched.worker().run_due()
        assert stub.asked == []
        assert "is open to other users; chmod 600" in caplog.text
        file.chmod(0o600)
        watched.pass_time(seconds=10)
        watched.worker().run_due()
    assert len(stub.asked) == 1


def test_the_value_of_a_signing_key_is_told_nobody(watched: Watched, caplog: pytest.LogCaptureFixture) -> None:
    value = watched.client("secretsmanager").get_secret_value(SecretId="ops/hook")["SecretString"]
    caplog.set_level(logging.DEBUG, "strongroom")
    with serving(lambda _: Answer(status=500)) as stub:
        _tells(watched, stub)
        _set_off(watched)
        watched.worker().run_due()
        shown = repr((stub.asked, watched.notices, caplog.text))
    events = watched.client("logs").filter_log_events(logGroupName="strongroom/trail")["events"]
    assert value not in shown + repr(events)


def test_a_webhook_that_hangs_keeps_nobody(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "POLL_SECONDS", 0.01)
    reached, done = threading.Event(), threading.Event()

    def hang(_: Asked) -> Answer:
        reached.set()
        done.wait(20)
        return Answer()

    with serving(hang) as stub:
        _tells(watched, stub)
        _set_off(watched)
        with watched.worker().running():
            assert reached.wait(20)
            watched.read_deleted_secret()
            watched.put_alarm("other")
            watched.read_deleted_secret("gone-too")
            until(lambda: watched.state("other"), lambda state: state == "ALARM")
            assert not _actions(watched)
            done.set()
    assert set(_actions(watched)) == {"Successfully executed"}


def test_what_fails_is_said_once_and_the_thread_goes_on(
    watched: Watched, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "POLL_SECONDS", 0.01)
    worker = watched.worker()
    rounds: list[bool] = []
    worker.attended = lambda _, well: rounds.append(well)
    failing = {"now": True}
    counting = worker._round

    def round_(tx: Any) -> Any:
        if failing["now"]:
            raise ZeroDivisionError
        return counting(tx)

    monkeypatch.setattr(worker, "_round", round_)
    with worker.running():
        until(lambda: len(rounds), lambda number: number > 5)
        failing["now"] = False
        until(lambda: rounds[-1], lambda well: well)
    assert caplog.text.count("watching the trail failed: ZeroDivisionError") == 1


def test_actions_that_are_switched_off_tell_nobody(watched: Watched) -> None:
    watched.client("cloudwatch").disable_alarm_actions(AlarmNames=["deleted"])
    with serving() as stub:
        _tells(watched, stub)
        _set_off(watched)
        watched.worker().run_due()
    assert (stub.asked, _actions(watched)) == ([], [])


def test_history_is_kept_for_thirty_days(watched: Watched) -> None:
    worker = watched.worker()
    worker.run_due()
    watched.pass_time(days=31)
    watched.put_alarm("young")
    _set_off(watched)
    with watched.vault.store.transaction() as tx:
        tx.alarm_history.forget(watched.now() - timedelta(days=30))
        assert tx.alarm_history.ids() == []
