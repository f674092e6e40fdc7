"""Rotation: what RotateSecret sets up, and the jobs a worker takes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.testing.vault_bench import FUNCTION, Bench, token
from vault.domain.errors import AccessDenied, InvalidRequest, ResourceNotFound, RotationUnfinished
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


def _claimed(bench: Bench, arn: str) -> ClaimedRotation:
    claimed = _claim(bench, arn)
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


def _test(bench: Bench, arn: str, error: str = "") -> ClaimedRotation:
    """Do what a test of a rotation does."""
    claimed = _claimed(bench, arn)
    put = {"SecretId": arn, "ClientRequestToken": claimed.token, "VersionStages": ["AWSPENDING"]}
    bench.call("PutSecretValue", **put, SecretString=bench.value("n"))
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
