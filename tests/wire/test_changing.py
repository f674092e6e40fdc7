"""PutSecretValue and UpdateSecret."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.testing.wire import refusal

TOKEN_MISSING = (
    "InvalidRequestException",
    "You must provide a ClientRequestToken value. We recommend a UUID-type value.",
)
BOTH = (
    "InvalidParameterException",
    "You can't specify both a binary secret value and a string secret value in the same secret.",
)
TWENTY = ["AWSCURRENT", *(f"label-{number}" for number in range(19))]


def _stages(client: Any, name: str) -> dict[str, list[str]]:
    stages: dict[str, list[str]] = client.describe_secret(SecretId=name)["VersionIdsToStages"]
    return stages


@pytest.mark.shows("PutSecretValue", parameters=("SecretId", "SecretString"))
def test_a_put_moves_current_and_previous(client: Any, stored: str) -> None:
    first = client.get_secret_value(SecretId=stored)["VersionId"]
    answer = client.put_secret_value(SecretId=stored, SecretString="two")
    assert answer["VersionStages"] == ["AWSCURRENT"]
    assert _stages(client, stored) == {first: ["AWSPREVIOUS"], answer["VersionId"]: ["AWSCURRENT"]}
    assert client.get_secret_value(SecretId=stored, VersionStage="AWSPREVIOUS")["SecretString"] == "one"


def test_the_former_previous_version_loses_its_label(client: Any, stored: str) -> None:
    first = client.get_secret_value(SecretId=stored)["VersionId"]
    second = client.put_secret_value(SecretId=stored, SecretString="two")["VersionId"]
    third = client.put_secret_value(SecretId=stored, SecretString="three")["VersionId"]
    assert _stages(client, stored) == {second: ["AWSPREVIOUS"], third: ["AWSCURRENT"]}
    assert first not in _stages(client, stored)


@pytest.mark.shows("PutSecretValue", parameters=("SecretBinary",))
def test_a_binary_value_is_put(client: Any, stored: str) -> None:
    client.put_secret_value(SecretId=stored, SecretBinary=b"\xff\x00")
    assert client.get_secret_value(SecretId=stored)["SecretBinary"] == b"\xff\x00"


@pytest.mark.shows("PutSecretValue", parameters=("VersionStages",))
def test_labels_that_are_named_move_and_current_stays(client: Any, stored: str) -> None:
    first = client.get_secret_value(SecretId=stored)["VersionId"]
    answer = client.put_secret_value(SecretId=stored, SecretString="two", VersionStages=["two", "four", "one"])
    assert answer["VersionStages"] == ["four", "one", "two"]
    assert _stages(client, stored) == {first: ["AWSCURRENT"], answer["VersionId"]: ["four", "one", "two"]}
    later = client.put_secret_value(SecretId=stored, SecretString="three", VersionStages=["one"])["VersionId"]
    assert _stages(client, stored)[later] == ["one"]
    assert _stages(client, stored)[answer["VersionId"]] == ["four", "two"]


def test_the_first_version_is_current_whatever_was_named(client: Any, name: str) -> None:
    client.create_secret(Name=name)
    client.put_secret_value(SecretId=name, SecretString="v", VersionStages=["AWSPENDING"])
    assert list(_stages(client, name).values()) == [["AWSCURRENT", "AWSPENDING"]]


@pytest.mark.shows("PutSecretValue", parameters=("ClientRequestToken",))
def test_the_same_put_again_changes_nothing_whatever_its_labels(client: Any, stored: str) -> None:
    request = {"SecretId": stored, "SecretString": "two", "ClientRequestToken": str(uuid.uuid4())}
    client.put_secret_value(**request)
    before = client.describe_secret(SecretId=stored)
    assert client.put_secret_value(**request, VersionStages=["blue"])["VersionStages"] == ["AWSCURRENT"]
    after = client.describe_secret(SecretId=stored)
    assert (after["VersionIdsToStages"], after["LastChangedDate"]) == (
        before["VersionIdsToStages"],
        before["LastChangedDate"],
    )


@pytest.mark.shows("PutSecretValue", parameters=("ClientRequestToken",), errors=("ResourceExistsException",))
def test_the_token_of_another_value_is_refused(client: Any, stored: str) -> None:
    read = client.get_secret_value(SecretId=stored)
    assert refusal(
        client.put_secret_value, SecretId=stored, SecretString="two", ClientRequestToken=read["VersionId"]
    ) == (
        "ResourceExistsException",
        f"You can't use ClientRequestToken {read['VersionId']} because that value is already in use for a version of "
        f"secret {read['ARN']}.",
    )


@pytest.mark.shows("PutSecretValue", parameters=("ClientRequestToken",), errors=("InvalidRequestException",))
@pytest.mark.shows("UpdateSecret", parameters=("ClientRequestToken",), errors=("InvalidRequestException",))
def test_a_missing_token_is_refused_before_the_secret_is_looked_up(raw: Any, name: str) -> None:
    for call in (raw.put_secret_value, raw.update_secret):
        assert refusal(call, SecretId=name, SecretString="v") == TOKEN_MISSING


@pytest.mark.shows("PutSecretValue", errors=("InvalidParameterException",))
@pytest.mark.shows("UpdateSecret", errors=("InvalidParameterException",))
def test_two_values_are_refused(client: Any, stored: str) -> None:
    for call in (client.put_secret_value, client.update_secret):
        assert refusal(call, SecretId=stored, SecretString="a", SecretBinary=b"b") == BOTH


@pytest.mark.shows("PutSecretValue", errors=("InvalidRequestException",))
def test_a_put_without_a_value_is_refused(client: Any, stored: str) -> None:
    assert refusal(client.put_secret_value, SecretId=stored) == (
        "InvalidRequestException",
        "You must provide either SecretString or SecretBinary.",
    )


@pytest.mark.shows("PutSecretValue", errors=("ResourceNotFoundException",))
@pytest.mark.shows("UpdateSecret", errors=("ResourceNotFoundException",))
def test_an_absent_secret_is_not_found(client: Any, name: str) -> None:
    for call in (client.put_secret_value, client.update_secret):
        assert refusal(call, SecretId=name, SecretString="v")[0] == "ResourceNotFoundException"


@pytest.mark.shows("PutSecretValue", errors=("InvalidRequestException",))
@pytest.mark.shows("UpdateSecret", errors=("InvalidRequestException",))
def test_a_secret_pending_deletion_is_not_changed(client: Any, stored: str) -> None:
    client.delete_secret(SecretId=stored)
    for call in (client.put_secret_value, client.update_secret):
        code, message = refusal(call, SecretId=stored, SecretString="v")
        assert (code, "marked for deletion" in message) == ("InvalidRequestException", True)


@pytest.mark.shows("PutSecretValue", parameters=("VersionStages",), errors=("LimitExceededException",))
@pytest.mark.shows("UpdateSecret", errors=("LimitExceededException",))
def test_more_than_twenty_labels_of_one_secret_are_refused(client: Any, name: str) -> None:
    client.create_secret(Name=name)
    client.put_secret_value(SecretId=name, SecretString="v", VersionStages=TWENTY)
    for call, request in (
        (client.put_secret_value, {"VersionStages": ["one more"]}),
        # It would bring AWSPREVIOUS.
        (client.update_secret, {}),
    ):
        code, _ = refusal(call, SecretId=name, SecretString="w", **request)
        assert code == "LimitExceededException"
    assert list(_stages(client, name).values()) == [sorted(TWENTY)]


@pytest.mark.shows("PutSecretValue", errors=("LimitExceededException",))
def test_a_hundred_versions_of_one_day_are_the_most(client: Any, stored: str) -> None:
    for number in range(99):
        client.put_secret_value(SecretId=stored, SecretString=str(number))
    assert refusal(client.put_secret_value, SecretId=stored, SecretString="x")[0] == "LimitExceededException"


@pytest.mark.parametrize("labels", [[], ["x" * 257], [""], [f"label-{number}" for number in range(21)]])
@pytest.mark.shows("PutSecretValue", parameters=("VersionStages",))
def test_labels_that_break_the_model_are_refused(raw: Any, stored: str, labels: list[str]) -> None:
    request = {"SecretId": stored, "SecretString": "v", "ClientRequestToken": str(uuid.uuid4())}
    code, message = refusal(raw.put_secret_value, **request, VersionStages=labels)
    assert code == "ValidationException"
    assert "at 'versionStages' failed to satisfy constraint: Member must " in message


@pytest.mark.shows("PutSecretValue", parameters=("RotationToken",), errors=("InvalidParameterException",))
def test_a_rotation_token_of_no_rotation_is_refused(client: Any, stored: str) -> None:
    error = refusal(client.put_secret_value, SecretId=stored, SecretString="v", RotationToken=str(uuid.uuid4()))
    assert error == (
        "InvalidParameterException",
        "The RotationToken is not the one of a rotation of this secret that is under way.",
    )


@pytest.mark.shows("UpdateSecret", parameters=("SecretId", "SecretString", "SecretBinary", "ClientRequestToken"))
def test_an_update_with_a_value_is_a_put(client: Any, stored: str) -> None:
    first, token = client.get_secret_value(SecretId=stored)["VersionId"], str(uuid.uuid4())
    assert client.update_secret(SecretId=stored, SecretString="two", ClientRequestToken=token)["VersionId"] == token
    assert _stages(client, stored) == {first: ["AWSPREVIOUS"], token: ["AWSCURRENT"]}
    client.update_secret(SecretId=stored, SecretBinary=b"three")
    assert client.get_secret_value(SecretId=stored)["SecretBinary"] == b"three"


@pytest.mark.shows("UpdateSecret", parameters=("Description", "Type"))
def test_an_update_without_a_value_answers_without_a_version(client: Any, stored: str) -> None:
    assert "VersionId" not in client.update_secret(SecretId=stored, Description="changed", Type="Partner")
    described = client.describe_secret(SecretId=stored)
    assert (described["Description"], described["Type"]) == ("changed", "Partner")
    client.update_secret(SecretId=stored, Description="")
    assert "Description" not in client.describe_secret(SecretId=stored)


@pytest.mark.shows("UpdateSecret", parameters=("ClientRequestToken",), errors=("ResourceExistsException",))
def test_an_update_under_the_token_of_a_version_puts_nothing_and_refuses_another_value(
    client: Any, stored: str
) -> None:
    token = client.get_secret_value(SecretId=stored)["VersionId"]
    again = client.update_secret(SecretId=stored, SecretString="one", Description="new", ClientRequestToken=token)
    assert again["VersionId"] == token
    assert client.describe_secret(SecretId=stored)["Description"] == "new"
    error = refusal(client.update_secret, SecretId=stored, SecretString="two", ClientRequestToken=token)
    assert error[0] == "ResourceExistsException"


@pytest.mark.shows("UpdateSecret", parameters=("KmsKeyId",), errors=("EncryptionFailure",))
def test_an_empty_key_is_the_managed_one_and_an_unknown_one_is_refused(client: Any, stored: str) -> None:
    client.update_secret(SecretId=stored, KmsKeyId="", SecretString="two")
    assert client.get_secret_value(SecretId=stored)["SecretString"] == "two"
    assert refusal(client.update_secret, SecretId=stored, KmsKeyId="alias/absent")[0] == "EncryptionFailure"
