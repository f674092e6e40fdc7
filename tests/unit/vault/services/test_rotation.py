"""Rotation: what RotateSecret sets up, and the jobs a worker takes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.testing.vault_bench import FUNCTION, Bench, token
from vault.domain.errors import AccessDenied, InvalidParameter, InvalidRequest, ResourceNotFound, RotationUnfinished
from vault.domain.rotation_job import LEASE, JobKind, JobState, RetryRules
from vault.services.rotation_work import ClaimedRotation

DAILY = {"AutomaticallyAfterDays": 1}


@pytest.fixture
def secret(bench: Bench) -> str:
    """The ARN of a secret with a value."""
    arn: str = bench.call("CreateSecret", Name="n", SecretString="old")["ARN"]
    return arn


def _rotate(bench: Bench, **request: Any) -> str:
    answer = bench.call("RotateSecret", SecretId="n", **{"RotationLambdaARN": FUNCTION, **request})
    version: str = answer["VersionId"]
    return version


def _due(bench: Bench) -> list[str]:
    with bench.services() as services:
        return services.rotation_work.due(bench.now, 10)


def _claim(bench: Bench, arn: str, owner: str = "worker") -> ClaimedRotation | None:
    with bench.services() as services:
        return services.rotation_work.claim(arn, owner, bench.now)


def _claimed(bench: Bench, arn: str, owner: str = "worker") -> ClaimedRotation:
    claimed = _claim(bench, arn, owner)
    assert claimed is not None
    return claimed


def _events(bench: Bench) -> list[str]:
    """The names of what the service recorded by itself."""
    with bench.store.transaction() as tx:
        rows = [row for head in tx.trail.heads() for row in tx.trail.read(head.writer)]
    return [row.event["eventName"] for row in rows if "serviceEventDetails" in row.event]


def _run(bench: Bench, arn: str, value: str = "new") -> str:
    """Do what a rotation function does, and finish."""
    claimed = _claimed(bench, arn)
    current = next(each for each, held in bench.stages("n").items() if "AWSCURRENT" in held)
    put = {"SecretId": arn, "ClientRequestToken": claimed.token, "VersionStages": ["AWSPENDING"]}
    bench.call("PutSecretValue", **put, SecretString=value)
    move = {"MoveToVersionId": claimed.token, "RemoveFromVersionId": current}
    bench.call("UpdateSecretVersionStage", SecretId=arn, VersionStage="AWSCURRENT", **move)
    with bench.services() as services:
        services.rotation_work.finished(claimed, bench.now)
    return claimed.token


def test_no_rotation_member_is_shown_before_rotation_is_set_up(bench: Bench, secret: str) -> None:
    assert not [name for name in bench.call("DescribeSecret", SecretId="n") if "Rotat" in name]


def test_a_rotation_starts_with_a_pending_version_without_a_value(bench: Bench, secret: str) -> None:
    version = _rotate(bench)
    assert bench.stages("n")[version] == ["AWSPENDING"]
    for request in ({"VersionStage": "AWSPENDING"}, {"VersionId": version}):
        with pytest.raises(ResourceNotFound):
            bench.value("n", **request)


def test_a_finished_rotation_has_moved_the_value(bench: Bench, secret: str) -> None:
    _rotate(bench, RotationRules=DAILY)
    bench.pass_time(minutes=1)
    version = _run(bench, secret)
    shown = bench.call("DescribeSecret", SecretId="n")
    assert bench.value("n") == "new"
    assert bench.stages("n")[version] == ["AWSCURRENT", "AWSPENDING"]
    assert shown["LastRotatedDate"] == shown["LastChangedDate"] == bench.now
    assert shown["NextRotationDate"] == (bench.now + timedelta(days=2)).replace(hour=0, minute=0) - timedelta(seconds=1)
    assert _due(bench) == []


def test_a_next_rotation_may_start_with_pending_on_the_current_version(bench: Bench, secret: str) -> None:
    _rotate(bench)
    _run(bench, secret)
    assert bench.call("RotateSecret", SecretId="n")["VersionId"] in bench.stages("n")


def test_without_a_function_nothing_is_stored(bench: Bench, secret: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        bench.call("RotateSecret", SecretId="n", RotationRules=DAILY)
    assert refused.value.message == "No Lambda rotation function ARN is associated with this secret."
    assert "RotationEnabled" not in bench.call("DescribeSecret", SecretId="n")


def test_an_unknown_function_is_refused_and_nothing_is_stored(bench: Bench, secret: str) -> None:
    with pytest.raises(AccessDenied) as refused:
        _rotate(bench, RotationLambdaARN=FUNCTION + "-other")
    assert refused.value.message == (
        "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access "
        "to the principal secretsmanager.amazonaws.com."
    )
    assert "RotationEnabled" not in bench.call("DescribeSecret", SecretId="n")


def test_an_unfinished_rotation_refuses_another(bench: Bench, secret: str) -> None:
    _rotate(bench)
    with pytest.raises(RotationUnfinished) as refused:
        _rotate(bench)
    assert refused.value.message == "A previous rotation isn't complete. That rotation will be reattempted."
    assert refused.value.arn == secret


def test_the_same_rotation_again_changes_nothing(bench: Bench, secret: str) -> None:
    repeated = token()
    assert _rotate(bench, ClientRequestToken=repeated) == _rotate(bench, ClientRequestToken=repeated) == repeated


def test_a_rotation_that_is_not_immediate_is_set_up_and_its_function_to_be_tested(bench: Bench, secret: str) -> None:
    _rotate(bench, RotateImmediately=False, RotationRules=DAILY)
    assert list(bench.stages("n").values()) == [["AWSCURRENT"]]
    assert bench.call("DescribeSecret", SecretId="n")["RotationEnabled"] is True
    assert _claimed(bench, secret).kind is JobKind.TEST


def _test(bench: Bench, arn: str, error: str = "", secret_id: str = "n") -> ClaimedRotation:
    """Do what a test of a rotation does."""
    claimed = _claimed(bench, arn)
    put = {"SecretId": arn, "ClientRequestToken": claimed.token, "VersionStages": ["AWSPENDING"]}
    bench.call("PutSecretValue", **put, SecretString=bench.value(secret_id))
    with bench.services() as services:
        services.rotation_work.tested(claimed, bench.now, error)
    return claimed


@pytest.mark.parametrize(("error", "event"), [("", "TestRotationSucceeded"), ("testSecret: no", "TestRotationFailed")])
def test_a_test_leaves_the_value_and_no_label_behind(bench: Bench, secret: str, error: str, event: str) -> None:
    _rotate(bench, RotateImmediately=False, RotationRules=DAILY)
    _test(bench, secret, error)
    assert list(bench.stages("n").values()) == [["AWSCURRENT"]]
    assert bench.value("n") == "old"
    assert _due(bench) == []
    assert _events(bench) == ["TestRotationStarted", event]


def test_a_rotation_does_not_wait_for_a_test(bench: Bench, secret: str) -> None:
    _rotate(bench, RotateImmediately=False)
    tested = _claimed(bench, secret)
    version = _rotate(bench)
    assert _claimed(bench, secret).token == version
    with bench.services() as services, pytest.raises(ResourceNotFound):
        services.rotation_work.tested(tested, bench.now)


def test_a_secret_without_a_value_is_not_tested(bench: Bench) -> None:
    bench.call("CreateSecret", Name="n")
    _rotate(bench, RotateImmediately=False)
    assert _due(bench) == []


def test_a_schedule_opens_and_is_claimed_once(bench: Bench, secret: str) -> None:
    _rotate(bench, RotateImmediately=False, RotationRules=DAILY)
    _test(bench, secret)
    bench.pass_time(hours=12)
    assert _due(bench) == [secret]
    claimed = _claim(bench, secret)
    assert claimed is not None
    assert (claimed.function_arn, claimed.attempt) == (FUNCTION, 1)
    assert bench.stages("n")[claimed.token] == ["AWSPENDING"]
    assert _claim(bench, secret, "other") is None
    assert _due(bench) == []


def test_a_lost_worker_leaves_the_job_to_another(bench: Bench, secret: str) -> None:
    version = _rotate(bench)
    _claim(bench, secret)
    bench.now += LEASE
    again = _claim(bench, secret, "other")
    assert again is not None
    assert (again.token, again.attempt) == (version, 2)


def test_a_rotation_is_not_finished_before_current_has_moved(bench: Bench, secret: str) -> None:
    _rotate(bench)
    claimed = _claimed(bench, secret)
    with bench.services() as services, pytest.raises(InvalidRequest):
        services.rotation_work.finished(claimed, bench.now)


def test_a_failed_attempt_waits_and_keeps_its_token(bench: Bench, secret: str) -> None:
    version = _rotate(bench)
    first = _claimed(bench, secret)
    with bench.services() as services:
        job = services.rotation_work.failed(first, "setSecret failed", bench.now)
    assert _due(bench) == []
    assert job.due is not None
    bench.now = job.due
    claimed = _claim(bench, secret)
    assert claimed is not None
    assert claimed.token == version
    assert bench.value("n") == "old"


def _fail_wholly(bench: Bench, arn: str) -> str:
    version = _rotate(bench)
    for _ in range(RetryRules().attempts):
        bench.pass_time(hours=1)
        claimed = _claimed(bench, arn)
        with bench.services() as services:
            job = services.rotation_work.failed(claimed, "no", bench.now)
    assert job.state is JobState.FAILED
    return version


def test_a_job_that_failed_wholly_waits_for_the_next_call(bench: Bench, secret: str) -> None:
    version = _fail_wholly(bench, secret)
    bench.pass_time(days=100)
    assert _due(bench) == []
    with pytest.raises(RotationUnfinished):
        _rotate(bench)
    with bench.services() as services:
        services.rotation.reattempt(secret, bench.now)
    claimed = _claim(bench, secret)
    assert claimed is not None
    assert (claimed.token, claimed.attempt) == (version, 1)


def test_a_value_put_by_hand_abandons_the_rotation(bench: Bench, secret: str) -> None:
    version = _rotate(bench)
    claimed = _claimed(bench, secret)
    put = bench.call("PutSecretValue", SecretId="n", SecretString="by hand")["VersionId"]
    assert version not in bench.stages("n")
    assert bench.stages("n")[put] == ["AWSCURRENT"]
    assert _due(bench) == []
    with bench.services() as services, pytest.raises(ResourceNotFound):
        services.rotation_work.finished(claimed, bench.now)
    assert _events(bench) == ["RotationStarted", "RotationAbandoned"]


def test_a_value_put_by_hand_counts_as_a_rotation(bench: Bench, secret: str) -> None:
    _rotate(bench, RotateImmediately=False, RotationRules={"AutomaticallyAfterDays": 3})
    before = bench.call("DescribeSecret", SecretId="n")["NextRotationDate"]
    bench.pass_time(days=1)
    bench.call("PutSecretValue", SecretId="n", SecretString="by hand")
    assert bench.call("DescribeSecret", SecretId="n")["NextRotationDate"] == before + timedelta(days=1)


def test_cancelling_keeps_the_function_and_names_the_pending_version(bench: Bench, secret: str) -> None:
    version = _rotate(bench, RotationRules=DAILY)
    answer = bench.call("CancelRotateSecret", SecretId="n")
    shown = bench.call("DescribeSecret", SecretId="n")
    assert answer["VersionId"] == version
    assert (shown["RotationEnabled"], shown["RotationLambdaARN"], shown["RotationRules"]) == (False, FUNCTION, DAILY)
    assert "NextRotationDate" not in shown
    assert bench.stages("n")[version] == ["AWSPENDING"]
    bench.pass_time(days=5)
    assert _due(bench) == []


def test_the_last_rotation_is_not_described_while_rotation_is_off_but_listed(bench: Bench, secret: str) -> None:
    _rotate(bench)
    _run(bench, secret)
    bench.call("CancelRotateSecret", SecretId="n")
    assert "LastRotatedDate" not in bench.call("DescribeSecret", SecretId="n")
    assert bench.call("ListSecrets")["SecretList"][0]["LastRotatedDate"] == bench.now


def test_a_cancelled_rotation_is_not_reattempted(bench: Bench, secret: str) -> None:
    _rotate(bench)
    bench.call("CancelRotateSecret", SecretId="n")
    with bench.services() as services:
        services.rotation.reattempt(secret, bench.now)
    assert _due(bench) == []


def test_cancelling_what_never_rotated_is_refused(bench: Bench, secret: str) -> None:
    with pytest.raises(InvalidRequest):
        bench.call("CancelRotateSecret", SecretId="n")


def test_a_secret_pending_deletion_does_not_rotate(bench: Bench, secret: str) -> None:
    _rotate(bench, RotationRules=DAILY)
    bench.call("DeleteSecret", SecretId="n")
    bench.pass_time(days=3)
    assert _due(bench) == []
    assert _claim(bench, secret) is None
    bench.call("RestoreSecret", SecretId="n")
    assert _due(bench) == [secret]


def test_a_secret_without_a_value_gets_its_first_by_rotation(bench: Bench) -> None:
    arn = bench.call("CreateSecret", Name="n")["ARN"]
    _rotate(bench)
    claimed = _claim(bench, arn)
    assert claimed is not None
    put = {"SecretId": arn, "ClientRequestToken": claimed.token, "VersionStages": ["AWSPENDING"]}
    bench.call("PutSecretValue", **put, SecretString="first")
    move = {"VersionStage": "AWSCURRENT", "MoveToVersionId": claimed.token}
    bench.call("UpdateSecretVersionStage", SecretId=arn, **move)
    assert bench.value("n") == "first"


HOURLY = {"ScheduleExpression": "rate(4 hours)"}


def test_a_window_that_went_by_is_told_of_and_the_next_one_waited_for(bench: Bench, secret: str) -> None:
    _rotate(bench, RotateImmediately=False, RotationRules=HOURLY)
    _test(bench, secret)
    bench.pass_time(hours=6)
    assert _due(bench) == [secret]
    assert _claim(bench, secret) is None
    assert _events(bench)[-1] == "RotationFailed"
    assert _due(bench) == []
    bench.pass_time(hours=2)
    assert _claimed(bench, secret).attempt == 1


def test_an_attempt_that_fails_at_the_end_of_the_window_is_the_last(bench: Bench, secret: str) -> None:
    _rotate(bench, RotateImmediately=False, RotationRules=HOURLY)
    _test(bench, secret)
    bench.pass_time(hours=4, minutes=59)
    claimed = _claimed(bench, secret)
    with bench.services() as services:
        job = services.rotation_work.failed(claimed, "no", bench.now)
    assert job.state is JobState.FAILED
    assert _events(bench)[-2:] == ["RotationStarted", "RotationFailed"]
    assert bench.call("DescribeSecret", SecretId="n")["NextRotationDate"] > bench.now
    assert _due(bench) == []
    bench.pass_time(hours=3, minutes=2)
    again = _claimed(bench, secret)
    assert (again.token, again.attempt) == (claimed.token, 1)


def test_a_failed_rotation_whose_next_window_went_by_waits_for_another(bench: Bench, secret: str) -> None:
    _rotate(bench, RotateImmediately=False, RotationRules=HOURLY)
    _test(bench, secret)
    bench.pass_time(hours=4, minutes=59)
    claimed = _claimed(bench, secret)
    with bench.services() as services:
        services.rotation_work.failed(claimed, "no", bench.now)
    bench.pass_time(hours=5)
    assert _claim(bench, secret) is None
    bench.pass_time(hours=2, minutes=2)
    assert _claimed(bench, secret).token == claimed.token


def test_a_failed_attempt_is_told_as_such_and_the_rotation_as_failed_once(bench: Bench, secret: str) -> None:
    _fail_wholly(bench, secret)
    ended = [name for name in _events(bench) if name != "RotationStarted"]
    assert ended == ["RotationAttemptFailed"] * 4 + ["RotationFailed"]


def test_a_label_left_by_hand_lets_the_window_go_by_and_others_begin(bench: Bench, secret: str) -> None:
    _rotate(bench, RotateImmediately=False, RotationRules=HOURLY)
    _test(bench, secret)
    bench.call("PutSecretValue", SecretId="n", SecretString="later", VersionStages=["AWSPENDING"])
    bench.pass_time(hours=4)
    assert _claim(bench, secret) is None
    assert _events(bench)[-1] == "RotationFailed"
    assert _due(bench) == []


def test_what_is_due_comes_in_the_order_of_its_time(bench: Bench) -> None:
    for name, hours in (("b", 8), ("a", 4), ("c", 12)):
        bench.call("CreateSecret", Name=name, SecretString="v")
        rules = {"ScheduleExpression": f"rate({hours} hours)"}
        request = {"RotationLambdaARN": FUNCTION, "RotateImmediately": False}
        arn = bench.call("RotateSecret", SecretId=name, RotationRules=rules, **request)["ARN"]
        _test(bench, arn, secret_id=name)
    bench.pass_time(hours=12)
    assert [arn.rpartition(":")[2][0] for arn in _due(bench)] == ["a", "b", "c"]


def test_no_more_is_found_than_is_asked_for(bench: Bench) -> None:
    for name in ("a", "b", "c"):
        bench.call("CreateSecret", Name=name, SecretString="v")
        bench.call("RotateSecret", SecretId=name, RotationLambdaARN=FUNCTION)
    with bench.services() as services:
        assert len(services.rotation_work.due(bench.now, 2)) == 2


def test_a_lease_that_is_renewed_outlasts_its_first_end(bench: Bench, secret: str) -> None:
    _rotate(bench)
    claimed = _claimed(bench, secret)
    bench.now += LEASE / 2
    with bench.services() as services:
        assert services.rotation_work.renew(claimed, bench.now)
    bench.now += LEASE / 2
    assert _claim(bench, secret, "other") is None


def test_a_worker_that_lost_its_job_can_do_nothing_about_it_any_more(bench: Bench, secret: str) -> None:
    _rotate(bench)
    lost = _claimed(bench, secret)
    bench.now += LEASE
    _claimed(bench, secret, "other")
    with bench.services() as services:
        assert not services.rotation_work.renew(lost, bench.now)
        for end in (
            lambda: services.rotation_work.finished(lost, bench.now),
            lambda: services.rotation_work.failed(lost, "no", bench.now),
        ):
            with pytest.raises(ResourceNotFound):
                end()


def test_a_value_is_put_with_the_rotation_token_that_the_function_was_given(bench: Bench, secret: str) -> None:
    _rotate(bench)
    claimed = _claimed(bench, secret)
    put = {"SecretId": secret, "ClientRequestToken": claimed.token, "VersionStages": ["AWSPENDING"]}
    with pytest.raises(InvalidParameter):
        bench.call("PutSecretValue", **put, SecretString="new", RotationToken=token())
    bench.call("PutSecretValue", **put, SecretString="new", RotationToken=claimed.rotation_token)
    assert bench.value("n", VersionStage="AWSPENDING") == "new"
