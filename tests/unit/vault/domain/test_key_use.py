"""The event of the store's own use of a key is what CloudTrail shows, and is text in the canonical form."""

from __future__ import annotations

import json

import pytest

from strongroom.kernel.canonical import canonical_json
from tests.testing.vault_bench import ACCOUNT, NOON, REGION
from vault.domain.context import CallContext
from vault.domain.key_use import DECRYPT, GENERATE, key_use_text
from vault.domain.keys import Key, KeyManager
from vault.domain.principals import Principal

USER = Principal(account_id=ACCOUNT, arn=f"arn:aws:iam::{ACCOUNT}:user/ann", user_id="U1", access_key_id="AK")
KEY = Key(
    key_id="1234abcd-12ab-34cd-56ef-1234567890ab",
    account_id=ACCOUNT,
    region=REGION,
    created=NOON,
    manager=KeyManager.AWS,
    materials=(),
)
SECRET_ARN = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:app/db-AbCdEf"


def _context(request_id: str) -> CallContext:
    return CallContext(
        account_id=ACCOUNT,
        region=REGION,
        principal_arn=USER.arn,
        access_key_id=USER.access_key_id,
        request_id=request_id,
        now=NOON,
    )


@pytest.mark.parametrize("version_id", ["v1", 'a "quoted" <> \\ one', "ü\n"])
def test_its_text_is_canonical_and_names_the_version(version_id: str) -> None:
    texts = [
        key_use_text(_context(request), USER, name=DECRYPT, key=KEY, secret_arn=SECRET_ARN, version_id=version_id)
        for request in ("r1", "r2")
    ]
    first, second = (json.loads(text) for text in texts)
    assert [canonical_json(each).decode() for each in (first, second)] == texts
    assert (first["requestID"], second["requestID"]) == ("r1", "r2")
    assert first["eventID"] != second["eventID"]
    assert first["requestParameters"]["encryptionContext"] == {"SecretARN": SECRET_ARN, "SecretVersionId": version_id}


def test_it_says_who_called_and_which_service_did_it_for_them() -> None:
    text = key_use_text(_context("r"), USER, name=GENERATE, key=KEY, secret_arn=SECRET_ARN, version_id="v")
    event = json.loads(text)
    assert event["userIdentity"]["arn"] == USER.arn
    assert event["userIdentity"]["invokedBy"] == event["sourceIPAddress"] == "secretsmanager.amazonaws.com"
    assert (event["eventSource"], event["eventName"]) == ("kms.amazonaws.com", "GenerateDataKey")
    assert event["eventTime"] == "2026-03-10T12:00:00Z"
    assert event["requestParameters"]["keySpec"] == "AES_256"
    assert event["resources"] == [{"ARN": KEY.arn(), "accountId": ACCOUNT, "type": "AWS::KMS::Key"}]
