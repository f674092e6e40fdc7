"""Calls of functions without a store: a runner below a folder of the test, and what is to be run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from strongroom.kernel.secretvalue import SecretValue
from tests.testing.functions import zipped
from vault.domain.function_names import FunctionPlace
from vault.domain.functions import Credentials, Invocation
from vault.rotation.lambdas.runner import Runner

Run = Callable[..., Any]


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """Where calls have their folders."""
    return tmp_path / "functions"


@pytest.fixture
def runner(base: Path) -> Iterator[Runner]:
    """What runs calls."""
    made = Runner(base)
    yield made
    made.close()


def invocation(code: str, event: Any = None, *, timeout: int = 10, memory: int = 128) -> Invocation:
    """Return a call of the handler in `code`."""
    return Invocation(
        place=FunctionPlace(account_id="123456789012", region="us-east-1", name="f"),
        runtime="python3.12",
        handler="function.handler",
        timeout=timeout,
        memory=memory,
        code=SecretValue(zipped(code)),
        environment={},
        credentials=Credentials(access_key_id="key", secret=SecretValue("s"), token=SecretValue("t")),
        event=SecretValue(json.dumps(event)),
        request_id="request",
    )


@pytest.fixture
def run(runner: Runner) -> Run:
    """Runs code, and returns what its handler answers."""

    def answered(code: str, event: Any = None, **more: Any) -> Any:
        outcome = runner.run(invocation(code, event, **more), "http://127.0.0.1:1")
        assert not outcome.failed, outcome.payload.reveal()
        return json.loads(outcome.payload.reveal())

    return answered
