"""GetSecretValue, DescribeSecret, ListSecretVersionIds."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.testing.wire import refusal

ABSENT = ("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:strongroom-generated-single"


@pytest.mark.shows("GetSecretValue", parameters=("SecretId",))
@pytest.mark.shows("DescribeSecret", parameters=("SecretId",))
def test_a_secret_is_found_by_name_full_arn_and_partial_arn(client: Any, stored: str) -> None:
    arn = client.describe_secret(SecretId=stored)["ARN"]
    for secret_id in (stored, arn, arn[:-7]):
        assert client.get_secret_value(SecretId=secret_id)["SecretString"] == "one"
        assert client.describe_secret(SecretId=secret_id)["ARN"] == arn


@pytest.mark.shows("GetSecretValue", parameters=("SecretId",), errors=("ResourceNotFoundException",))
def test_a_name_that_ends_as_an_arn_is_found_by_name_and_full_arn_but_not_by_partial_arn(
    client: Any, name: str
) -> None:
    suffixed = f"{name}/_+=.@-Name-a1b2c3"
    arn = client.create_secret(Name=suffixed, SecretString="v")["ARN"]
    assert {client.get_secret_value(SecretId=secret_id)["Name"] for secret_id in (suffixed, arn)} == {suffixed}
    assert refusal(client.get_secret_value, SecretId=arn[:-7]) == ABSENT


def test_a_name_that_is_another_plus_its_suffix_captures_no_lookup(client: Any, stored: str) -> None:
    arn = client.describe_secret(SecretId=stored)["ARN"]
    client.create_secret(Name=stored + arn[-7:], SecretString="other")
    assert client.get_secret_value(SecretId=arn)["SecretString"] == "one"


@pytest.mark.shows("GetSecretValue", errors=("ResourceNotFoundException",))
@pytest.mark.shows("DescribeSecret", errors=("ResourceNotFoundException",))
@pytest.mark.shows("ListSecretVersionIds", errors=("ResourceNotFoundException",))
def test_an_absent_secret_is_not_found(client: Any, name: str) -> None:
    for call in (client.get_secret_value, client.describe_secret, client.list_secret_version_ids):
        assert refusal(call, SecretId=name) == ABSENT


@pytest.mark.parametrize(
    "operation",
    [
        "get_secret_value",
        "describe_secret",
        "list_secret_version_ids",
        "delete_secret",
        "put_secret_value",
        "update_secret",
    ],
)
def test_a_secret_id_that_cannot_be_a_name_is_refused(raw: Any, operation: str) -> None:
    request = {"ClientRequestToken": str(uuid.uuid4())} if operation.startswith(("put", "update")) else {}
    assert refusal(getattr(raw, operation), SecretId="a b", **request) == (
        "ValidationException",
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
    )


@pytest.mark.shows("GetSecretValue", parameters=("VersionId", "VersionStage"))
def test_a_version_is_read_by_id_by_label_and_by_both(client: Any, stored: str) -> None:
    second = client.put_secret_value(SecretId=stored, SecretString="two")["VersionId"]
    first = client.get_secret_value(SecretId=stored, VersionStage="AWSPREVIOUS")
    assert first["SecretString"] == "one"
    assert client.get_secret_value(SecretId=stored, VersionId=second)["SecretString"] == "two"
    both = {"VersionId": first["VersionId"], "VersionStage": "AWSPREVIOUS"}
    assert client.get_secret_value(SecretId=stored, **both)["SecretString"] == "one"


@pytest.mark.shows("GetSecretValue", parameters=("VersionId", "VersionStage"), errors=("InvalidRequestException",))
def test_an_id_and_a_label_that_disagree_are_refused(client: Any, stored: str) -> None:
    version = client.put_secret_value(SecretId=stored, SecretString="two")["VersionId"]
    assert refusal(client.get_secret_value, SecretId=stored, VersionId=version, VersionStage="AWSPREVIOUS") == (
        "InvalidRequestException",
        "You provided a VersionStage that is not associated to the provided VersionId.",
    )


@pytest.mark.shows("GetSecretValue", parameters=("VersionId", "VersionStage"), errors=("ResourceNotFoundException",))
def test_an_unknown_id_and_an_unknown_label_are_named(client: Any, stored: str) -> None:
    version, text = str(uuid.uuid4()), "Secrets Manager can't find the specified secret value for"
    assert refusal(client.get_secret_value, SecretId=stored, VersionId=version)[1] == f"{text} VersionId: {version}"
    assert refusal(client.get_secret_value, SecretId=stored, VersionStage="blue")[1] == f"{text} staging label: blue"


@pytest.mark.shows("GetSecretValue", errors=("InvalidRequestException",))
def test_a_secret_pending_deletion_is_described_but_not_read(client: Any, stored: str) -> None:
    client.delete_secret(SecretId=stored)
    assert refusal(client.get_secret_value, SecretId=stored) == (
        "InvalidRequestException",
        "You can't perform this operation on the secret because it was marked for deletion.",
    )
    assert "DeletedDate" in client.describe_secret(SecretId=stored)


def test_the_day_of_a_read_is_shown_of_secret_and_version_and_absent_before(client: Any, stored: str) -> None:
    version = client.list_secret_version_ids(SecretId=stored)["Versions"][0]
    assert "LastAccessedDate" not in client.describe_secret(SecretId=stored)
    assert "LastAccessedDate" not in version
    client.get_secret_value(SecretId=stored)
    day = client.describe_secret(SecretId=stored)["LastAccessedDate"]
    assert day == client.list_secret_version_ids(SecretId=stored)["Versions"][0]["LastAccessedDate"]
    moment = day.astimezone(UTC)
    assert (moment.hour, moment.minute, moment.second) == (0, 0, 0)
    assert (datetime.now(UTC) - moment).days <= 1


@pytest.mark.shows("ListSecretVersionIds", parameters=("SecretId",))
def test_a_version_entry_names_the_managed_key(client: Any, stored: str) -> None:
    listed = client.list_secret_version_ids(SecretId=stored)
    (version,) = listed["Versions"]
    assert sorted(version) == ["CreatedDate", "KmsKeyIds", "VersionId", "VersionStages"]
    assert version["KmsKeyIds"] == ["DefaultEncryptionKey"]
    assert (listed["Name"], listed["ARN"]) == (stored, client.describe_secret(SecretId=stored)["ARN"])


@pytest.mark.shows("ListSecretVersionIds", parameters=("IncludeDeprecated",))
def test_a_version_without_labels_is_hidden_unless_asked_for_and_still_read_by_id(client: Any, stored: str) -> None:
    first = client.get_secret_value(SecretId=stored)["VersionId"]
    for value in ("two", "three"):
        client.put_secret_value(SecretId=stored, SecretString=value)
    shown = client.list_secret_version_ids(SecretId=stored)["Versions"]
    everything = client.list_secret_version_ids(SecretId=stored, IncludeDeprecated=True)["Versions"]
    assert first not in [version["VersionId"] for version in shown]
    (hidden,) = (version for version in everything if version["VersionId"] == first)
    assert "VersionStages" not in hidden
    assert first not in client.describe_secret(SecretId=stored)["VersionIdsToStages"]
    assert client.get_secret_value(SecretId=stored, VersionId=first)["SecretString"] == "one"


@pytest.mark.shows("ListSecretVersionIds", parameters=("MaxResults", "NextToken"))
def test_versions_come_in_pages(client: Any, stored: str) -> None:
    for number in range(4):
        client.put_secret_value(SecretId=stored, SecretString=f"v{number}", VersionStages=[f"label-{number}"])
    paged: list[str] = []
    request: dict[str, Any] = {"SecretId": stored, "MaxResults": 2}
    for _ in range(3):
        page = client.list_secret_version_ids(**request)
        paged += [version["VersionId"] for version in page["Versions"]]
        request["NextToken"] = page.get("NextToken")
    assert request["NextToken"] is None
    assert paged == [version["VersionId"] for version in client.list_secret_version_ids(SecretId=stored)["Versions"]]
    assert len(paged) == 5


@pytest.mark.shows("ListSecretVersionIds", parameters=("NextToken",), errors=("InvalidNextTokenException",))
def test_a_token_of_another_secret_is_refused(client: Any, stored: str, name: str) -> None:
    client.put_secret_value(SecretId=stored, SecretString="two")
    token = client.list_secret_version_ids(SecretId=stored, MaxResults=1)["NextToken"]
    other = client.create_secret(Name=f"{name}/other", SecretString="v")["ARN"]
    for next_token in (token, "nonsense"):
        code, _ = refusal(client.list_secret_version_ids, SecretId=other, NextToken=next_token)
        assert code == "InvalidNextTokenException"


def test_no_rotation_member_is_shown_before_rotation_is_set_up_nor_after_a_failed_attempt(
    client: Any, stored: str
) -> None:
    absent = FUNCTION.replace("strongroom-generated-single", "somebody-elses")
    assert refusal(client.rotate_secret, SecretId=stored, RotationLambdaARN=absent)[0] == "AccessDeniedException"
    assert not [member for member in client.describe_secret(SecretId=stored) if "Rotat" in member]
