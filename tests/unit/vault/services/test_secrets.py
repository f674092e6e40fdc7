"""Creating, reading, changing and deleting secrets, as a caller of the operations sees it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.testing.vault_bench import ACCOUNT, REGION, Bench, token
from vault.domain.errors import (
    EncryptionFailed,
    InvalidParameter,
    InvalidRequest,
    ResourceExists,
    ResourceNotFound,
    ValidationFailed,
)

MISSING_TOKEN = "You must provide a ClientRequestToken value. We recommend a UUID-type value."


def test_a_value_is_read_as_it_was_put(bench: Bench) -> None:
    bench.call("CreateSecret", Name="app/db", SecretString="grüße\x00")
    assert bench.value("app/db") == "grüße\x00"


def test_a_binary_value_stays_binary(bench: Bench) -> None:
    bench.call("CreateSecret", Name="n", SecretBinary=b"\xff\x00text")
    assert "SecretString" not in bench.call("GetSecretValue", SecretId="n")
    assert bench.value("n") == b"\xff\x00text"


def test_the_largest_value_is_kept(bench: Bench) -> None:
    bench.call("CreateSecret", Name="n", SecretBinary=b"x" * 65_536)
    assert len(bench.value("n")) == 65_536


@pytest.mark.parametrize(
    "value", [{"SecretBinary": b"x" * 65_537}, {"SecretString": "ä" * 32_769}, {"SecretString": ""}]
)
def test_a_value_out_of_bounds_is_refused(bench: Bench, value: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameter, match="65536"):
        bench.call("CreateSecret", Name="n", **value)


def test_a_secret_is_found_by_name_full_arn_and_partial_arn(bench: Bench) -> None:
    arn = bench.call("CreateSecret", Name="app/db", SecretString="v")["ARN"]
    assert {bench.value(name) for name in ("app/db", arn, arn[:-7])} == {"v"}


def test_a_name_with_a_suffix_captures_no_lookup_of_another(bench: Bench) -> None:
    arn = bench.call("CreateSecret", Name="app", SecretString="short")["ARN"]
    suffixed = "app" + arn[-7:]
    bench.call("CreateSecret", Name=suffixed, SecretString="long")
    assert (bench.value("app"), bench.value(arn), bench.value(suffixed)) == ("short", "short", "long")


def test_a_partial_arn_of_a_suffixed_name_finds_nothing(bench: Bench) -> None:
    arn = bench.call("CreateSecret", Name="app-a1b2c3", SecretString="v")["ARN"]
    with pytest.raises(ResourceNotFound):
        bench.value(arn[:-7])


def test_another_region_sees_nothing_and_another_account_what_it_names_whole(bench: Bench) -> None:
    arn = bench.call("CreateSecret", Name="n", SecretString="v")["ARN"]
    for account, region in (("210987654321", REGION), (ACCOUNT, "eu-west-1")):
        bench.account_id, bench.region = account, region
        # Whether another account may, its own and the secret's policy are asked before.
        for secret_id in ("n", arn[:-7] if region == REGION else arn):
            with pytest.raises(ResourceNotFound) as refused:
                bench.value(secret_id)
            assert refused.value.message == "Secrets Manager can't find the specified secret."


def test_one_name_in_two_regions_is_two_secrets(bench: Bench) -> None:
    bench.call("CreateSecret", Name="n", SecretString="here")
    bench.region = "eu-west-1"
    bench.call("CreateSecret", Name="n", SecretString="there")
    assert bench.value("n") == "there"


def test_a_secret_without_a_value_has_no_version(bench: Bench) -> None:
    assert "VersionId" not in bench.call("CreateSecret", Name="n")
    with pytest.raises(ResourceNotFound) as refused:
        bench.value("n")
    assert refused.value.message == (
        "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT"
    )


def test_a_name_that_is_taken_is_refused(bench: Bench) -> None:
    bench.call("CreateSecret", Name="n", SecretString="v")
    with pytest.raises(ResourceExists) as refused:
        bench.call("CreateSecret", Name="n", SecretString="v")
    assert refused.value.message == "The operation failed because the secret n already exists."


@pytest.mark.parametrize("value", [{}, {"SecretString": "v"}])
def test_the_same_creation_again_returns_the_same_secret(bench: Bench, value: dict[str, str]) -> None:
    request = {"Name": "n", "ClientRequestToken": token(), **value}
    assert bench.call("CreateSecret", **request) == bench.call("CreateSecret", **request)


def test_the_same_token_with_another_value_creates_nothing(bench: Bench) -> None:
    request = {"Name": "n", "ClientRequestToken": token()}
    bench.call("CreateSecret", **request, SecretString="v")
    with pytest.raises(ResourceExists):
        bench.call("CreateSecret", **request, SecretString="w")
    assert bench.value("n") == "v"


def test_a_bad_name_is_refused(bench: Bench) -> None:
    with pytest.raises(ValidationFailed):
        bench.call("CreateSecret", Name="a b")


@pytest.mark.parametrize(
    ("operation", "request_", "error"),
    [
        ("CreateSecret", {"Name": "n"}, InvalidRequest),
        ("PutSecretValue", {"SecretId": "absent", "SecretString": "v"}, InvalidRequest),
        ("UpdateSecret", {"SecretId": "absent"}, InvalidRequest),
        ("RotateSecret", {"SecretId": "absent"}, InvalidParameter),
    ],
)
def test_a_missing_token_is_refused_before_the_secret_is_looked_up(
    bench: Bench, operation: str, request_: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error, match="You must provide a ClientRequestToken") as refused:
        bench.call(operation, ClientRequestToken=None, **request_)
    assert str(refused.value) == MISSING_TOKEN


def test_a_put_moves_current_and_the_answer_lists_its_labels(bench: Bench) -> None:
    first = bench.call("CreateSecret", Name="n", SecretString="one")["VersionId"]
    answer = bench.call("PutSecretValue", SecretId="n", SecretString="two")
    assert answer["VersionStages"] == ["AWSCURRENT"]
    assert bench.stages("n") == {first: ["AWSPREVIOUS"], answer["VersionId"]: ["AWSCURRENT"]}
    assert (bench.value("n"), bench.value("n", VersionStage="AWSPREVIOUS")) == ("two", "one")


def test_labels_come_back_sorted(bench: Bench) -> None:
    bench.call("CreateSecret", Name="n", SecretString="one")
    answer = bench.call("PutSecretValue", SecretId="n", SecretString="two", VersionStages=["two", "four", "one"])
    assert answer["VersionStages"] == ["four", "one", "two"]


def test_the_same_put_again_changes_nothing(bench: Bench) -> None:
    bench.call("CreateSecret", Name="n", SecretString="one")
    request = {"SecretId": "n", "SecretString": "two", "ClientRequestToken": token()}
    first = bench.call("PutSecretValue", **request)
    bench.call("PutSecretValue", SecretId="n", SecretString="three")
    before = bench.call("DescribeSecret", SecretId="n")
    bench.pass_time(hours=1)
    assert bench.call("PutSecretValue", **request) == {**first, "VersionStages": ["AWSPREVIOUS"]}
    assert bench.call("DescribeSecret", SecretId="n") == before


@pytest.mark.parametrize("value", [{"SecretString": "other"}, {"SecretBinary": b"two"}])
def test_the_token_of_another_value_is_refused(bench: Bench, value: dict[str, Any]) -> None:
    bench.call("CreateSecret", Name="n", SecretString="one")
    request = {"SecretId": "n", "ClientRequestToken": token()}
    bench.call("PutSecretValue", **request, SecretString="two")
    with pytest.raises(ResourceExists):
        bench.call("PutSecretValue", **request, **value)
    assert bench.value("n") == "two"


@pytest.mark.parametrize(
    ("value", "error"), [({}, InvalidRequest), ({"SecretString": "a", "SecretBinary": b"b"}, InvalidParameter)]
)
def test_a_put_holds_exactly_one_value(bench: Bench, value: dict[str, Any], error: type[Exception]) -> None:
    bench.call("CreateSecret", Name="n", SecretString="one")
    with pytest.raises(error):
        bench.call("PutSecretValue", SecretId="n", **value)


def test_an_update_without_a_value_makes_no_version(bench: Bench) -> None:
    bench.call("CreateSecret", Name="n", SecretString="one")
    assert "VersionId" not in bench.call("UpdateSecret", SecretId="n", Description="what it is for")
    assert bench.call("DescribeSecret", SecretId="n")["Description"] == "what it is for"
    assert bench.value("n") == "one"


def test_an_update_with_a_value_is_a_put(bench: Bench) -> None:
    bench.call("CreateSecret", Name="n", SecretString="one")
    version = bench.call("UpdateSecret", SecretId="n", SecretString="two")["VersionId"]
    assert bench.stages("n")[version] == ["AWSCURRENT"]


@pytest.mark.parametrize("operation", ["CreateSecret", "PutSecretValue", "UpdateSecret"])
def test_the_token_of_a_version_is_refused_with_another_value(bench: Bench, operation: str) -> None:
    first = bench.call("CreateSecret", Name="n", SecretString="one")
    named = {"Name" if operation == "CreateSecret" else "SecretId": "n"}
    with pytest.raises(ResourceExists) as refused:
        bench.call(operation, **named, SecretString="two", ClientRequestToken=first["VersionId"])
    assert refused.value.message == (
        f"You can't use ClientRequestToken {first['VersionId']} because that value is already in use for a version of "
        f"secret {first['ARN']}."
    )


def test_a_label_move_rolls_back_to_the_previous_value(bench: Bench) -> None:
    first = bench.call("CreateSecret", Name="n", SecretString="one")["VersionId"]
    second = bench.call("PutSecretValue", SecretId="n", SecretString="two")["VersionId"]
    answer = bench.call(
        "UpdateSecretVersionStage",
        SecretId="n",
        VersionStage="AWSCURRENT",
        MoveToVersionId=first,
        RemoveFromVersionId=second,
    )
    assert sorted(answer) == ["ARN", "Name"]
    assert bench.value("n") == "one"


def test_a_label_move_needs_a_version(bench: Bench) -> None:
    bench.call("CreateSecret", Name="n", SecretString="one")
    with pytest.raises(InvalidParameter):
        bench.call("UpdateSecretVersionStage", SecretId="n", VersionStage="blue")


def test_the_day_of_a_read_is_noted_and_nothing_else_changes(bench: Bench) -> None:
    bench.call("CreateSecret", Name="n", SecretString="one")
    before = bench.call("DescribeSecret", SecretId="n")
    assert "LastAccessedDate" not in before
    bench.pass_time(days=1)
    bench.value("n")
    midnight = bench.now.replace(hour=0)
    assert bench.call("DescribeSecret", SecretId="n") == {**before, "LastAccessedDate": midnight}


def test_a_second_read_on_one_day_writes_nothing(bench: Bench) -> None:
    arn = bench.call("CreateSecret", Name="n", SecretString="one")["ARN"]
    generations = []
    for _ in range(2):
        bench.value("n")
        with bench.store.transaction() as tx:
            secret = tx.secrets.find_arn(arn)
            assert secret is not None
            generations.append(secret.generation)
    assert generations[0] == generations[1]


def test_unset_members_are_absent(bench: Bench) -> None:
    bench.call("CreateSecret", Name="n")
    assert sorted(bench.call("DescribeSecret", SecretId="n")) == ["ARN", "CreatedDate", "LastChangedDate", "Name"]


def test_the_managed_key_is_taken_under_each_of_its_names(bench: Bench) -> None:
    for number, key in enumerate(
        ("alias/aws/secretsmanager", f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/aws/secretsmanager", "")
    ):
        bench.call("CreateSecret", Name=f"n{number}", SecretString="v", KmsKeyId=key)
        assert "KmsKeyId" not in bench.call("DescribeSecret", SecretId=f"n{number}")


@pytest.mark.parametrize("key", ["alias/mine", "1234abcd-12ab-34cd-56ef-1234567890ab"])
def test_an_unknown_key_is_refused_and_nothing_made(bench: Bench, key: str) -> None:
    with pytest.raises(EncryptionFailed):
        bench.call("CreateSecret", Name="n", SecretString="v", KmsKeyId=key)
    with pytest.raises(ResourceNotFound):
        bench.call("DescribeSecret", SecretId="n")


@pytest.mark.parametrize(
    "tags",
    [
        [{"Key": f"k{number}", "Value": "v"} for number in range(51)],
        [{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "2"}],
        [{"Key": "aws:k", "Value": "v"}],
        [{"Value": "v"}],
    ],
)
def test_bad_tags_are_refused(bench: Bench, tags: list[dict[str, str]]) -> None:
    with pytest.raises(InvalidParameter):
        bench.call("CreateSecret", Name="n", Tags=tags)


def test_tags_are_shown(bench: Bench) -> None:
    tags = [{"Key": "team", "Value": "payments"}, {"Key": "empty", "Value": ""}]
    bench.call("CreateSecret", Name="n", Tags=tags)
    assert bench.call("DescribeSecret", SecretId="n")["Tags"] == tags


@pytest.mark.parametrize(
    ("operation", "member"),
    [
        ("CreateSecret", {"Name": "m", "CrossAccountPrimaryARN": "arn:x"}),
        ("RotateSecret", {"SecretId": "n", "ExternalSecretRotationMetadata": [{"Key": "a"}]}),
        ("RotateSecret", {"SecretId": "n", "ExternalSecretRotationRoleArn": "arn:x"}),
    ],
)
def test_what_is_not_offered_is_refused_by_name(bench: Bench, operation: str, member: dict[str, Any]) -> None:
    bench.call("CreateSecret", Name="n", SecretString="v")
    with pytest.raises(InvalidParameter, match=f"^{list(member)[-1]} is not supported"):
        bench.call(operation, **member)
