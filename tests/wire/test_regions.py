"""Regions are enabled and disabled through boto3's `account` client, and refuse while they are off."""

from __future__ import annotations

from typing import Any

import pytest

from tests.testing.regions import EAST, WEST, settled, until
from tests.testing.server import Server
from tests.testing.wire import refusal, refused


@pytest.fixture
def account(two: Server) -> Any:
    """The administrator's client of the account service."""
    return two.client("account")


def _status(account: Any, region: str = WEST) -> str:
    return str(account.get_region_opt_status(RegionName=region)["RegionOptStatus"])


def test_regions_are_listed_with_their_statuses(account: Any) -> None:
    assert account.list_regions()["Regions"] == [
        {"RegionName": EAST, "RegionOptStatus": "ENABLED_BY_DEFAULT"},
        {"RegionName": WEST, "RegionOptStatus": "ENABLED"},
    ]


@pytest.mark.shows("account:ListRegions", parameters=("MaxResults", "NextToken", "RegionOptStatusContains"))
def test_a_list_comes_in_pages_and_by_status(account: Any) -> None:
    first = account.list_regions(MaxResults=1)
    second = account.list_regions(MaxResults=1, NextToken=first["NextToken"])
    assert [each["RegionName"] for each in first["Regions"] + second["Regions"]] == [EAST, WEST]
    assert "NextToken" not in second
    found = account.list_regions(RegionOptStatusContains=["ENABLED"])["Regions"]
    assert [each["RegionName"] for each in found] == [WEST]


@pytest.mark.shows("account:EnableRegion", parameters=("RegionName",))
@pytest.mark.shows("account:DisableRegion", parameters=("RegionName",))
@pytest.mark.shows("account:GetRegionOptStatus", parameters=("RegionName",))
def test_a_region_that_is_disabled_refuses_until_it_is_enabled(two: Server, account: Any, name: str) -> None:
    west = two.client(region=WEST)
    west.create_secret(Name=name, SecretString="v")
    account.disable_region(RegionName=WEST)
    until(lambda: _status(account), lambda status: status == "DISABLED")
    code, message = refusal(west.get_secret_value, SecretId=name)
    assert (code, message) == ("InvalidSignatureException", "Credential should be scoped to a valid region.")
    account.enable_region(RegionName=WEST)
    until(lambda: _status(account), lambda status: status == "ENABLED")
    assert west.get_secret_value(SecretId=name)["SecretString"] == "v"


def test_nothing_is_replicated_to_a_region_that_is_disabled(two: Server, account: Any, name: str) -> None:
    account.disable_region(RegionName=WEST)
    until(lambda: _status(account), lambda status: status == "DISABLED")
    east = two.client(region=EAST)
    east.create_secret(Name=name, SecretString="v", AddReplicaRegions=[{"Region": WEST}])
    status, message = settled(east, name)[WEST]
    assert (status, "is not enabled" in message) == ("Failed", True)
    account.enable_region(RegionName=WEST)
    until(lambda: settled(east, name)[WEST][0], lambda status: status == "InSync")


@pytest.mark.shows("account:DisableRegion", errors=("ValidationException",))
def test_the_first_region_cannot_be_disabled(account: Any) -> None:
    response = refused(account.disable_region, RegionName=EAST)
    assert response["Error"]["Code"] == "ValidationException"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.shows("account:EnableRegion", errors=("ValidationException",))
@pytest.mark.shows("account:GetRegionOptStatus", errors=("ValidationException",))
@pytest.mark.parametrize("operation", ["enable_region", "disable_region", "get_region_opt_status"])
def test_a_region_that_there_is_not_is_refused(account: Any, operation: str) -> None:
    code, message = refusal(getattr(account, operation), RegionName="eu-north-1")
    assert (code, message) == (
        "ValidationException",
        "The Region eu-north-1 does not exist in this deployment.",
    )


@pytest.mark.shows("account:ListRegions", parameters=("AccountId",), errors=("ValidationException",))
@pytest.mark.shows("account:EnableRegion", parameters=("AccountId",))
@pytest.mark.shows("account:DisableRegion", parameters=("AccountId",))
@pytest.mark.shows("account:GetRegionOptStatus", parameters=("AccountId",))
def test_an_account_may_be_named_where_it_is_the_callers_own(two: Server, account: Any) -> None:
    own = two.client("sts").get_caller_identity()["Account"]
    named: list[tuple[Any, dict[str, str]]] = [
        (account.list_regions, {}),
        (account.get_region_opt_status, {"RegionName": WEST}),
        (account.enable_region, {"RegionName": WEST}),
        (account.disable_region, {"RegionName": WEST}),
    ]
    for operation, arguments in named[:3]:
        operation(AccountId=own, **arguments)
    for operation, arguments in named:
        assert refusal(operation, AccountId="210987654321", **arguments)[0] == "ValidationException"


def test_a_page_token_of_another_list_is_refused(account: Any) -> None:
    token = account.list_regions(MaxResults=1)["NextToken"]
    error = refusal(account.list_regions, NextToken=token, RegionOptStatusContains=["ENABLED"])
    assert error[0] == "ValidationException"


def test_the_account_service_answers_whatever_region_signs(two: Server) -> None:
    for region in (EAST, WEST, "us-east-1"):
        assert len(two.client("account", region=region).list_regions()["Regions"]) == 2


@pytest.mark.shows("account:EnableRegion", errors=("AccessDeniedException",))
@pytest.mark.shows("account:DisableRegion", errors=("AccessDeniedException",))
@pytest.mark.shows("account:GetRegionOptStatus", errors=("AccessDeniedException",))
@pytest.mark.shows("account:ListRegions", errors=("AccessDeniedException",))
def test_who_may_not_is_denied(two: Server) -> None:
    sts = two.client("sts")
    made = sts.get_federation_token(Name="reader", Policy=_NOTHING_HERE, DurationSeconds=900)["Credentials"]
    key = {
        "aws_access_key_id": made["AccessKeyId"],
        "aws_secret_access_key": made["SecretAccessKey"],
        "aws_session_token": made["SessionToken"],
    }
    client = two.client("account", **key)
    asked: list[tuple[Any, dict[str, str]]] = [
        (client.list_regions, {}),
        (client.get_region_opt_status, {"RegionName": WEST}),
        (client.enable_region, {"RegionName": WEST}),
        (client.disable_region, {"RegionName": WEST}),
    ]
    for operation, arguments in asked:
        response = refused(operation, **arguments)
        assert response["Error"]["Code"] == "AccessDeniedException"
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 403


_NOTHING_HERE = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"}]}'
)


def test_an_operation_of_the_account_service_that_is_not_offered_is_refused(account: Any) -> None:
    assert refusal(account.get_contact_information)[0] == "UnknownOperationException"
