"""What journeys share: forges, which run once, and a process that runs commands without a start for each."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.testing.fix_faults import FixProcess, fix_process
from tests.testing.forges import running_github, running_gitlab
from tests.testing.reviews import Hub, Shop, open_shop


@pytest.fixture(scope="session")
def process() -> Iterator[FixProcess]:
    with fix_process() as made:
        yield made


@pytest.fixture(scope="session")
def github() -> Iterator[Hub]:
    with running_github(secrets.token_hex(20)) as (fake, stub, api):
        yield Hub(fake=fake, stub=stub, api=api)


@pytest.fixture(scope="session")
def gitlab() -> Iterator[Hub]:
    with running_gitlab(secrets.token_hex(20)) as (fake, stub, api):
        yield Hub(fake=fake, stub=stub, api=api)


@pytest.fixture(params=["github", "gitlab"])
def hub(request: pytest.FixtureRequest) -> Iterator[Hub]:
    found: Hub = request.getfixturevalue(request.param)
    found.stub.asked.clear()
    yield found
    found.fake.down = False


@pytest.fixture
def shop(tmp_path: Path, hub: Hub, process: FixProcess) -> Shop:
    return open_shop(tmp_path, hub, process)


@pytest.fixture
def lab(tmp_path: Path, gitlab: Hub, process: FixProcess) -> Iterator[Shop]:
    """A shop on the forge that answers the fastest, for what is the same on both."""
    gitlab.stub.asked.clear()
    yield open_shop(tmp_path, gitlab, process)
    gitlab.fake.down = False
