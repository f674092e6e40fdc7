"""Whatever a request to Lambda holds, the answer is a success or a client's error."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, HTTPClientError, ParamValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.testing.functions import upload, zipped
from tests.testing.fuzz import BLOBS, values
from tests.wire.lambdas.conftest import ACCOUNT
from vault.api.operations.lambdas import OPERATIONS
from vault.api.spec import operation_model

_FUNCTION = "fuzzed"
_WORDS = (
    _FUNCTION, f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{_FUNCTION}", f"{ACCOUNT}:function:{_FUNCTION}", "s", "!",
    "", "strongroom-generated-single", f"arn:aws:iam::{ACCOUNT}:root", "secretsmanager.amazonaws.com",
    "lambda:InvokeFunction",
    "$LATEST", "python3.12", "function.handler", ACCOUNT, "läuft\u0000", "a/b",
)  # fmt: skip


@pytest.fixture(scope="module")
def words(server: Any, role: str) -> tuple[str, ...]:
    """What texts are made up of: a function that is there, and a role, among it."""
    upload(server.client("lambda"), _FUNCTION, role, "def handler(*_): return 1")
    return (*_WORDS, role)


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
@settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data())
def test_no_request_fails_inside(
    raw_functions: Any, words: tuple[str, ...], operation: str, data: st.DataObject
) -> None:
    model = operation_model("lambda", operation)
    assert model is not None
    request = data.draw(values(model.input_shape, words, (*BLOBS, zipped("x = 1"))))
    try:
        raw_functions._make_api_call(operation, request)
    except ClientError as refused:
        status = refused.response["ResponseMetadata"]["HTTPStatusCode"]
        assert 400 <= status < 500, refused
    except (ParamValidationError, HTTPClientError, ValueError):
        # The client itself cannot put it into a path or a header.
        return
