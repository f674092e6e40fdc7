"""How keys and aliases are named, and AWS's words for names that lead nowhere."""

from __future__ import annotations

import pytest

from vault.domain.errors import ValidationFailed
from vault.domain.key_names import KeyLocator, check_new_alias, locate_key
from vault.domain.kms_errors import InvalidAliasName, InvalidArn, KeyNotFound, ReservedAlias

ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
ACCOUNT, REGION = "123456789012", "us-east-1"
PREFIX = f"arn:aws:kms:{REGION}:{ACCOUNT}:"


def _locate(text: str, *, aliases: bool = True) -> KeyLocator:
    return locate_key(text, account_id=ACCOUNT, region=REGION, aliases=aliases)


@pytest.mark.parametrize("text", [ID, f"{PREFIX}key/{ID}"])
def test_an_id_and_a_key_arn_lead_to_the_key(text: str) -> None:
    assert _locate(text, aliases=False) == KeyLocator(account_id=ACCOUNT, region=REGION, key_id=ID)


@pytest.mark.parametrize("text", ["alias/mine", f"{PREFIX}alias/mine"])
def test_an_alias_and_its_arn_lead_to_the_alias(text: str) -> None:
    assert _locate(text) == KeyLocator(account_id=ACCOUNT, region=REGION, alias="alias/mine")
    with pytest.raises(KeyNotFound) as raised:
        _locate(text, aliases=False)
    assert raised.value.message == f"Invalid keyId '{text}'"


@pytest.mark.parametrize("text", ["nonsense", f"{ID}0", "mrk-1", f"{PREFIX}key/nonsense"])
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(KeyNotFound) as raised:
        _locate(text)
    assert raised.value.message == f"Invalid keyId '{text}'"


def test_an_arn_of_another_region_is_refused_by_its_region() -> None:
    with pytest.raises(KeyNotFound) as raised:
        _locate(f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/{ID}")
    assert raised.value.message == "Invalid arn eu-west-1"


@pytest.mark.parametrize("text", ["arn:aws:kms", f"arn:aws:s3:{REGION}:{ACCOUNT}:key/{ID}", f"{PREFIX}grant/{ID}"])
def test_an_arn_of_something_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidArn):
        _locate(text)


def test_what_is_not_there_is_named_by_its_arn() -> None:
    assert _locate(ID).not_found("aws").message == f"Key '{PREFIX}key/{ID}' does not exist"
    assert _locate("alias/mine").not_found("aws").message == f"Alias {PREFIX}alias/mine is not found."


@pytest.mark.parametrize("name", ["mine", "alias/", "Alias/mine"])
def test_an_alias_has_its_prefix(name: str) -> None:
    with pytest.raises(ValidationFailed, match='must start with the prefix "alias/"'):
        check_new_alias(name)


def test_awss_own_aliases_are_reserved_and_say_nothing() -> None:
    with pytest.raises(ReservedAlias) as raised:
        check_new_alias("alias/aws/mine")
    assert raised.value.message == ""


def test_an_alias_holds_letters_digits_and_few_signs() -> None:
    check_new_alias("alias/team_a/db-1")
    with pytest.raises(InvalidAliasName):
        check_new_alias("alias/a:b")
