"""Deleting, waiting, restoring."""

from __future__ import annotations

from typing import Any

import pytest

from tests.testing.vault_bench import ACCOUNT, FUNCTION, REGION, Bench
from vault.domain.errors import InvalidRequest, ResourceNotFound

MARKED = "You can't perform this operation on the secret because it was marked for deletion."


@pytest.fixture
def deleted(bench: Bench) -> Bench:
    """A bench whose secret `n` is pending deletion."""
    bench.call("CreateSecret", Name="n", SecretString="one")
    bench.call("PutSecretValue", SecretId="n", SecretString="two")
    bench.call("DeleteSecret", SecretId="n", RecoveryWindowInDays=7)
    return bench


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("GetSecretValue", {}),
        ("PutSecretValue", {"SecretString": "v"}),
        ("UpdateSecret", {"Description": "d"}),
        ("UpdateSecretVersionStage", {"VersionStage": "blue"}),
        ("RotateSecret", {"RotationLambdaARN": FUNCTION}),
        ("CancelRotateSecret", {}),
        ("DeleteSecret", {}),
    ],
)
def test_a_secret_marked_for_deletion_refuses(deleted: Bench, operation: str, request_: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        deleted.call(operation, SecretId="n", **request_)
    assert refused.value.message == MARKED


def test_its_name_cannot_be_taken(deleted: Bench) -> None:
    with pytest.raises(InvalidRequest) as refused:
        deleted.call("CreateSecret", Name="n")
    assert refused.value.message == (
        "You can't create this secret because a secret with this name is already scheduled for deletion."
    )


def test_describe_shows_when_it_will_be_gone(deleted: Bench) -> None:
    shown = deleted.call("DescribeSecret", SecretId="n")["DeletedDate"]
    assert (shown - deleted.now).days == 7


def test_restoring_gives_back_every_version(deleted: Bench) -> None:
    deleted.call("RestoreSecret", SecretId="n")
    assert (deleted.value("n"), deleted.value("n", VersionStage="AWSPREVIOUS")) == ("two", "one")
    assert "DeletedDate" not in deleted.call("DescribeSecret", SecretId="n")


def test_restoring_a_live_secret_changes_nothing(bench: Bench) -> None:
    bench.call("CreateSecret", Name="n", SecretString="v")
    before = bench.call("DescribeSecret", SecretId="n")
    bench.pass_time(hours=1)
    bench.call("RestoreSecret", SecretId="n")
    assert bench.call("DescribeSecret", SecretId="n") == before


def test_after_the_window_the_secret_is_gone_before_anything_purged_it(deleted: Bench) -> None:
    deleted.pass_time(days=7)
    with pytest.raises(ResourceNotFound):
        deleted.call("RestoreSecret", SecretId="n")
    assert deleted.call("ListSecrets", IncludePlannedDeletion=True)["SecretList"] == []


def test_after_the_window_the_name_is_free_and_gets_another_arn(deleted: Bench) -> None:
    old = deleted.call("DescribeSecret", SecretId="n")["ARN"]
    deleted.pass_time(days=7)
    assert deleted.call("CreateSecret", Name="n", SecretString="new")["ARN"] != old


def test_a_purge_takes_out_what_is_due_and_only_that(deleted: Bench) -> None:
    deleted.call("CreateSecret", Name="live", SecretString="v")
    deleted.call("CreateSecret", Name="later", SecretString="v")
    deleted.call("DeleteSecret", SecretId="later")
    arn = deleted.call("DescribeSecret", SecretId="n")["ARN"]
    deleted.pass_time(days=7)
    with deleted.services() as services:
        assert services.secrets.purge(deleted.now) == [arn]
    shown = deleted.call("ListSecrets", IncludePlannedDeletion=True)["SecretList"]
    assert {each["Name"] for each in shown} == {"live", "later"}


def test_a_forced_deletion_is_immediate(bench: Bench) -> None:
    bench.call("CreateSecret", Name="n", SecretString="v")
    bench.call("DeleteSecret", SecretId="n", ForceDeleteWithoutRecovery=True)
    with pytest.raises(ResourceNotFound):
        bench.call("DescribeSecret", SecretId="n")


def test_a_pending_deletion_can_be_forced(deleted: Bench) -> None:
    deleted.call("DeleteSecret", SecretId="n", ForceDeleteWithoutRecovery=True)
    assert "VersionId" in deleted.call("CreateSecret", Name="n", SecretString="again")


def test_a_forced_deletion_of_nothing_succeeds(bench: Bench) -> None:
    answer = bench.call("DeleteSecret", SecretId="absent", ForceDeleteWithoutRecovery=True)
    assert answer == {
        "ARN": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:absent",
        "Name": "absent",
        "DeletionDate": bench.now,
    }


def test_a_deletion_of_nothing_without_force_is_refused(bench: Bench) -> None:
    with pytest.raises(ResourceNotFound):
        bench.call("DeleteSecret", SecretId="absent")
