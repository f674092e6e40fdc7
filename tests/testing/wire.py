"""What tests on the wire share: clients that send what a test says, and what was refused."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.handlers import generate_idempotent_uuid

from tests.testing.server import Server


def unhelpful_client(server: Server, service: str = "secretsmanager") -> Any:
    """Return a client that checks nothing and adds no request token, so that the server sees what the test sends."""
    client = boto3.session.Session().client(
        service,
        endpoint_url=server.url,
        region_name=server.region,
        aws_access_key_id=server.access_key_id,
        aws_secret_access_key=server.secret_access_key,
        config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
    )
    client.meta.events.unregister("before-parameter-build", generate_idempotent_uuid)
    return client


def refused(call: Any, **arguments: Any) -> dict[str, Any]:
    """Return the whole response of a call that must be refused."""
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    response: dict[str, Any] = raised.value.response
    return response


def refusal(call: Any, **arguments: Any) -> tuple[str, str]:
    """Return code and message of a call that must be refused."""
    error = refused(call, **arguments)["Error"]
    return error["Code"], error["Message"]
