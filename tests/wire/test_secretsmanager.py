"""What boto3 sees of Secrets Manager over HTTP."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.testing.server import Server


@pytest.fixture
def client(server: Server) -> Any:
    return server.client()


@pytest.fixture
def name() -> str:
    return f"wire/{uuid.uuid4()}x"


def refused(call: Any, **arguments: Any) -> dict[str, Any]:
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    error: dict[str, Any] = raised.value.response
    return error


def test_a_created_secret_is_read_back_with_its_version(client: Any, name: str) -> None:
    made = client.create_secret(Name=name, SecretString="läuft 🔑")
    read = client.get_secret_value(SecretId=name)
    assert read["SecretString"] == "läuft 🔑"
    assert read["VersionId"] == made["VersionId"]
    assert read["VersionStages"] == ["AWSCURRENT"]
    assert re.fullmatch(rf"arn:aws:secretsmanager:us-east-1:123456789012:secret:{name}-[A-Za-z0-9]{{6}}", read["ARN"])


def test_binary_values_survive(client: Any, name: str) -> None:
    client.create_secret(Name=name, SecretBinary=b"\x00\xff\x10")
    read = client.get_secret_value(SecretId=name)
    assert read["SecretBinary"] == b"\x00\xff\x10"
    assert "SecretString" not in read


def test_an_existing_name_is_refused_in_aws_words(client: Any, name: str) -> None:
    client.create_secret(Name=name, SecretString="one")
    error = refused(client.create_secret, Name=name, SecretString="two")
    assert error["Error"]["Code"] == "ResourceExistsException"
    assert error["Error"]["Message"] == f"The operation failed because the secret {name} already exists."
    assert error["Message"] == error["Error"]["Message"]


def test_an_absent_secret_is_not_found(client: Any, name: str) -> None:
    error = refused(client.get_secret_value, SecretId=name)["Error"]
    assert error == {
        "Code": "ResourceNotFoundException",
        "Message": "Secrets Manager can't find the specified secret.",
    }


def test_put_moves_the_labels(client: Any, name: str) -> None:
    first = client.create_secret(Name=name, SecretString="one")["VersionId"]
    second = client.put_secret_value(SecretId=name, SecretString="two")["VersionId"]
    stages = client.describe_secret(SecretId=name)["VersionIdsToStages"]
    assert stages == {first: ["AWSPREVIOUS"], second: ["AWSCURRENT"]}
    assert client.get_secret_value(SecretId=name, VersionStage="AWSPREVIOUS")["SecretString"] == "one"


def test_an_update_without_a_value_answers_without_a_version(client: Any, name: str) -> None:
    client.create_secret(Name=name, SecretString="one")
    answer = client.update_secret(SecretId=name, Description="changed")
    assert "VersionId" not in answer
    assert client.describe_secret(SecretId=name)["Description"] == "changed"


def test_a_label_is_moved_by_hand(client: Any, name: str) -> None:
    first = client.create_secret(Name=name, SecretString="one")["VersionId"]
    second = client.put_secret_value(SecretId=name, SecretString="two")["VersionId"]
    client.update_secret_version_stage(
        SecretId=name, VersionStage="AWSCURRENT", MoveToVersionId=first, RemoveFromVersionId=second
    )
    assert client.get_secret_value(SecretId=name)["SecretString"] == "one"


def test_deletion_hides_and_restoring_brings_back(client: Any, name: str) -> None:
    client.create_secret(Name=name, SecretString="one")
    client.delete_secret(SecretId=name, RecoveryWindowInDays=7)
    error = refused(client.get_secret_value, SecretId=name)["Error"]
    assert error["Code"] == "InvalidRequestException"
    assert "marked for deletion" in error["Message"]
    client.restore_secret(SecretId=name)
    assert client.get_secret_value(SecretId=name)["SecretString"] == "one"


def test_listing_pages_through_a_filter(client: Any, name: str) -> None:
    wanted = sorted(f"{name}/{number}" for number in range(5))
    for each in wanted:
        client.create_secret(Name=each, SecretString="x")
    pages = client.get_paginator("list_secrets").paginate(
        Filters=[{"Key": "name", "Values": [name]}], SortBy="name", SortOrder="asc", PaginationConfig={"PageSize": 2}
    )
    listed = [[entry["Name"] for entry in page["SecretList"]] for page in pages]
    assert [len(page) for page in listed] == [2, 2, 1]
    assert [each for page in listed for each in page] == wanted


def test_a_random_password_keeps_its_exclusions(client: Any) -> None:
    password = client.get_random_password(PasswordLength=64, ExcludeCharacters="abcXYZ", ExcludePunctuation=True)
    assert len(password["RandomPassword"]) == 64
    assert not set(password["RandomPassword"]) & set("abcXYZ")


def test_a_broken_constraint_names_the_member(client: Any) -> None:
    error = refused(client.get_random_password, PasswordLength=5000)
    assert error["Error"]["Code"] == "ValidationException"
    assert "at 'passwordLength' failed to satisfy constraint" in error["Error"]["Message"]
    assert "Message" not in error


def test_rotation_replaces_the_value_in_the_background(client: Any, name: str) -> None:
    client.create_secret(Name=name, SecretString="first value")
    function = "arn:aws:lambda:us-east-1:123456789012:function:strongroom-generated"
    version = client.rotate_secret(SecretId=name, RotationLambdaARN=function)["VersionId"]
    value = _current_of(client, name, version)
    assert value != "first value"
    described = client.describe_secret(SecretId=name)
    assert described["RotationEnabled"] is True
    assert described["RotationLambdaARN"] == function
    client.cancel_rotate_secret(SecretId=name)
    assert client.describe_secret(SecretId=name)["RotationEnabled"] is False


def test_an_unknown_rotation_function_changes_nothing(client: Any, name: str) -> None:
    client.create_secret(Name=name, SecretString="one")
    function = "arn:aws:lambda:us-east-1:123456789012:function:somebody-elses"
    error = refused(client.rotate_secret, SecretId=name, RotationLambdaARN=function)
    assert error["Error"]["Code"] == "AccessDeniedException"
    assert "RotationEnabled" not in client.describe_secret(SecretId=name)


def _current_of(client: Any, name: str, version: str) -> str:
    """Wait, for a bounded number of reads, until `version` is current; return its value."""
    for _ in range(2000):
        if "AWSCURRENT" in client.describe_secret(SecretId=name)["VersionIdsToStages"].get(version, ()):
            return str(client.get_secret_value(SecretId=name)["SecretString"])
    raise AssertionError("the rotation did not finish")
