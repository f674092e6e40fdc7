"""Whatever a request of the model's shape holds, the answer is a success or a client's error: never an internal one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.testing.fuzz import values
from vault.api.operations.secretsmanager import OPERATIONS
from vault.api.spec import operation_model

SECRET = "fuzz/secret"
VERSION = "0" * 32
_POLICY = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}
_WORDS = (
    SECRET, VERSION, "fuzz/other", "AWSCURRENT", "AWSPENDING", "blue", "default", "name", "all", "description", "asc",
    "alias/aws/secretsmanager", "arn:aws:secretsmanager:us-east-1:123456789012:secret:fuzz/secret", "arn:aws:s3:::b",
    "arn:aws:lambda:us-east-1:123456789012:function:strongroom-generated-single", "rate(1 day)", "1h", "aws:k", "!", "",
    json.dumps(_POLICY), "{}", "läuft\u0000", "us-east-1", "x" * 600,
)  # fmt: skip


@pytest.fixture(scope="module")
def fuzzed(raw: Any) -> Any:
    """A client whose secret exists."""
    raw.create_secret(Name=SECRET, SecretString="v", ClientRequestToken=VERSION)
    return raw


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_request_fails_inside(fuzzed: Any, operation: str, data: st.DataObject) -> None:
    model = operation_model("secretsmanager", operation)
    assert model is not None
    request = data.draw(values(model.input_shape, _WORDS))
    try:
        fuzzed._make_api_call(operation, request)
    except ClientError as refused:
        status = refused.response["ResponseMetadata"]["HTTPStatusCode"]
        assert status == 400, refused
