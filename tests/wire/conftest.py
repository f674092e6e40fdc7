"""One server for the wire tests of a worker; each test uses names of its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.testing.regions import EAST, WEST
from tests.testing.server import Server, make_vault, running_server, serving
from tests.testing.wire import unhelpful_client


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real server over HTTP."""
    with running_server(tmp_path_factory.mktemp("vault") / "data") as running:
        yield running


@pytest.fixture(scope="session")
def client(server: Server) -> Any:
    """The administrator's boto3 client."""
    return server.client()


@pytest.fixture(scope="session")
def raw(server: Server) -> Any:
    """A client that checks nothing and adds nothing."""
    return unhelpful_client(server)


@pytest.fixture(scope="session")
def kms(server: Server) -> Any:
    """The administrator's boto3 client for KMS."""
    return server.client("kms")


@pytest.fixture(scope="session")
def raw_kms(server: Server) -> Any:
    """A client for KMS that checks nothing."""
    return unhelpful_client(server, "kms")


@pytest.fixture
def key(kms: Any) -> str:
    """The id of a fresh key."""
    key_id: str = kms.create_key()["KeyMetadata"]["KeyId"]
    return key_id


@pytest.fixture
def name() -> str:
    """A name no other test uses. It does not end as an ARN does."""
    return f"wire/{uuid.uuid4()}x"


@pytest.fixture
def stored(client: Any, name: str) -> str:
    """The name of a secret with the value `one`."""
    client.create_secret(Name=name, SecretString="one")
    return name


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of two regions."""
    folder = tmp_path_factory.mktemp("regions") / "vault"
    administrator = make_vault(folder, "--region", EAST, "--region", WEST)
    with serving(folder, administrator) as (server, _):
        yield server
