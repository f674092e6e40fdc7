"""A server that speaks TLS alone: its functions reach it all the same, and need not know its certificate."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from tests.testing.certificates import certificate
from tests.testing.functions import TRUSTING_LAMBDA, upload
from tests.testing.server import Server, make_vault, serving

CODE = """
import os, boto3

def handler(event, context):
    client = boto3.client("secretsmanager", endpoint_url=os.environ["SECRETS_MANAGER_ENDPOINT"])
    return [os.environ["SECRETS_MANAGER_ENDPOINT"], client.list_secrets()["SecretList"]]
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Makes clients of the administrator."""
    files, data = certificate(tmp_path_factory.mktemp("tls")), tmp_path_factory.mktemp("vault") / "data"
    arguments = ("--tls-cert", str(files.certificate), "--tls-key", str(files.key))
    with serving(data, make_vault(data), arguments) as (server, _):
        yield lambda service: _client(server, service, str(files.certificate))


def _client(server: Server, service: str, verify: str) -> Any:
    return boto3.session.Session().client(
        service,
        endpoint_url=server.url,
        region_name=server.region,
        aws_access_key_id=server.access_key_id,
        aws_secret_access_key=server.secret_access_key,
        verify=verify,
    )


def test_its_functions_reach_it_at_an_address_of_this_machine(client: Any) -> None:
    iam = client("iam")
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUSTING_LAMBDA)["Role"]["Arn"]
    iam.attach_role_policy(RoleName="r", PolicyArn="arn:aws:iam::aws:policy/SecretsManagerReadWrite")
    upload(client("lambda"), "f", role, CODE, Timeout=20)
    url, listed = json.loads(client("lambda").invoke(FunctionName="f")["Payload"].read())
    assert (url.startswith("http://127.0.0.1:"), listed) == (True, [])
