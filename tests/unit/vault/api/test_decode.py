"""Broken constraints of the model, in AWS's words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.testing.credentials import made_up_credential
from vault.api.decode import decode
from vault.api.spec import operation_model
from vault.domain.errors import ValidationFailed


def _refused(operation: str, **content: Any) -> str:
    model = operation_model("secretsmanager", operation)
    assert model is not None
    with pytest.raises(ValidationFailed) as refused:
        decode(model.input_shape, content)
    return refused.value.message


def test_a_missing_member_is_null() -> None:
    assert _refused("GetSecretValue") == (
        "1 validation error detected: Value null at 'secretId' failed to satisfy constraint: Member must not be null"
    )


def test_a_value_out_of_bounds_is_named_with_its_bound() -> None:
    assert _refused("GetRandomPassword", PasswordLength=5000) == (
        "1 validation error detected: Value '5000' at 'passwordLength' failed to satisfy constraint: "
        "Member must have value less than or equal to 4096"
    )


def test_every_problem_is_counted() -> None:
    text = _refused("GetSecretValue", SecretId="", VersionId="short")
    assert text.startswith("2 validation errors detected: Value '' at 'secretId'")
    assert "; Value 'short' at 'versionId' failed to satisfy constraint: Member must have length greater" in text


def test_a_member_of_a_list_is_shown_with_the_list_and_every_constraint() -> None:
    text = _refused("PutSecretValue", SecretId="n", VersionStages=["fine", "x" * 257])
    assert text.startswith("1 validation error detected: Value '[fine, xxx")
    assert text.endswith(
        "at 'versionStages' failed to satisfy constraint: Member must satisfy constraint: [Member must have length "
        "less than or equal to 256, Member must have length greater than or equal to 1]"
    )


def test_a_structure_in_a_list_is_named_by_its_number() -> None:
    assert _refused("ListSecrets", Filters=[{"Key": "name", "Values": ["a"]}, {"Key": "colour"}]) == (
        "1 validation error detected: Value 'colour' at 'filters.2.member.key' failed to satisfy constraint: Member "
        "must satisfy enum value set: [description, name, tag-key, tag-value, primary-region, owning-service, all]"
    )


def test_a_secret_value_is_never_repeated() -> None:
    value = made_up_credential()
    text = _refused("PutSecretValue", SecretId="n", SecretString=value * 5000, RotationToken=value[:10])
    assert value[:10] not in text
    assert "Value at 'secretString' failed to satisfy constraint: Member must have length less than or" in text


def test_members_that_the_model_does_not_have_are_passed_over() -> None:
    model = operation_model("secretsmanager", "RotateSecret")
    assert model is not None
    content = {"SecretId": "n", "Description": 7, "RotationRules": {"Duration": "1h", "Weekday": "Monday"}}
    assert decode(model.input_shape, content) == {"SecretId": "n", "RotationRules": {"Duration": "1h"}}
