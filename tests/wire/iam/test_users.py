"""Users over HTTP with boto3; sentences are those that AWS was recorded with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.testing.wire import refusal, refused
from tests.wire.iam.conftest import ACCOUNT, allowing


@pytest.mark.shows("iam:CreateUser", "iam:GetUser", "iam:ListUsers", "iam:DeleteUser")
@pytest.mark.parametrize("path", [None, "/", "/a-path/", "/a//b/"])
def test_a_user_is_made_found_listed_and_deleted(iam: Any, name: str, path: str | None) -> None:
    asked = {} if path is None else {"Path": path}
    made = iam.create_user(UserName=name, **asked)["User"]
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:user{path or '/'}{name}"
    assert (made["UserName"], made["Path"], made["UserId"][:4]) == (name, path or "/", "AIDA")
    assert sorted(made) == ["Arn", "CreateDate", "Path", "UserId", "UserName"]
    assert iam.get_user(UserName=name)["User"] == made
    assert made in iam.list_users(MaxItems=1000)["Users"]
    assert made in iam.list_users(PathPrefix=(path or "/")[:3])["Users"]
    iam.delete_user(UserName=name)
    code, told = refusal(iam.get_user, UserName=name)
    assert (code, told) == ("NoSuchEntity", f"The user with name {name} cannot be found.")


def test_errors_have_the_type_and_status_of_the_model(iam: Any) -> None:
    response = refused(iam.get_user, UserName="nobody")
    assert response["Error"] == {
        "Type": "Sender",
        "Code": "NoSuchEntity",
        "Message": "The user with name nobody cannot be found.",
    }
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_a_name_is_taken_whatever_the_case_of_its_letters(iam: Any, user: str) -> None:
    told = f"User with name {user.upper()} already exists."
    assert refusal(iam.create_user, UserName=user.upper()) == ("EntityAlreadyExists", told)


def test_names_of_the_stores_own_users_are_taken(iam: Any) -> None:
    assert refusal(iam.create_user, UserName="strongroom-operator")[0] == "EntityAlreadyExists"


@pytest.mark.parametrize(
    ("member", "value", "told"),
    [
        ("UserName", "a b", r"Member must satisfy regular expression pattern: [\w+=,.@-]+"),
        ("UserName", "a" * 65, "Member must have length less than or equal to 64"),
    ],
)
def test_what_breaks_the_model_is_told_without_being_shown(raw_iam: Any, member: str, value: str, told: str) -> None:
    code, text = refusal(raw_iam.create_user, **{member: value})
    where = "1 validation error detected: Value at 'userName' failed to satisfy constraint"
    assert (code, text) == ("ValidationError", f"{where}: {told}")


@pytest.mark.parametrize("path", ["x/", "/x"])
def test_a_path_begins_and_ends_with_a_slash(raw_iam: Any, name: str, path: str) -> None:
    assert refusal(raw_iam.create_user, UserName=name, Path=path)[0] == "ValidationError"


@pytest.mark.shows("iam:UpdateUser")
def test_a_user_that_is_renamed_keeps_id_keys_and_password(iam: Any, user: str, client_of: Callable[..., Any]) -> None:
    before = iam.get_user(UserName=user)["User"]
    iam.create_login_profile(UserName=user, Password="Correct-Horse-1")
    sts = client_of(user, "sts")
    iam.update_user(UserName=user, NewUserName=f"{user}-new", NewPath="/moved/")
    assert refusal(iam.get_user, UserName=user)[0] == "NoSuchEntity"
    after = iam.get_user(UserName=f"{user}-new")["User"]
    assert (after["UserId"], after["Arn"]) == (before["UserId"], f"arn:aws:iam::{ACCOUNT}:user/moved/{user}-new")
    assert sts.get_caller_identity()["Arn"] == after["Arn"]
    assert [key["UserName"] for key in iam.list_access_keys(UserName=f"{user}-new")["AccessKeyMetadata"]] == [
        f"{user}-new"
    ]
    assert iam.get_login_profile(UserName=f"{user}-new")["LoginProfile"]["UserName"] == f"{user}-new"


def test_a_name_that_is_taken_is_not_given_again(iam: Any, user: str, name: str) -> None:
    iam.create_user(UserName=f"{name}-other")
    told = f"User with name {name}-other already exists."
    assert refusal(iam.update_user, UserName=user, NewUserName=f"{name}-other") == ("EntityAlreadyExists", told)


def test_a_user_with_something_on_it_stays(iam: Any, user: str, policy: Callable[..., str]) -> None:
    arn = policy("s3:*")
    iam.attach_user_policy(UserName=user, PolicyArn=arn)
    conflict = "DeleteConflict"
    assert refusal(iam.delete_user, UserName=user) == (
        conflict,
        "Cannot delete entity, must detach all policies first.",
    )
    iam.detach_user_policy(UserName=user, PolicyArn=arn)
    iam.put_user_policy(UserName=user, PolicyName="own", PolicyDocument=allowing("s3:*"))
    assert refusal(iam.delete_user, UserName=user) == (conflict, "Cannot delete entity, must delete policies first.")
    iam.delete_user_policy(UserName=user, PolicyName="own")
    iam.create_access_key(UserName=user)
    assert refusal(iam.delete_user, UserName=user)[0] == conflict


@pytest.mark.shows("iam:TagUser", "iam:UntagUser", "iam:ListUserTags")
def test_tags_are_added_replaced_and_taken_off(iam: Any, user: str) -> None:
    iam.tag_user(UserName=user, Tags=[{"Key": "team", "Value": "a"}, {"Key": "env", "Value": ""}])
    iam.tag_user(UserName=user, Tags=[{"Key": "TEAM", "Value": "b"}])
    assert iam.list_user_tags(UserName=user)["Tags"] == [{"Key": "TEAM", "Value": "b"}, {"Key": "env", "Value": ""}]
    iam.untag_user(UserName=user, TagKeys=["team"])
    assert iam.get_user(UserName=user)["User"]["Tags"] == [{"Key": "env", "Value": ""}]


def test_a_tag_key_stands_once_whatever_its_case(iam: Any, name: str) -> None:
    tags = [{"Key": "k", "Value": "1"}, {"Key": "K", "Value": "2"}]
    told = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
    assert refusal(iam.create_user, UserName=name, Tags=tags) == ("InvalidInput", told)


@pytest.mark.parametrize(
    ("tag", "told"),
    [
        ({"Key": "k" * 129, "Value": ""}, ("key", 128)),
        ({"Key": "k", "Value": "v" * 257}, ("value", 256)),
    ],
)
def test_tags_keep_to_the_model(raw_iam: Any, user: str, tag: dict[str, str], told: tuple[str, int]) -> None:
    member, most = told
    where = f"Value at 'tags.1.member.{member}' failed to satisfy constraint"
    what = f"Member must have length less than or equal to {most}"
    code = refusal(raw_iam.tag_user, UserName=user, Tags=[tag])
    assert code == ("ValidationError", f"1 validation error detected: {where}: {what}")


@pytest.mark.shows("iam:CreateAccessKey", "iam:ListAccessKeys", "iam:UpdateAccessKey", "iam:DeleteAccessKey")
def test_a_key_is_good_while_it_is_active(iam: Any, user: str, client_of: Callable[..., Any]) -> None:
    sts = client_of(user, "sts")
    assert sts.get_caller_identity()["UserId"] == iam.get_user(UserName=user)["User"]["UserId"]
    (key,) = iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
    assert (key["UserName"], key["Status"]) == (user, "Active")
    iam.update_access_key(UserName=user, AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert refusal(sts.get_caller_identity)[0] == "InvalidClientTokenId"
    iam.update_access_key(UserName=user, AccessKeyId=key["AccessKeyId"], Status="Active")
    sts.get_caller_identity()
    iam.delete_access_key(UserName=user, AccessKeyId=key["AccessKeyId"])
    assert refusal(sts.get_caller_identity)[0] == "InvalidClientTokenId"
    assert iam.list_access_keys(UserName=user)["AccessKeyMetadata"] == []


def test_a_user_has_two_keys_at_most(iam: Any, user: str) -> None:
    for _ in range(2):
        iam.create_access_key(UserName=user)
    told = "Cannot exceed quota for AccessKeysPerUser: 2"
    assert refusal(iam.create_access_key, UserName=user) == ("LimitExceeded", told)


def test_a_key_that_is_not_there_is_told(iam: Any, user: str) -> None:
    told = "The Access Key with id AKIAIOSFODNN7EXAMPLE cannot be found."
    asked = {"UserName": user, "AccessKeyId": "AKIAIOSFODNN7EXAMPLE"}
    assert refusal(iam.update_access_key, **asked, Status="Inactive") == ("NoSuchEntity", told)
    assert refusal(iam.delete_access_key, **asked) == ("NoSuchEntity", told)


def test_whoever_is_no_user_says_whose_key_is_meant(iam: Any) -> None:
    told = "Must specify userName when calling with non-User credentials"
    assert refusal(iam.delete_access_key, AccessKeyId="AKIAIOSFODNN7EXAMPLE") == ("ValidationError", told)


def test_a_user_manages_own_keys_without_saying_whose(iam: Any, user: str, client_of: Callable[..., Any]) -> None:
    iam.put_user_policy(UserName=user, PolicyName="own", PolicyDocument=allowing("iam:*AccessKey*"))
    own = client_of(user, "iam")
    made = own.create_access_key()["AccessKey"]
    assert made["UserName"] == user
    own.delete_access_key(AccessKeyId=made["AccessKeyId"])
    assert len(own.list_access_keys()["AccessKeyMetadata"]) == 1


@pytest.mark.shows("iam:GetAccessKeyLastUsed")
def test_when_a_key_was_last_used_is_told(iam: Any, user: str, client_of: Callable[..., Any]) -> None:
    sts = client_of(user, "sts")
    (key,) = iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
    unused = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
    assert (unused["UserName"], unused["AccessKeyLastUsed"]) == (user, {"ServiceName": "N/A", "Region": "N/A"})
    sts.get_caller_identity()
    used = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]
    assert (used["ServiceName"], used["Region"]) == ("sts", "us-east-1")


def test_who_asks_for_an_unknown_key_is_told_no_more(iam: Any) -> None:
    code, told = refusal(iam.get_access_key_last_used, AccessKeyId="AKIAIOSFODNN7EXAMPLE")
    assert code == "AccessDenied"
    assert told.endswith(
        "is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key AKIAIOSFODNN7EXAMPLE"
    )


@pytest.mark.shows("iam:PutUserPermissionsBoundary", "iam:DeleteUserPermissionsBoundary")
def test_a_boundary_narrows_what_policies_allow(
    iam: Any, user: str, policy: Callable[..., str], client_of: Callable[..., Any]
) -> None:
    iam.put_user_policy(UserName=user, PolicyName="all", PolicyDocument=allowing("*"))
    boundary = policy("sts:*", "iam:GetUser")
    iam.put_user_permissions_boundary(UserName=user, PermissionsBoundary=boundary)
    shown = iam.get_user(UserName=user)["User"]["PermissionsBoundary"]
    assert shown == {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": boundary}
    own = client_of(user, "iam")
    own.get_user()
    code, told = refusal(own.list_users)
    assert code == "AccessDenied"
    assert "because no permissions boundary allows the iam:ListUsers action" in told
    iam.delete_user_permissions_boundary(UserName=user)
    own.list_users()


def test_a_page_of_users_is_followed_by_the_next(iam: Any, name: str) -> None:
    for number in range(3):
        iam.create_user(UserName=f"{name}{number}", Path=f"/{name}/")
    first = iam.list_users(PathPrefix=f"/{name}/", MaxItems=2)
    assert (first["IsTruncated"], len(first["Users"])) == (True, 2)
    second = iam.list_users(PathPrefix=f"/{name}/", MaxItems=2, Marker=first["Marker"])
    assert (second["IsTruncated"], [each["UserName"] for each in second["Users"]]) == (False, [f"{name}2"])
    assert refusal(iam.list_users, Marker="made-up") == ("ValidationError", "Invalid Marker.")


def test_the_root_is_told_who_it_is(iam: Any) -> None:
    shown = iam.get_user()["User"]
    assert (shown["Arn"], shown["UserId"]) == (f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT)
