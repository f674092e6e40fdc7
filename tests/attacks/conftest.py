"""A server with a secret that attackers want."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.testing.server import Server, running_server

WANTED, VALUE = "wanted/secret", "what attackers want"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of their own."""
    with running_server(tmp_path_factory.mktemp("attacked") / "vault") as running:
        running.client().create_secret(Name=WANTED, SecretString=VALUE)
        yield running


@pytest.fixture(scope="session")
def iam(server: Server) -> Any:
    """The administrator's client for IAM."""
    return server.client("iam")
