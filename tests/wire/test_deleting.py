"""DeleteSecret and RestoreSecret."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.testing.wire import refusal

MARKED = "You can't perform this operation on the secret because it was marked for deletion."


@pytest.mark.shows("DeleteSecret", parameters=("SecretId",))
@pytest.mark.shows("RestoreSecret", parameters=("SecretId",))
def test_deletion_hides_and_restoring_brings_back(client: Any, stored: str) -> None:
    client.delete_secret(SecretId=stored)
    assert refusal(client.get_secret_value, SecretId=stored) == ("InvalidRequestException", MARKED)
    answer = client.restore_secret(SecretId=stored)
    assert sorted(answer) == ["ARN", "Name", "ResponseMetadata"]
    assert client.get_secret_value(SecretId=stored)["SecretString"] == "one"
    assert "DeletedDate" not in client.describe_secret(SecretId=stored)


@pytest.mark.parametrize(("request_", "days"), [({}, 30), ({"RecoveryWindowInDays": 7}, 7)])
@pytest.mark.shows("DeleteSecret", parameters=("RecoveryWindowInDays",))
def test_the_date_is_the_end_of_the_window(client: Any, stored: str, request_: dict[str, int], days: int) -> None:
    answer = client.delete_secret(SecretId=stored, **request_)
    left = answer["DeletionDate"] - datetime.now(UTC)
    assert timedelta(days=days, minutes=-5) < left <= timedelta(days=days, minutes=5)
    assert client.describe_secret(SecretId=stored)["DeletedDate"] == answer["DeletionDate"]


@pytest.mark.parametrize("days", [0, 6, 31])
@pytest.mark.shows("DeleteSecret", parameters=("RecoveryWindowInDays",), errors=("InvalidParameterException",))
def test_a_window_out_of_bounds_is_refused(client: Any, stored: str, days: int) -> None:
    code, message = refusal(client.delete_secret, SecretId=stored, RecoveryWindowInDays=days)
    assert (code, "between 7 and 30 days" in message) == ("InvalidParameterException", True)


@pytest.mark.shows(
    "DeleteSecret",
    parameters=("RecoveryWindowInDays", "ForceDeleteWithoutRecovery"),
    errors=("InvalidParameterException",),
)
def test_a_window_and_force_together_are_refused(client: Any, stored: str) -> None:
    both = {"RecoveryWindowInDays": 7, "ForceDeleteWithoutRecovery": True}
    assert refusal(client.delete_secret, SecretId=stored, **both)[0] == "InvalidParameterException"


@pytest.mark.shows("DeleteSecret", parameters=("ForceDeleteWithoutRecovery",))
def test_a_forced_deletion_frees_the_name_for_a_secret_of_another_arn(client: Any, stored: str) -> None:
    arn = client.delete_secret(SecretId=stored, ForceDeleteWithoutRecovery=True)["ARN"]
    assert refusal(client.describe_secret, SecretId=stored)[0] == "ResourceNotFoundException"
    assert client.create_secret(Name=stored)["ARN"] != arn


@pytest.mark.shows("DeleteSecret", parameters=("ForceDeleteWithoutRecovery",))
def test_a_forced_deletion_of_one_pending_or_absent_succeeds(client: Any, stored: str) -> None:
    client.delete_secret(SecretId=stored)
    for _ in range(2):
        assert client.delete_secret(SecretId=stored, ForceDeleteWithoutRecovery=True)["Name"] == stored
    assert refusal(client.describe_secret, SecretId=stored)[0] == "ResourceNotFoundException"


@pytest.mark.shows("DeleteSecret", errors=("ResourceNotFoundException",))
@pytest.mark.shows("RestoreSecret", errors=("ResourceNotFoundException",))
def test_an_absent_secret_is_neither_deleted_nor_restored(client: Any, name: str) -> None:
    for call in (client.delete_secret, client.restore_secret):
        assert refusal(call, SecretId=name)[0] == "ResourceNotFoundException"


@pytest.mark.shows("DeleteSecret", errors=("InvalidRequestException",))
def test_a_deletion_is_not_asked_for_twice(client: Any, stored: str) -> None:
    client.delete_secret(SecretId=stored)
    assert refusal(client.delete_secret, SecretId=stored) == ("InvalidRequestException", MARKED)


@pytest.mark.shows("RestoreSecret", parameters=("SecretId",))
def test_restoring_a_live_secret_changes_nothing(client: Any, stored: str) -> None:
    before = client.describe_secret(SecretId=stored)["LastChangedDate"]
    assert client.restore_secret(SecretId=stored)["Name"] == stored
    assert client.describe_secret(SecretId=stored)["LastChangedDate"] == before
