"""Grants on KMS keys over HTTP with boto3: made, listed, retired, revoked."""

from __future__ import annotations

from typing import Any

import pytest

from tests.testing.wire import refusal
from tests.wire.test_kms_keys import ACCOUNT, arn

ANN, BOB = (f"arn:aws:iam::{ACCOUNT}:user/{name}" for name in ("ann", "bob"))


def _grant(kms: Any, key: str, **more: Any) -> dict[str, str]:
    made: dict[str, str] = kms.create_grant(**{"KeyId": key, "GranteePrincipal": ANN, "Operations": ["Decrypt"]} | more)
    return made


@pytest.mark.shows(
    "kms:CreateGrant",
    parameters=("KeyId", "GranteePrincipal", "RetiringPrincipal", "Operations", "Constraints", "Name", "GrantTokens"),
)
@pytest.mark.shows("kms:ListGrants", parameters=("KeyId",))
def test_a_grant_is_made_and_listed(kms: Any, key: str) -> None:
    other = _grant(kms, key)
    made = _grant(
        kms,
        key,
        RetiringPrincipal=BOB,
        Operations=["Decrypt", "Encrypt"],
        Constraints={"EncryptionContextSubset": {"a": "b"}},
        Name="mine",
        GrantTokens=[other["GrantToken"]],
    )
    assert len(made["GrantId"]) == 64
    (listed,) = kms.list_grants(KeyId=key, GrantId=made["GrantId"])["Grants"]
    del listed["CreationDate"]
    assert listed == {
        "KeyId": arn(key),
        "GrantId": made["GrantId"],
        "Name": "mine",
        "GranteePrincipal": ANN,
        "RetiringPrincipal": BOB,
        "IssuingAccount": f"arn:aws:iam::{ACCOUNT}:root",
        "Operations": ["Decrypt", "Encrypt"],
        "Constraints": {"EncryptionContextSubset": {"a": "b"}},
    }


def test_a_named_grant_made_again_is_the_same(kms: Any, key: str) -> None:
    first, again = (_grant(kms, key, Name="once")["GrantId"] for _ in range(2))
    assert first == again
    assert _grant(kms, key, Name="once", Operations=["Encrypt"])["GrantId"] != first
    assert _grant(kms, key)["GrantId"] != _grant(kms, key)["GrantId"]


@pytest.mark.shows(
    "kms:CreateGrant", parameters=("DryRun",), errors=("DryRunOperationException", "InvalidGrantTokenException")
)
def test_a_dry_run_makes_no_grant(kms: Any, key: str) -> None:
    request = {"KeyId": key, "GranteePrincipal": ANN, "Operations": ["Decrypt"]}
    assert refusal(kms.create_grant, **request, DryRun=True)[0] == "DryRunOperationException"
    assert refusal(kms.create_grant, **request, GrantTokens=["made up"])[0] == "InvalidGrantTokenException"
    assert kms.list_grants(KeyId=key)["Grants"] == []


@pytest.mark.shows("kms:CreateGrant", parameters=("GranteeServicePrincipal", "RetiringServicePrincipal"))
@pytest.mark.shows("kms:ListGrants", parameters=("GranteeServicePrincipal",))
@pytest.mark.shows("kms:ListRetirableGrants", parameters=("RetiringServicePrincipal",))
def test_services_are_no_principals_here(kms: Any, key: str) -> None:
    service = "rds.amazonaws.com"
    for member in ("GranteeServicePrincipal", "RetiringServicePrincipal"):
        code, message = refusal(kms.create_grant, KeyId=key, Operations=["Decrypt"], **{member: service})
        assert (code, message) == ("ValidationException", f"{member} is not supported.")
    assert refusal(kms.list_grants, KeyId=key, GranteeServicePrincipal=service)[0] == "ValidationException"
    assert refusal(kms.list_retirable_grants, RetiringServicePrincipal=service)[0] == "ValidationException"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"GranteePrincipal": "ann"}, "InvalidArnException"),
        ({"RetiringPrincipal": "bob"}, "InvalidArnException"),
        ({"Operations": ["Sign"]}, "ValidationException"),
        ({"Constraints": {"SourceArn": ANN}}, "ValidationException"),
    ],
)
def test_a_grant_that_cannot_be_is_refused(kms: Any, key: str, more: dict[str, Any], code: str) -> None:
    request = {"KeyId": key, "GranteePrincipal": ANN, "Operations": ["Decrypt"]} | more
    assert refusal(kms.create_grant, **request)[0] == code


@pytest.mark.shows(
    "kms:ListGrants",
    parameters=("Limit", "Marker", "GrantId", "GranteePrincipal"),
    errors=("InvalidMarkerException", "InvalidGrantIdException"),
)
def test_grants_are_listed_page_by_page_and_by_grantee(kms: Any, key: str) -> None:
    anns = {_grant(kms, key)["GrantId"] for _ in range(3)}
    bobs = _grant(kms, key, GranteePrincipal=BOB)["GrantId"]
    first = kms.list_grants(KeyId=key, Limit=3)
    second = kms.list_grants(KeyId=key, Limit=3, Marker=first["NextMarker"])
    assert {each["GrantId"] for each in (*first["Grants"], *second["Grants"])} == {*anns, bobs}
    (listed,) = kms.list_grants(KeyId=key, GranteePrincipal=BOB)["Grants"]
    assert listed["GrantId"] == bobs
    assert refusal(kms.list_grants, KeyId=key, Marker="made up")[0] == "InvalidMarkerException"
    assert refusal(kms.list_grants, KeyId=key, GrantId="made up")[0] == "InvalidGrantIdException"


@pytest.mark.shows(
    "kms:ListRetirableGrants", parameters=("RetiringPrincipal", "Limit", "Marker"), errors=("InvalidMarkerException",)
)
def test_grants_are_listed_by_who_may_retire_them(kms: Any, key: str, name: str) -> None:
    user = f"arn:aws:iam::{ACCOUNT}:user/{name}"
    made = {_grant(kms, key, RetiringPrincipal=user)["GrantId"] for _ in range(3)}
    _grant(kms, key, RetiringPrincipal=BOB)
    first = kms.list_retirable_grants(RetiringPrincipal=user, Limit=2)
    second = kms.list_retirable_grants(RetiringPrincipal=user, Marker=first["NextMarker"])
    assert {each["GrantId"] for each in (*first["Grants"], *second["Grants"])} == made
    assert refusal(kms.list_retirable_grants, RetiringPrincipal=user, Marker="x")[0] == "InvalidMarkerException"
    assert refusal(kms.list_retirable_grants)[0] == "ValidationException"


@pytest.mark.shows(
    "kms:RevokeGrant",
    parameters=("KeyId", "GrantId", "DryRun"),
    errors=("DryRunOperationException", "InvalidGrantIdException"),
)
def test_a_grant_is_revoked(kms: Any, key: str) -> None:
    grant_id = _grant(kms, key)["GrantId"]
    assert refusal(kms.revoke_grant, KeyId=key, GrantId=grant_id, DryRun=True)[0] == "DryRunOperationException"
    kms.revoke_grant(KeyId=key, GrantId=grant_id)
    assert kms.list_grants(KeyId=key)["Grants"] == []
    assert refusal(kms.revoke_grant, KeyId=key, GrantId=grant_id)[0] == "NotFoundException"
    assert refusal(kms.revoke_grant, KeyId=key, GrantId="made up")[0] == "InvalidGrantIdException"


@pytest.mark.shows("kms:RetireGrant", parameters=("GrantToken", "KeyId", "GrantId", "DryRun"))
@pytest.mark.shows(
    "kms:RetireGrant",
    errors=("DryRunOperationException", "InvalidGrantTokenException", "InvalidGrantIdException"),
)
def test_a_grant_is_retired_by_its_token_or_id(kms: Any, key: str) -> None:
    by_token, by_id = _grant(kms, key), _grant(kms, key)
    assert refusal(kms.retire_grant, GrantToken=by_token["GrantToken"], DryRun=True)[0] == "DryRunOperationException"
    kms.retire_grant(GrantToken=by_token["GrantToken"])
    kms.retire_grant(KeyId=arn(key), GrantId=by_id["GrantId"])
    assert kms.list_grants(KeyId=key)["Grants"] == []
    assert refusal(kms.retire_grant, GrantToken=by_token["GrantToken"])[0] == "InvalidGrantTokenException"
    assert refusal(kms.retire_grant, KeyId=key, GrantId="made up")[0] == "InvalidGrantIdException"
    assert refusal(kms.retire_grant, KeyId=key)[0] == "ValidationException"


def test_a_grant_ends_in_any_state_of_its_key_and_with_it(kms: Any, key: str) -> None:
    made = _grant(kms, key)
    kms.schedule_key_deletion(KeyId=key)
    kms.revoke_grant(KeyId=key, GrantId=made["GrantId"])
    assert kms.list_grants(KeyId=key)["Grants"] == []
