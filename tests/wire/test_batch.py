"""BatchGetSecretValue."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.testing.server import Server
from tests.testing.wire import refusal

XOR = ("InvalidParameterException", "You must include Filters or SecretIdList, but not both.")


@pytest.fixture
def five(client: Any, name: str) -> list[str]:
    """The names of five secrets, each of whose values is its number."""
    names = [f"{name}/{number}" for number in range(5)]
    for number, each in enumerate(names):
        client.create_secret(Name=each, SecretString=str(number))
    return names


@pytest.mark.shows("BatchGetSecretValue", parameters=("SecretIdList",))
def test_a_list_is_answered_in_its_order_by_name_and_arn(client: Any, five: list[str]) -> None:
    arn = client.describe_secret(SecretId=five[0])["ARN"]
    answer = client.batch_get_secret_value(SecretIdList=[five[3], arn, arn[:-7]])
    assert [entry["SecretString"] for entry in answer["SecretValues"]] == ["3", "0", "0"]
    assert answer["Errors"] == []
    assert "NextToken" not in answer
    members = ["ARN", "CreatedDate", "Name", "SecretString", "VersionId", "VersionStages"]
    assert sorted(answer["SecretValues"][0]) == members


def test_a_binary_value_stays_binary(client: Any, name: str) -> None:
    client.create_secret(Name=name, SecretBinary=b"\xff\x00")
    (entry,) = client.batch_get_secret_value(SecretIdList=[name])["SecretValues"]
    assert entry["SecretBinary"] == b"\xff\x00"
    assert "SecretString" not in entry


def test_the_current_version_is_read_and_the_day_noted(client: Any, stored: str) -> None:
    client.put_secret_value(SecretId=stored, SecretString="two")
    (entry,) = client.batch_get_secret_value(SecretIdList=[stored])["SecretValues"]
    assert (entry["SecretString"], entry["VersionStages"]) == ("two", ["AWSCURRENT"])
    assert "LastAccessedDate" in client.describe_secret(SecretId=stored)


@pytest.mark.shows("BatchGetSecretValue", errors=("ResourceNotFoundException", "InvalidRequestException"))
def test_what_one_secret_refuses_stands_beside_the_values_of_the_others(client: Any, five: list[str]) -> None:
    client.delete_secret(SecretId=five[1])
    client.create_secret(Name=f"{five[0]}/empty")
    wanted = [five[0], five[1], f"{five[0]}/absent", f"{five[0]}/empty"]
    answer = client.batch_get_secret_value(SecretIdList=wanted)
    assert [entry["Name"] for entry in answer["SecretValues"]] == [five[0]]
    assert answer["Errors"] == [
        {
            "SecretId": five[1],
            "ErrorCode": "InvalidRequestException",
            "Message": "You can't perform this operation on the secret because it was marked for deletion.",
        },
        {
            "SecretId": f"{five[0]}/absent",
            "ErrorCode": "ResourceNotFoundException",
            "Message": "Secrets Manager can't find the specified secret.",
        },
        {
            "SecretId": f"{five[0]}/empty",
            "ErrorCode": "ResourceNotFoundException",
            "Message": "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
        },
    ]


@pytest.mark.shows("BatchGetSecretValue", parameters=("Filters", "MaxResults", "NextToken"))
def test_filters_find_and_come_in_pages(client: Any, name: str, five: list[str]) -> None:
    client.delete_secret(SecretId=five[4])
    request: dict[str, Any] = {"Filters": [{"Key": "name", "Values": [name]}], "MaxResults": 3}
    first = client.batch_get_secret_value(**request)
    assert [entry["SecretString"] for entry in first["SecretValues"]] == ["0", "1", "2"]
    second = client.batch_get_secret_value(**request, NextToken=first["NextToken"])
    assert [entry["SecretString"] for entry in second["SecretValues"]] == ["3"]
    assert "NextToken" not in second


@pytest.mark.shows("BatchGetSecretValue", parameters=("Filters",))
def test_a_page_of_filters_has_twenty_unless_told_otherwise(client: Any, name: str) -> None:
    for number in range(21):
        client.create_secret(Name=f"{name}/{number}", SecretString="v")
    answer = client.batch_get_secret_value(Filters=[{"Key": "name", "Values": [name]}])
    assert len(answer["SecretValues"]) == 20
    assert "NextToken" in answer


@pytest.mark.shows("BatchGetSecretValue", parameters=("SecretIdList", "Filters"), errors=("InvalidParameterException",))
def test_exactly_one_of_list_and_filters_is_needed(client: Any, stored: str) -> None:
    filters = [{"Key": "name", "Values": [stored]}]
    assert refusal(client.batch_get_secret_value, SecretIdList=[stored], Filters=filters) == XOR
    assert refusal(client.batch_get_secret_value) == XOR


@pytest.mark.shows("BatchGetSecretValue", parameters=("MaxResults",), errors=("InvalidParameterException",))
def test_a_page_size_needs_filters(client: Any, stored: str) -> None:
    error = refusal(client.batch_get_secret_value, SecretIdList=[stored], MaxResults=1)
    assert error == (
        "InvalidParameterException",
        "To use the MaxResults parameter, you must also use the Filters parameter.",
    )


@pytest.mark.shows("BatchGetSecretValue", parameters=("NextToken",), errors=("InvalidNextTokenException",))
def test_a_token_of_another_query_is_refused(client: Any, name: str, five: list[str]) -> None:
    token = client.batch_get_secret_value(Filters=[{"Key": "name", "Values": [name]}], MaxResults=1)["NextToken"]
    for query in ({"Filters": [{"Key": "name", "Values": [five[0]]}]}, {"SecretIdList": five}):
        error = refusal(client.batch_get_secret_value, **query, NextToken=token)
        assert error[0] == "InvalidNextTokenException"


@pytest.mark.parametrize("request_", [{"SecretIdList": []}, {"SecretIdList": ["n"] * 21}, {"MaxResults": 21}])
@pytest.mark.shows("BatchGetSecretValue", parameters=("SecretIdList", "MaxResults"))
def test_what_breaks_the_model_is_refused(raw: Any, request_: dict[str, Any]) -> None:
    assert refusal(raw.batch_get_secret_value, **request_)[0] == "ValidationException"


def test_a_secret_that_may_not_be_read_is_an_entry_among_the_errors(
    server: Server, client: Any, five: list[str]
) -> None:
    arn = client.describe_secret(SecretId=five[0])["ARN"]
    reader = _session(
        server,
        {"Effect": "Allow", "Action": "secretsmanager:BatchGetSecretValue", "Resource": "*"},
        {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": arn},
    )
    answer = reader.batch_get_secret_value(SecretIdList=[five[0], five[1], "absent"])
    assert [entry["Name"] for entry in answer["SecretValues"]] == [five[0]]
    assert [(error["SecretId"], error["ErrorCode"]) for error in answer["Errors"]] == [
        (five[1], "AccessDeniedException"),
        ("absent", "AccessDeniedException"),
    ]
    filters = [{"Key": "name", "Values": [five[0]]}]
    assert refusal(reader.batch_get_secret_value, Filters=filters)[0] == "AccessDeniedException"


def test_reading_each_secret_is_not_enough_for_a_batch(server: Server, stored: str) -> None:
    reader = _session(server, {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"})
    assert refusal(reader.batch_get_secret_value, SecretIdList=[stored])[0] == "AccessDeniedException"


def _session(server: Server, *statements: dict[str, str]) -> Any:
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    made = server.client("sts").get_federation_token(Name="tests", Policy=policy)["Credentials"]
    return server.client(
        aws_access_key_id=made["AccessKeyId"],
        aws_secret_access_key=made["SecretAccessKey"],
        aws_session_token=made["SessionToken"],
    )
