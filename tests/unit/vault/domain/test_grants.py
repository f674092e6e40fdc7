"""What a grant lets its grantee do, with keys of each kind."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from vault.domain.errors import ValidationFailed
from vault.domain.grants import Grant
from vault.domain.key_specs import spec_named

ANN, BOB = "arn:aws:iam::123456789012:user/ann", "arn:aws:iam::123456789012:user/bob"


def _grant(*operations: str, **constraints: Any) -> Grant:
    return Grant(
        grant_id="0" * 64,
        key_id="k",
        account_id="123456789012",
        region="us-east-1",
        created=datetime(2026, 3, 10, tzinfo=UTC),
        grantee=ANN,
        operations=operations,
        constraints=constraints,
    )


@pytest.mark.parametrize("operation", ["Sign", "GenerateMac", "DeriveSharedSecret", "GetPublicKey"])
def test_a_grant_lets_its_grantee_do_what_it_names_and_nobody_else(operation: str) -> None:
    grant = _grant(operation)
    assert grant.covers(ANN, operation, {})
    assert not grant.covers(BOB, operation, {})
    assert not grant.covers(ANN, "Verify", {})


def test_an_encryption_context_binds_what_binds_one() -> None:
    bound = {"app": "orders"}
    for grant in (_grant("Encrypt", EncryptionContextEquals=bound), _grant("Encrypt", EncryptionContextSubset=bound)):
        assert grant.covers(ANN, "Encrypt", bound)
        assert not grant.covers(ANN, "Encrypt", {})
    assert not _grant("Encrypt", EncryptionContextEquals=bound).covers(ANN, "Encrypt", {**bound, "more": ""})


@pytest.mark.parametrize("operation", ["DescribeKey", "RetireGrant", "Sign", "GenerateMac"])
def test_an_encryption_context_does_not_bind_what_has_none(operation: str) -> None:
    assert _grant(operation, EncryptionContextEquals={"app": "orders"}).covers(ANN, operation, {})


def test_a_grant_for_another_kind_of_key_is_refused() -> None:
    _grant("Sign").check_fits(spec_named("RSA_2048"), "SIGN_VERIFY")
    with pytest.raises(ValidationFailed, match="Operation Sign is not valid for a key with key usage ENCRYPT_DECRYPT"):
        _grant("Sign").check_fits(spec_named("RSA_2048"), "ENCRYPT_DECRYPT")
