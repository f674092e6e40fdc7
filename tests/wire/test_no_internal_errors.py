"""Whatever a request of the model's shape holds, the answer is a success or a client's error: never an internal one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.model import Shape
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vault.api.operations.secretsmanager import OPERATIONS
from vault.api.spec import operation_model

SECRET = "fuzz/secret"
VERSION = "0" * 32
_POLICY = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}
_WORDS = (
    SECRET, VERSION, "fuzz/other", "AWSCURRENT", "AWSPENDING", "blue", "default", "name", "all", "description", "asc",
    "alias/aws/secretsmanager", "arn:aws:secretsmanager:us-east-1:123456789012:secret:fuzz/secret", "arn:aws:s3:::b",
    "arn:aws:lambda:us-east-1:123456789012:function:strongroom-generated", "rate(1 day)", "1h", "aws:k", "!", "",
    json.dumps(_POLICY), "{}", "läuft\u0000", "us-east-1", "x" * 600,
)  # fmt: skip


def _values(shape: Shape) -> st.SearchStrategy[Any]:
    """Return values of a shape's type; most keep its constraints."""
    match shape.type_name:
        case "structure":
            members = {name: _values(member) for name, member in shape.members.items()}
            wanted = {name: members.pop(name) for name in shape.required_members}
            return st.fixed_dictionaries(wanted, optional=members)
        case "list":
            return st.lists(_values(shape.member), max_size=3)
        case "boolean":
            return st.booleans()
        case "integer" | "long":
            return st.integers(-1, 40)
        case "blob":
            return st.sampled_from([b"", b"\xff\x00", b"x" * 100])
        case _:
            return st.sampled_from([*_WORDS, *shape.metadata.get("enum", ())]) | st.text(max_size=5)


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
    request = data.draw(_values(model.input_shape))
    try:
        fuzzed._make_api_call(operation, request)
    except ClientError as refused:
        status = refused.response["ResponseMetadata"]["HTTPStatusCode"]
        assert status == 400, refused
