"""Secret names, ARNs, and what a SecretId points at."""

from __future__ import annotations

import random
import re

import pytest

from vault.domain.errors import ResourceNotFound, ValidationFailed
from vault.domain.names import SecretLocator, check_name, locate, new_arn

ACCOUNT, REGION = "123456789012", "eu-west-1"
BASE = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:"


def _locate(secret_id: str) -> SecretLocator:
    return locate(secret_id, account_id=ACCOUNT, region=REGION)


@pytest.mark.parametrize("name", ["a", "Valid/_+=.@-Name", "Valid/_+=.@-Name-a1b2c3", "x" * 512])
def test_a_valid_name_is_kept(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize("name", ["", " lead", "a b", "a*b", "a?b", "a\\b", "ä", "a\n", "x" * 513])
def test_a_bad_name_is_refused_in_the_words_of_aws(name: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        check_name(name)
    assert refused.value.message == (
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
    )


def test_an_arn_ends_in_six_letters_or_digits() -> None:
    arn = new_arn(partition="aws", region=REGION, account_id=ACCOUNT, name="app/db", source=random.Random(1))
    assert re.fullmatch(re.escape(BASE) + r"app/db-[A-Za-z0-9]{6}", arn)


def test_two_arns_of_one_name_differ() -> None:
    source = random.Random(1)
    arns = {new_arn(partition="aws", region=REGION, account_id=ACCOUNT, name="n", source=source) for _ in range(50)}
    assert len(arns) == 50


def test_a_name_points_into_the_callers_account_and_region() -> None:
    assert _locate("app/db") == SecretLocator(account_id=ACCOUNT, region=REGION, name="app/db")


@pytest.mark.parametrize("secret_id", ["a b", "a*b", "ä", "s3://bucket", "x" * 513])
def test_what_cannot_be_a_name_points_nowhere(secret_id: str) -> None:
    with pytest.raises(ValidationFailed):
        _locate(secret_id)


def test_a_full_arn_points_at_itself() -> None:
    arn = BASE + "app/db-Ab12Cd"
    assert _locate(arn) == SecretLocator(account_id=ACCOUNT, region=REGION, arn=arn)


def test_a_partial_arn_points_at_its_name() -> None:
    assert _locate(BASE + "app/db") == SecretLocator(account_id=ACCOUNT, region=REGION, name="app/db")


def test_a_partial_arn_of_a_name_with_a_suffix_reads_as_a_full_one() -> None:
    assert _locate(BASE + "app-a1b2c3").name == ""


def test_an_arn_of_another_account_keeps_it() -> None:
    assert _locate(BASE.replace(ACCOUNT, "210987654321") + "n").account_id == "210987654321"


@pytest.mark.parametrize(
    "text", ["arn:", "arn:aws:s3:::bucket", "arn:aws:secretsmanager:r:1:secret", BASE, BASE.replace("secret:", "x:y")]
)
def test_an_arn_of_something_else_is_no_secret(text: str) -> None:
    with pytest.raises(ResourceNotFound):
        _locate(text)
