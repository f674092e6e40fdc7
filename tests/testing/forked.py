"""A process that says it is ready, then does what each line of its input asks for, in a child of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tests.testing.server import plain_environment


class Worker:
    """The process."""

    def __init__(self, into: IO[str], out: IO[str]) -> None:
        self._into = into
        self._out = out

    def ask(self, line: str) -> str:
        """Send a line; return the line that is answered."""
        print(line, file=self._into, flush=True)
        return self._out.readline()


@contextmanager
def worker(code: str, environment: Mapping[str, str] | None = None) -> Iterator[Worker]:
    """Yield a process that runs `code`, once it is ready."""
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        env=plain_environment() if environment is None else environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield Worker(process.stdin, process.stdout)
        process.stdin.close()
