"""UpdateSecretVersionStage."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.testing.wire import refusal


@pytest.fixture
def versions(client: Any, stored: str) -> tuple[str, str]:
    """The ids of the previous and the current version of `stored`."""
    first = client.get_secret_value(SecretId=stored)["VersionId"]
    return first, client.put_secret_value(SecretId=stored, SecretString="two")["VersionId"]


def _stages(client: Any, name: str) -> dict[str, list[str]]:
    stages: dict[str, list[str]] = client.describe_secret(SecretId=name)["VersionIdsToStages"]
    return stages


@pytest.mark.shows(
    "UpdateSecretVersionStage", parameters=("SecretId", "VersionStage", "MoveToVersionId", "RemoveFromVersionId")
)
def test_moving_current_moves_previous_and_what_a_plain_read_gets(
    client: Any, stored: str, versions: tuple[str, str]
) -> None:
    first, second = versions
    move = {"VersionStage": "AWSCURRENT", "MoveToVersionId": first, "RemoveFromVersionId": second}
    answer = client.update_secret_version_stage(SecretId=stored, **move)
    assert sorted(answer) == ["ARN", "Name", "ResponseMetadata"]
    assert _stages(client, stored) == {first: ["AWSCURRENT"], second: ["AWSPREVIOUS"]}
    assert client.get_secret_value(SecretId=stored)["SecretString"] == "one"


def test_a_version_that_becomes_current_keeps_its_other_labels(client: Any, stored: str) -> None:
    first = client.get_secret_value(SecretId=stored)["VersionId"]
    pending = client.put_secret_value(SecretId=stored, SecretString="two", VersionStages=["AWSPENDING"])["VersionId"]
    move = {"VersionStage": "AWSCURRENT", "MoveToVersionId": pending, "RemoveFromVersionId": first}
    client.update_secret_version_stage(SecretId=stored, **move)
    assert _stages(client, stored) == {pending: ["AWSCURRENT", "AWSPENDING"], first: ["AWSPREVIOUS"]}


@pytest.mark.shows("UpdateSecretVersionStage", parameters=("MoveToVersionId",))
def test_a_new_label_needs_no_holder(client: Any, stored: str, versions: tuple[str, str]) -> None:
    client.update_secret_version_stage(SecretId=stored, VersionStage="blue", MoveToVersionId=versions[0])
    assert _stages(client, stored)[versions[0]] == ["AWSPREVIOUS", "blue"]


@pytest.mark.shows("UpdateSecretVersionStage", parameters=("RemoveFromVersionId",))
def test_a_label_is_taken_off_and_the_version_deprecated(client: Any, stored: str, versions: tuple[str, str]) -> None:
    client.update_secret_version_stage(SecretId=stored, VersionStage="AWSPREVIOUS", RemoveFromVersionId=versions[0])
    assert _stages(client, stored) == {versions[1]: ["AWSCURRENT"]}
    assert client.get_secret_value(SecretId=stored, VersionId=versions[0])["SecretString"] == "one"


@pytest.mark.shows(
    "UpdateSecretVersionStage", parameters=("RemoveFromVersionId",), errors=("InvalidParameterException",)
)
def test_a_label_that_sits_elsewhere_needs_its_holder_named(
    client: Any, stored: str, versions: tuple[str, str]
) -> None:
    first, second = versions
    assert refusal(
        client.update_secret_version_stage, SecretId=stored, VersionStage="AWSCURRENT", MoveToVersionId=first
    ) == (
        "InvalidParameterException",
        "The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version "
        f"{second}, so you must explicitly reference that version in RemoveFromVersionId.",
    )


@pytest.mark.shows(
    "UpdateSecretVersionStage",
    parameters=("MoveToVersionId", "RemoveFromVersionId"),
    errors=("InvalidParameterException",),
)
def test_a_wrong_holder_and_an_unknown_version_are_refused(client: Any, stored: str, versions: tuple[str, str]) -> None:
    first, second = versions
    for move in (
        {"MoveToVersionId": first, "RemoveFromVersionId": first},
        {"MoveToVersionId": str(uuid.uuid4()), "RemoveFromVersionId": second},
        {"RemoveFromVersionId": str(uuid.uuid4())},
        {},
    ):
        code, _ = refusal(client.update_secret_version_stage, SecretId=stored, VersionStage="AWSCURRENT", **move)
        assert code == "InvalidParameterException"
    assert _stages(client, stored) == {first: ["AWSPREVIOUS"], second: ["AWSCURRENT"]}


@pytest.mark.shows("UpdateSecretVersionStage", errors=("InvalidParameterException",))
def test_current_is_moved_but_never_taken_off(client: Any, stored: str, versions: tuple[str, str]) -> None:
    remove = {"VersionStage": "AWSCURRENT", "RemoveFromVersionId": versions[1]}
    assert refusal(client.update_secret_version_stage, SecretId=stored, **remove) == (
        "InvalidParameterException",
        "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
    )


@pytest.mark.shows("UpdateSecretVersionStage", errors=("LimitExceededException",))
def test_a_twenty_first_label_is_refused(client: Any, stored: str) -> None:
    version = client.get_secret_value(SecretId=stored)["VersionId"]
    for number in range(19):
        client.update_secret_version_stage(SecretId=stored, VersionStage=f"l{number}", MoveToVersionId=version)
    more = {"VersionStage": "one more", "MoveToVersionId": version}
    assert refusal(client.update_secret_version_stage, SecretId=stored, **more)[0] == "LimitExceededException"


@pytest.mark.shows("UpdateSecretVersionStage", parameters=("VersionStage",))
def test_a_label_of_over_256_characters_is_refused(raw: Any, stored: str) -> None:
    code, message = refusal(raw.update_secret_version_stage, SecretId=stored, VersionStage="x" * 257)
    assert code == "ValidationException"
    assert message.endswith(
        "at 'versionStage' failed to satisfy constraint: Member must have length less than or equal to 256"
    )


@pytest.mark.shows("UpdateSecretVersionStage", errors=("InvalidRequestException", "ResourceNotFoundException"))
def test_absent_secrets_and_those_pending_deletion_are_refused(client: Any, stored: str, name: str) -> None:
    client.delete_secret(SecretId=stored)
    request = {"VersionStage": "blue", "MoveToVersionId": str(uuid.uuid4())}
    assert refusal(client.update_secret_version_stage, SecretId=stored, **request)[0] == "InvalidRequestException"
    absent = f"{name}/absent"
    assert refusal(client.update_secret_version_stage, SecretId=absent, **request)[0] == "ResourceNotFoundException"
