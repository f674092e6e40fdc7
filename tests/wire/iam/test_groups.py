"""Groups over HTTP with boto3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.testing.wire import refusal
from tests.wire.iam.conftest import ACCOUNT, allowing


@pytest.fixture
def group(iam: Any, name: str) -> str:
    """The name of a fresh group."""
    iam.create_group(GroupName=f"g{name}")
    return f"g{name}"


@pytest.mark.shows("iam:CreateGroup", "iam:GetGroup", "iam:ListGroups", "iam:DeleteGroup")
def test_a_group_is_made_found_listed_and_deleted(iam: Any, name: str) -> None:
    made = iam.create_group(GroupName=name, Path="/some/")["Group"]
    assert (made["Arn"], made["GroupId"][:4]) == (f"arn:aws:iam::{ACCOUNT}:group/some/{name}", "AGPA")
    found = iam.get_group(GroupName=name)
    assert (found["Group"], found["Users"], found["IsTruncated"]) == (made, [], False)
    assert made in iam.list_groups(PathPrefix="/some/")["Groups"]
    told = f"Group with name {name} already exists."
    assert refusal(iam.create_group, GroupName=name) == ("EntityAlreadyExists", told)
    iam.delete_group(GroupName=name)
    told = f"The group with name {name} cannot be found."
    assert refusal(iam.get_group, GroupName=name) == ("NoSuchEntity", told)


@pytest.mark.shows("iam:AddUserToGroup", "iam:RemoveUserFromGroup", "iam:ListGroupsForUser")
def test_a_user_may_what_its_groups_may(iam: Any, user: str, group: str, client_of: Callable[..., Any]) -> None:
    iam.put_group_policy(GroupName=group, PolicyName="read", PolicyDocument=allowing("iam:ListUsers"))
    own = client_of(user, "iam")
    assert refusal(own.list_users)[0] == "AccessDenied"
    for _ in range(2):
        iam.add_user_to_group(GroupName=group, UserName=user)
    own.list_users()
    assert [each["UserName"] for each in iam.get_group(GroupName=group)["Users"]] == [user]
    assert [each["GroupName"] for each in iam.list_groups_for_user(UserName=user)["Groups"]] == [group]
    for _ in range(2):
        iam.remove_user_from_group(GroupName=group, UserName=user)
    assert refusal(own.list_users)[0] == "AccessDenied"


def test_a_member_is_looked_for_before_the_group(iam: Any, user: str) -> None:
    asked = {"GroupName": "no-group"}
    for change in (iam.add_user_to_group, iam.remove_user_from_group):
        assert refusal(change, **asked, UserName="nobody")[1] == "The user with name nobody cannot be found."
        assert refusal(change, **asked, UserName=user)[1] == "The group with name no-group cannot be found."


def test_a_group_with_users_stays(iam: Any, user: str, group: str) -> None:
    iam.add_user_to_group(GroupName=group, UserName=user)
    assert refusal(iam.delete_group, GroupName=group)[0] == "DeleteConflict"
    assert refusal(iam.delete_user, UserName=user)[0] == "DeleteConflict"


@pytest.mark.shows("iam:UpdateGroup")
def test_members_go_along_with_a_group_that_is_renamed(iam: Any, user: str, group: str, name: str) -> None:
    iam.add_user_to_group(GroupName=group, UserName=user)
    iam.update_group(GroupName=group, NewGroupName=f"{name}-new", NewPath="/new/")
    assert [each["UserName"] for each in iam.get_group(GroupName=f"{name}-new")["Users"]] == [user]
    assert refusal(iam.get_group, GroupName=group)[0] == "NoSuchEntity"
    iam.create_group(GroupName=group)
    told = f"Group with name {group} already exists."
    assert refusal(iam.update_group, GroupName=f"{name}-new", NewGroupName=group) == ("EntityAlreadyExists", told)


def test_a_user_is_in_ten_groups_at_most(iam: Any, user: str, name: str) -> None:
    for number in range(11):
        iam.create_group(GroupName=f"{name}-{number}")
    for number in range(10):
        iam.add_user_to_group(GroupName=f"{name}-{number}", UserName=user)
    told = "Cannot exceed quota for GroupsPerUser: 10"
    assert refusal(iam.add_user_to_group, GroupName=f"{name}-10", UserName=user) == ("LimitExceeded", told)
