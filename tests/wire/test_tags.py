"""TagResource and UntagResource."""

from __future__ import annotations

from typing import Any

import pytest

from tests.testing.wire import refusal

MARKED = (
    "InvalidRequestException",
    "You can't perform this operation on the secret because it was marked for deletion.",
)


def _tags(client: Any, name: str) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in client.describe_secret(SecretId=name).get("Tags", ())}


def _pairs(**tags: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


@pytest.mark.shows("TagResource", parameters=("SecretId", "Tags"))
def test_tags_join_those_that_are_there_and_a_key_takes_the_new_value(client: Any, name: str) -> None:
    client.create_secret(Name=name, Tags=_pairs(team="payments", stage="test"))
    answer = client.tag_resource(SecretId=name, Tags=_pairs(stage="live", Stage="upper", empty=""))
    assert list(answer) == ["ResponseMetadata"]
    assert _tags(client, name) == {"team": "payments", "stage": "live", "Stage": "upper", "empty": ""}


@pytest.mark.shows("UntagResource", parameters=("SecretId", "TagKeys"))
def test_tags_are_taken_off_by_key_and_absent_ones_are_no_fault(client: Any, name: str) -> None:
    client.create_secret(Name=name, Tags=_pairs(team="payments", stage="test"))
    assert list(client.untag_resource(SecretId=name, TagKeys=["stage", "Team", "absent"])) == ["ResponseMetadata"]
    assert _tags(client, name) == {"team": "payments"}


@pytest.mark.shows("UntagResource", parameters=("SecretId", "TagKeys"))
def test_a_secret_that_lost_its_tags_shows_none_and_one_that_never_had_any_shows_no_list(
    client: Any, name: str
) -> None:
    client.create_secret(Name=name)
    assert "Tags" not in client.describe_secret(SecretId=name)
    client.tag_resource(SecretId=name, Tags=_pairs(team="payments"))
    client.untag_resource(SecretId=name, TagKeys=["team"])
    assert client.describe_secret(SecretId=name)["Tags"] == []
    client.tag_resource(SecretId=name, Tags=_pairs(stage="live"))
    assert client.describe_secret(SecretId=name)["Tags"] == _pairs(stage="live")


@pytest.mark.parametrize(
    "tags",
    [
        [{"Key": "aws:mine", "Value": "v"}],
        [{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "2"}],
        [{"Value": "v"}],
        [{"Key": f"k{number}", "Value": "v"} for number in range(50)],
    ],
)
@pytest.mark.shows("TagResource", parameters=("Tags",), errors=("InvalidParameterException",))
def test_tags_that_may_not_be_are_refused_and_none_of_them_kept(
    client: Any, name: str, tags: list[dict[str, str]]
) -> None:
    client.create_secret(Name=name, Tags=_pairs(there="v"))
    assert refusal(client.tag_resource, SecretId=name, Tags=tags)[0] == "InvalidParameterException"
    assert _tags(client, name) == {"there": "v"}


@pytest.mark.parametrize("tag", [{"Key": "", "Value": "v"}, {"Key": "k" * 129}, {"Key": "k", "Value": "v" * 257}])
@pytest.mark.shows("TagResource", parameters=("Tags",))
def test_keys_and_values_out_of_bounds_are_refused(raw: Any, stored: str, tag: dict[str, str]) -> None:
    code, message = refusal(raw.tag_resource, SecretId=stored, Tags=[tag])
    assert (code, "at 'tags.1.member." in message) == ("ValidationException", True)


@pytest.mark.shows("UntagResource", parameters=("TagKeys",))
def test_keys_out_of_bounds_are_refused(raw: Any, stored: str) -> None:
    code, message = refusal(raw.untag_resource, SecretId=stored, TagKeys=["k" * 129])
    assert (code, "at 'tagKeys' failed to satisfy" in message) == ("ValidationException", True)


@pytest.mark.shows("TagResource", errors=("InvalidRequestException", "ResourceNotFoundException"))
@pytest.mark.shows("UntagResource", errors=("InvalidRequestException", "ResourceNotFoundException"))
def test_absent_secrets_and_those_pending_deletion_are_refused(client: Any, stored: str) -> None:
    client.delete_secret(SecretId=stored)
    for call, request in ((client.tag_resource, {"Tags": _pairs(a="b")}), (client.untag_resource, {"TagKeys": ["a"]})):
        assert refusal(call, SecretId=stored, **request) == MARKED
        assert refusal(call, SecretId=f"{stored}/absent", **request)[0] == "ResourceNotFoundException"
