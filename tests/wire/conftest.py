"""One server for the wire tests of a worker; each test uses names of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.testing.server import Server, running_server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real server over HTTP."""
    with running_server(tmp_path_factory.mktemp("vault") / "data") as running:
        yield running
