"""CreateSecret."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest

from tests.testing.wire import refusal, refused

BOTH = "You can't specify both a binary secret value and a string secret value in the same secret."
BAD_NAME = "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"


@pytest.mark.shows("CreateSecret", parameters=("Name", "SecretString"))
def test_a_created_secret_is_read_back_with_its_version(client: Any, name: str) -> None:
    made = client.create_secret(Name=name, SecretString="läuft 🔑")
    read = client.get_secret_value(SecretId=name)
    assert read["SecretString"] == "läuft 🔑"
    assert read["VersionId"] == made["VersionId"]
    assert read["VersionStages"] == ["AWSCURRENT"]
    assert re.fullmatch(rf"arn:aws:secretsmanager:us-east-1:123456789012:secret:{name}-[A-Za-z0-9]{{6}}", read["ARN"])


@pytest.mark.shows("CreateSecret", parameters=("SecretBinary",))
def test_binary_values_survive(client: Any, name: str) -> None:
    client.create_secret(Name=name, SecretBinary=b"\x00\xff\x10")
    read = client.get_secret_value(SecretId=name)
    assert read["SecretBinary"] == b"\x00\xff\x10"
    assert "SecretString" not in read


@pytest.mark.shows("CreateSecret", parameters=("ClientRequestToken",))
def test_the_request_token_is_the_version(client: Any, name: str) -> None:
    token = str(uuid.uuid4())
    assert client.create_secret(Name=name, SecretString="v", ClientRequestToken=token)["VersionId"] == token


@pytest.mark.shows("CreateSecret", parameters=("ClientRequestToken",))
def test_the_same_creation_again_returns_the_same_secret(client: Any, name: str) -> None:
    request = {"Name": name, "SecretString": "v", "ClientRequestToken": str(uuid.uuid4())}
    first, second = client.create_secret(**request), client.create_secret(**request)
    assert (first["ARN"], first["VersionId"]) == (second["ARN"], second["VersionId"])


@pytest.mark.shows("CreateSecret", parameters=("ClientRequestToken",), errors=("InvalidRequestException",))
def test_without_a_request_token_it_is_refused(raw: Any, name: str) -> None:
    assert refusal(raw.create_secret, Name=name, SecretString="v") == (
        "InvalidRequestException",
        "You must provide a ClientRequestToken value. We recommend a UUID-type value.",
    )


@pytest.mark.shows("CreateSecret", parameters=("Description", "Tags", "Type"))
def test_description_tags_and_type_are_described(client: Any, name: str) -> None:
    tags = [{"Key": "team", "Value": "payments"}, {"Key": "empty", "Value": ""}]
    client.create_secret(Name=name, Description="what for", Tags=tags, Type="Partner")
    described = client.describe_secret(SecretId=name)
    assert (described["Description"], described["Type"], described["Tags"]) == ("what for", "Partner", tags)


def test_what_was_not_given_is_absent(client: Any, name: str) -> None:
    answer = client.create_secret(Name=name)
    assert sorted(answer) == ["ARN", "Name", "ResponseMetadata"]
    described = client.describe_secret(SecretId=name)
    assert sorted(described) == ["ARN", "CreatedDate", "LastChangedDate", "Name", "ResponseMetadata"]


def test_a_secret_without_a_value_has_no_version(client: Any, name: str) -> None:
    client.create_secret(Name=name)
    assert refusal(client.get_secret_value, SecretId=name) == (
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
    )


@pytest.mark.parametrize("key", ["", "alias/aws/secretsmanager"])
@pytest.mark.shows("CreateSecret", parameters=("KmsKeyId",))
def test_the_managed_key_is_not_shown(client: Any, name: str, key: str) -> None:
    client.create_secret(Name=name, SecretString="v", KmsKeyId=key)
    assert "KmsKeyId" not in client.describe_secret(SecretId=name)


@pytest.mark.shows("CreateSecret", parameters=("KmsKeyId",), errors=("EncryptionFailure",))
def test_an_unknown_key_is_refused_and_nothing_made(client: Any, name: str) -> None:
    code, _ = refusal(client.create_secret, Name=name, SecretString="v", KmsKeyId="alias/absent")
    assert code == "EncryptionFailure"
    assert refusal(client.describe_secret, SecretId=name)[0] == "ResourceNotFoundException"


@pytest.mark.shows("CreateSecret", errors=("ResourceExistsException",))
def test_an_existing_name_is_refused_in_aws_words(client: Any, stored: str) -> None:
    error = refused(client.create_secret, Name=stored, SecretString="two")
    assert error["Error"]["Code"] == "ResourceExistsException"
    assert error["Error"]["Message"] == f"The operation failed because the secret {stored} already exists."
    assert error["Message"] == error["Error"]["Message"]


@pytest.mark.shows("CreateSecret", errors=("InvalidRequestException",))
def test_the_name_of_a_secret_pending_deletion_is_refused(client: Any, stored: str) -> None:
    client.delete_secret(SecretId=stored)
    assert refusal(client.create_secret, Name=stored) == (
        "InvalidRequestException",
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
    )


@pytest.mark.shows("CreateSecret", parameters=("SecretBinary", "SecretString"), errors=("InvalidParameterException",))
def test_two_values_are_refused(client: Any, name: str) -> None:
    error = refusal(client.create_secret, Name=name, SecretString="a", SecretBinary=b"b")
    assert error == ("InvalidParameterException", BOTH)


@pytest.mark.parametrize("bad", ["a b", "a*b", "ä", "a?b"])
@pytest.mark.shows("CreateSecret", parameters=("Name",))
def test_a_bad_name_is_refused_with_a_lower_case_message(client: Any, bad: str) -> None:
    error = refused(client.create_secret, Name=bad, SecretString="v")
    assert error["Error"] == {"Code": "ValidationException", "Message": BAD_NAME}
    assert "Message" not in error


@pytest.mark.parametrize("value", [{"SecretString": ""}, {"SecretBinary": b""}])
@pytest.mark.shows("CreateSecret", parameters=("SecretBinary", "SecretString"))
def test_an_empty_value_is_refused(raw: Any, name: str, value: dict[str, Any]) -> None:
    code, message = refusal(raw.create_secret, Name=name, ClientRequestToken=str(uuid.uuid4()), **value)
    member = "secretString" if "SecretString" in value else "secretBinary"
    assert code == "ValidationException"
    assert message.endswith(
        f"Value at '{member}' failed to satisfy constraint: Member must have length greater than or equal to 1"
    )


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"SecretString": "x" * 65_537}, "ValidationException"),
        ({"SecretBinary": b"x" * 65_537}, "ValidationException"),
        ({"SecretString": "ä" * 32_769}, "InvalidParameterException"),
    ],
)
@pytest.mark.shows("CreateSecret", parameters=("SecretBinary", "SecretString"))
def test_a_value_over_64_kib_is_refused(client: Any, name: str, value: dict[str, Any], code: str) -> None:
    assert refusal(client.create_secret, Name=name, **value)[0] == code


@pytest.mark.parametrize("value", [{"SecretString": "ä" * 32_768}, {"SecretBinary": b"x" * 65_536}])
def test_a_value_of_64_kib_is_kept(client: Any, name: str, value: dict[str, Any]) -> None:
    client.create_secret(Name=name, **value)
    assert client.get_secret_value(SecretId=name)[next(iter(value))] == next(iter(value.values()))


@pytest.mark.parametrize(
    "tags",
    [
        [{"Key": "aws:mine", "Value": "v"}],
        [{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "2"}],
        [{"Key": f"k{number}", "Value": "v"} for number in range(51)],
    ],
)
@pytest.mark.shows("CreateSecret", parameters=("Tags",), errors=("InvalidParameterException",))
def test_tags_that_may_not_be_are_refused(client: Any, name: str, tags: list[dict[str, str]]) -> None:
    assert refusal(client.create_secret, Name=name, Tags=tags)[0] == "InvalidParameterException"


@pytest.mark.shows("CreateSecret", parameters=("CrossAccountPrimaryARN",), errors=("InvalidParameterException",))
def test_replicas_of_another_account_are_refused_by_name(client: Any, name: str) -> None:
    primary = "arn:aws:secretsmanager:us-east-1:210987654321:secret:n-Ab12Cd"
    error = refusal(client.create_secret, Name=name, CrossAccountPrimaryARN=primary)
    assert error == ("InvalidParameterException", "CrossAccountPrimaryARN is not supported.")
