"""The event of a KMS key being used by Secrets Manager for a caller, written cheaply: each read of a value has one.

Its text is canonical JSON, as of every event. What is the same for a caller and key is made once; a test holds the
result against the general way. Source: AWS KMS Developer Guide, "Logging AWS KMS API calls with AWS CloudTrail".
"""

from __future__ import annotations

import json
from functools import lru_cache

from strongroom.kernel.canonical import canonical_json
from vault.domain.context import CallContext
from vault.domain.keys import Key
from vault.domain.principals import Principal
from vault.domain.trail import VERSION, identity, moment, new_event_id

DECRYPT = "Decrypt"
GENERATE = "GenerateDataKey"

_SERVICE = "secretsmanager.amazonaws.com"
_PARAMETERS = {DECRYPT: {"encryptionAlgorithm": "SYMMETRIC_DEFAULT"}, GENERATE: {"keySpec": "AES_256"}}
# Neither names nor ids can hold such a sign, so that a text is split where it stands and nowhere else.
_HOLE = "<>"


def key_use_text(
    context: CallContext, principal: Principal, *, name: str, key: Key, secret_arn: str, version_id: str
) -> str:
    """Return the event of `name` (`Decrypt`, `GenerateDataKey`) on a key for a version of a secret."""
    known = (context.principal_arn, context.access_key_id, name, key.key_id)
    frame = _FRAMES.get(known)
    if frame is None:
        frame = _remember(known, _frame(context, principal, name, key.arn(context.partition)))
    first, second, third, fourth, fifth, last = frame
    now, event_id = moment(context.now), new_event_id()
    of, version = _quoted(secret_arn), _quoted(version_id)
    return f"{first}{event_id}{second}{now}{third}{context.request_id}{fourth}{of}{fifth}{version}{last}"


def _remember(known: tuple[str, ...], frame: list[str]) -> list[str]:
    if len(_FRAMES) >= _MOST:
        _FRAMES.clear()
    _FRAMES[known] = frame
    return frame


_MOST = 4096
_FRAMES: dict[tuple[str, ...], list[str]] = {}


def _frame(context: CallContext, principal: Principal, name: str, key_arn: str) -> list[str]:
    bound = {"SecretARN": _HOLE, "SecretVersionId": _HOLE}
    event = {
        "eventVersion": VERSION,
        "userIdentity": {**identity(context, principal), "invokedBy": _SERVICE},
        "eventTime": _HOLE,
        "eventSource": "kms.amazonaws.com",
        "eventName": name,
        "awsRegion": context.region,
        "sourceIPAddress": _SERVICE,
        "userAgent": _SERVICE,
        "requestParameters": {**_PARAMETERS[name], "encryptionContext": bound, "keyId": key_arn},
        "responseElements": None,
        "requestID": _HOLE,
        "eventID": _HOLE,
        "readOnly": True,
        "resources": [{"accountId": context.account_id, "type": "AWS::KMS::Key", "ARN": key_arn}],
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": context.account_id,
        "eventCategory": "Management",
    }
    text = canonical_json(event).decode("utf-8")
    # Names and the version's id are others' own texts: they come with their quotation marks.
    for member in bound:
        text = text.replace(f'"{member}":"{_HOLE}"', f'"{member}":{_HOLE}')
    return text.split(_HOLE)


@lru_cache(maxsize=4096)
def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
