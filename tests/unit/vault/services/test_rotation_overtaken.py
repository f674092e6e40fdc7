"""Rotations that something done by hand has overtaken: none comes for ever, none keeps another from beginning."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event

from strongroom.kernel.leaktags import GRACE, LEAKED, REFUSED
from tests.testing.vault_bench import FUNCTION, Bench, token
from vault.domain.errors import InvalidRequest, RotationUnfinished
from vault.domain.rotation_job import JobKind, JobState, RetryRules, RotationJob
from vault.services.rotation_work import ClaimedRotation

HOURLY = {"ScheduleExpression": "rate(4 hours)"}


@pytest.fixture
def secret(bench: Bench) -> str:
    """The ARN of a secret with a value."""
    arn: str = bench.call("CreateSecret", Name="n", SecretString="old")["ARN"]
    return arn


def _rotate(bench: Bench, **request: Any) -> str:
    version: str = bench.call("RotateSecret", SecretId="n", **{"RotationLambdaARN": FUNCTION, **request})["VersionId"]
    return version


def _due(bench: Bench) -> list[str]:
    with bench.services() as services:
        found: list[str] = services.rotation_work.due(bench.now, 10)
    return found


def _claim(bench: Bench, arn: str) -> ClaimedRotation | None:
    with bench.services() as services:
        claimed: ClaimedRotation | None = services.rotation_work.claim(arn, "worker", bench.now)
    return claimed


def _claimed(bench: Bench, arn: str) -> ClaimedRotation:
    claimed = _claim(bench, arn)
    assert claimed is not None
    return claimed


def _job(bench: Bench, arn: str) -> RotationJob | None:
    with bench.store.transaction() as tx:
        job: RotationJob | None = tx.rotation_jobs.find(arn)
    return job


def _events(bench: Bench) -> list[str]:
    with bench.store.transaction() as tx:
        rows = [row for head in tx.trail.heads() for row in tx.trail.read(head.writer)]
    return [row.event["eventName"] for row in rows if "serviceEventDetails" in row.event]


def _fail(bench: Bench, claimed: ClaimedRotation) -> RotationJob:
    with bench.services() as services:
        job: RotationJob = services.rotation_work.failed(claimed, "no", bench.now)
    return job


def _fail_wholly(bench: Bench, arn: str) -> str:
    version = _rotate(bench)
    for _ in range(RetryRules().attempts):
        bench.pass_time(hours=1)
        job = _fail(bench, _claimed(bench, arn))
    assert job.state is JobState.FAILED
    return version


def _take_label_off(bench: Bench, version: str) -> None:
    bench.call("UpdateSecretVersionStage", SecretId="n", VersionStage="AWSPENDING", RemoveFromVersionId=version)


def _look_after(bench: Bench, arn: str, ends_at: datetime | None = None) -> RotationJob:
    """Have the first of two versions looked after, as the rotation that replaced it leaves it."""
    first = next(iter(bench.stages("n")))
    bench.call("TagResource", SecretId="n", Tags=[{"Key": LEAKED, "Value": first}])
    bench.call("PutSecretValue", SecretId="n", SecretString="new")
    job = _job(bench, arn)
    assert job is not None
    assert (job.kind, job.token) == (JobKind.LEAK, first)
    if ends_at is not None:
        with bench.store.transaction() as tx:
            tx.rotation_jobs.save(job.postponed(ends_at))
    return job


@contextmanager
def _asked_of_jobs(bench: Bench) -> Iterator[list[str]]:
    """Yield the first words of what the database is asked about rotation jobs while the block runs."""
    asked: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if "rotation_jobs" in statement:
            asked.append(statement.split()[0])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_where_nothing_rotates_a_value_is_put_and_read_without_a_look_at_jobs(bench: Bench, secret: str) -> None:
    with _asked_of_jobs(bench) as asked:
        bench.call("PutSecretValue", SecretId="n", SecretString="new")
        assert bench.value("n") == "new"
    assert asked == []


def test_where_nothing_leaked_a_value_is_put_without_a_job_being_written(bench: Bench, secret: str) -> None:
    _rotate(bench, RotateImmediately=False)
    bench.call("PutSecretValue", SecretId="n", SecretString="ends the test")
    with _asked_of_jobs(bench) as asked:
        bench.call("PutSecretValue", SecretId="n", SecretString="new")
    assert set(asked) == {"SELECT"}
    with _asked_of_jobs(bench) as asked:
        assert bench.value("n") == "new"
    assert asked == []


def test_a_retry_whose_label_was_taken_off_is_abandoned(bench: Bench, secret: str) -> None:
    version = _rotate(bench)
    job = _fail(bench, _claimed(bench, secret))
    assert job.due is not None
    _take_label_off(bench, version)
    bench.now = job.due
    assert _claim(bench, secret) is None
    assert _events(bench)[-1] == "RotationAbandoned"
    assert _due(bench) == []


def test_a_schedule_goes_on_after_the_label_of_a_failed_rotation_was_taken_off(bench: Bench, secret: str) -> None:
    _rotate(bench, RotationRules=HOURLY)
    bench.pass_time(hours=4, minutes=59)
    failed = _claimed(bench, secret)
    for _ in range(RetryRules().attempts):
        job = _fail(bench, failed)
        assert job.due is not None
        bench.now = job.due
        if job.state is JobState.FAILED:
            break
        failed = _claimed(bench, secret)
    _take_label_off(bench, failed.token)
    claimed = _claimed(bench, secret)
    assert (claimed.token != failed.token, claimed.attempt) == (True, 1)


def test_a_schedule_set_after_a_failure_without_one_begins_its_rotations(bench: Bench, secret: str) -> None:
    _take_label_off(bench, _fail_wholly(bench, secret))
    _rotate(bench, RotateImmediately=False, RotationRules=HOURLY)
    assert _events(bench)[-1] == "RotationAbandoned"
    tested = _claimed(bench, secret)
    assert tested.kind is JobKind.TEST
    with bench.services() as services:
        services.rotation_work.tested(tested, bench.now)
    bench.pass_time(hours=4)
    assert _due(bench) == [secret]


def _schedule(bench: Bench, arn: str) -> None:
    """Have a secret rotate every four hours, an hour long; its function is tested."""
    _rotate(bench, RotateImmediately=False, RotationRules=HOURLY)
    tested = _claimed(bench, arn)
    with bench.services() as services:
        services.rotation_work.tested(tested, bench.now)


def test_another_attempt_does_not_begin_after_its_window_has_closed(bench: Bench, secret: str) -> None:
    _schedule(bench, secret)
    bench.pass_time(hours=4)
    failed = _claimed(bench, secret)
    _fail(bench, failed)
    bench.pass_time(hours=2)
    assert _claim(bench, secret) is None
    assert _events(bench)[-1] == "RotationFailed"
    assert bench.call("DescribeSecret", SecretId="n")["NextRotationDate"] > bench.now
    bench.pass_time(hours=2)
    again = _claimed(bench, secret)
    assert (again.token, again.attempt) == (failed.token, 1)


def test_what_has_failed_keeps_nothing_from_beginning(bench: Bench, secret: str) -> None:
    bench.call("CreateSecret", Name="other", SecretString="v")
    rules = {"RotationLambdaARN": FUNCTION, "RotationRules": HOURLY}
    other = bench.call("RotateSecret", SecretId="other", **rules)["ARN"]
    tested = _claimed(bench, other)
    _schedule(bench, secret)
    bench.pass_time(hours=4)
    job = _fail(bench, tested)
    assert job.due is not None
    bench.now = job.due
    assert _due(bench) == [secret, other]


def test_a_lease_of_a_clock_that_was_set_back_ends_nevertheless(bench: Bench, secret: str) -> None:
    version = _rotate(bench)
    bench.pass_time(days=365)
    _claimed(bench, secret)
    bench.pass_time(days=-365)
    assert _due(bench) == [secret]
    assert _claimed(bench, secret).token == version


def test_an_attempt_that_fell_into_the_next_window_is_made_there(bench: Bench, secret: str) -> None:
    _schedule(bench, secret)
    bench.pass_time(hours=4)
    failed = _claimed(bench, secret)
    _fail(bench, failed)
    bench.pass_time(hours=4)
    assert _claimed(bench, secret).token == failed.token


@pytest.mark.parametrize("left", ["lease", "released"])
def test_what_was_broken_off_in_the_middle_goes_on_whatever_the_hour(bench: Bench, secret: str, left: str) -> None:
    _schedule(bench, secret)
    bench.pass_time(hours=4)
    claimed = _claimed(bench, secret)
    if left == "released":
        with bench.services() as services:
            services.rotation_work.release(claimed, bench.now)
    bench.pass_time(hours=2)
    assert _claimed(bench, secret).token == claimed.token


def test_a_secret_without_room_for_a_pending_label_fails_its_rotation(bench: Bench, secret: str) -> None:
    _schedule(bench, secret)
    current = next(iter(bench.stages("n")))
    for number in range(19):
        move = {"VersionStage": f"custom{number}", "MoveToVersionId": current}
        bench.call("UpdateSecretVersionStage", SecretId="n", **move)
    bench.pass_time(hours=4)
    assert _claim(bench, secret) is None
    assert _events(bench)[-1] == "RotationFailed"
    assert _due(bench) == []


def test_a_test_of_rotation_puts_no_rotation_off(bench: Bench, secret: str) -> None:
    _rotate(bench, RotationRules={"AutomaticallyAfterDays": 30}, RotateImmediately=False)
    before = bench.call("DescribeSecret", SecretId="n")["NextRotationDate"]
    bench.pass_time(days=3)
    _rotate(bench, RotateImmediately=False)
    assert bench.call("DescribeSecret", SecretId="n")["NextRotationDate"] == before


def test_a_rotation_that_is_to_end_a_leaked_value_is_not_left_for_weeks(bench: Bench, secret: str) -> None:
    _rotate(bench, RotateImmediately=False)
    _look_after(bench, secret)
    _fail_wholly(bench, secret)
    bench.pass_time(days=1)
    assert _due(bench) == [secret]


def test_a_secret_with_all_its_tags_is_told_to_be_refused(bench: Bench, secret: str) -> None:
    _rotate(bench, RotateImmediately=False)
    _look_after(bench, secret)
    bench.call("TagResource", SecretId="n", Tags=[{"Key": f"k{number}", "Value": ""} for number in range(49)])
    claimed = _claimed(bench, secret)
    with bench.services() as services:
        services.rotation_work.leak_refused(claimed, bench.now)
    assert REFUSED in {tag["Key"] for tag in bench.call("DescribeSecret", SecretId="n")["Tags"]}


def test_a_version_made_pending_by_hand_is_what_a_refused_call_reattempts(bench: Bench, secret: str) -> None:
    _fail_wholly(bench, secret)
    by_hand = token()
    put = {"SecretId": "n", "ClientRequestToken": by_hand, "VersionStages": ["AWSPENDING"]}
    bench.call("PutSecretValue", **put, SecretString="x")
    with pytest.raises(RotationUnfinished):
        _rotate(bench)
    with bench.services() as services:
        services.rotation.reattempt(secret, bench.now)
    assert _claimed(bench, secret).token == by_hand


def test_a_job_that_nobody_may_run_is_not_found_again_and_again(bench: Bench, secret: str) -> None:
    _rotate(bench)
    job = _job(bench, secret)
    assert job is not None
    bench.call("CancelRotateSecret", SecretId="n")
    with bench.store.transaction() as tx:
        tx.rotation_jobs.save(job)
    assert _claim(bench, secret) is None
    assert _due(bench) == []


def test_a_reminder_is_given_anew_when_rotation_is_asked_for_again(bench: Bench, secret: str) -> None:
    _rotate(bench)
    for _ in range(2):
        claimed = _claimed(bench, secret)
        with bench.services() as services:
            assert services.rotation_work.reminds(claimed, "ask the bank", bench.now)
            services.rotation.reattempt(secret, bench.now)
    assert _events(bench)[-1] == "RotationReminder"


def test_a_pending_version_put_by_hand_does_not_end_the_look_at_a_leaked_value(bench: Bench, secret: str) -> None:
    _rotate(bench, RotateImmediately=False)
    before = _look_after(bench, secret)
    bench.call("PutSecretValue", SecretId="n", SecretString="x", VersionStages=["AWSPENDING"])
    with bench.services() as services:
        services.rotation.reattempt(secret, bench.now)
    rotating = _job(bench, secret)
    assert rotating is not None
    assert (rotating.kind, rotating.ends_at) == (JobKind.ROTATE, before.ends_at)
    bench.call("CancelRotateSecret", SecretId="n")
    after = _job(bench, secret)
    assert after is not None
    assert (after.kind, after.state, after.ends_at) == (JobKind.LEAK, JobState.AFTER, before.ends_at)


def test_a_test_puts_the_look_at_a_leaked_value_off_and_no_more(bench: Bench, secret: str) -> None:
    _rotate(bench, RotateImmediately=False)
    before = _look_after(bench, secret)
    _rotate(bench, RotateImmediately=False)
    tested = _claimed(bench, secret)
    assert tested.kind is JobKind.TEST
    with bench.services() as services:
        services.rotation_work.tested(tested, bench.now)
    after = _job(bench, secret)
    assert after is not None
    assert (after.kind, after.token, after.ends_at) == (JobKind.LEAK, before.token, before.ends_at)


def test_the_grace_of_one_leaked_value_is_not_that_of_the_next(bench: Bench, secret: str) -> None:
    _rotate(bench, RotateImmediately=False)
    _look_after(bench, secret)
    current = next(each for each, held in bench.stages("n").items() if "AWSCURRENT" in held)
    bench.call("TagResource", SecretId="n", Tags=[{"Key": LEAKED, "Value": current}])
    _rotate(bench)
    rotating = _job(bench, secret)
    assert rotating is not None
    assert rotating.ends_at is None


@pytest.mark.parametrize("when", ["before", "between"])
def test_a_tag_that_names_a_version_of_long_ago_has_no_login_of_then_ended(
    bench: Bench, secret: str, when: str
) -> None:
    _rotate(bench, RotateImmediately=False)
    (oldest,) = bench.stages("n")
    bench.call("PutSecretValue", SecretId="n", SecretString="second")
    if when == "between":
        second = next(each for each, held in bench.stages("n").items() if "AWSCURRENT" in held)
        bench.call("TagResource", SecretId="n", Tags=[{"Key": LEAKED, "Value": second}])
    bench.call("PutSecretValue", SecretId="n", SecretString="third")
    _rotate(bench)
    bench.call("TagResource", SecretId="n", Tags=[{"Key": LEAKED, "Value": oldest}, {"Key": GRACE, "Value": "0h"}])
    bench.call("PutSecretValue", SecretId="n", SecretString="fourth")
    assert _job(bench, secret) is None


def test_a_leaked_value_that_is_made_current_again_is_left_alone(bench: Bench, secret: str) -> None:
    _rotate(bench, RotateImmediately=False)
    leaked = _look_after(bench, secret).token
    claimed = _claimed(bench, secret)
    current = next(each for each, held in bench.stages("n").items() if "AWSCURRENT" in held)
    move = {"MoveToVersionId": leaked, "RemoveFromVersionId": current}
    bench.call("UpdateSecretVersionStage", SecretId="n", VersionStage="AWSCURRENT", **move)
    with bench.services() as services:
        assert not services.rotation_work.renew(claimed, bench.now)
    bench.pass_time(days=2)
    assert _claim(bench, secret) is None
    assert _job(bench, secret) is None


@pytest.mark.parametrize("by_hand", ["off", "pending"])
def test_a_leaked_value_is_ended_by_no_rotation_that_may_not_begin(bench: Bench, secret: str, by_hand: str) -> None:
    _rotate(bench, RotateImmediately=False)
    _look_after(bench, secret)
    claimed = _claimed(bench, secret)
    if by_hand == "off":
        bench.call("CancelRotateSecret", SecretId="n")
    else:
        bench.call("PutSecretValue", SecretId="n", SecretString="x", VersionStages=["AWSPENDING"])
    stages = bench.stages("n")
    with bench.services() as services, pytest.raises(InvalidRequest):
        services.rotation_work.leak_rotates(claimed, bench.now + timedelta(days=2))
    assert bench.stages("n") == stages
