"""A store on which services run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.testing.vault_bench import Bench, memory_bench


@pytest.fixture
def bench() -> Iterator[Bench]:
    """A fresh store in memory."""
    made = memory_bench()
    yield made
    made.store.close()
