"""Runs a command of ours and tells how long it took and how much memory its own process held."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_LOOK = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run: wall time, the largest resident memory of the command's process, and of any child of it."""

    seconds: float
    status: int
    megabytes: float
    child_megabytes: float
    said: str


def measured(words: Sequence[str], environment: Mapping[str, str] | None = None) -> Measured:
    """Run `strongroom WORDS...`; memory is read from /proc while it runs (proc(5), VmHWM)."""
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-I", "-m", "strongroom", *words],
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    own = child = 0
    while process.poll() is None:
        own = max(own, _peak(process.pid))
        child = max([child, *(_peak(number) for number in _children(process.pid))])
        time.sleep(_LOOK)
    said = process.stderr.read() if process.stderr is not None else ""
    return Measured(
        seconds=time.monotonic() - started,
        status=process.returncode,
        megabytes=own / 1000,
        child_megabytes=child / 1000,
        said=said,
    )


def _peak(number: int) -> int:
    """Return the largest resident memory so far of a process, in kilobytes; 0 where it is gone."""
    try:
        lines = Path(f"/proc/{number}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


def _children(number: int) -> list[int]:
    try:
        tasks = Path(f"/proc/{number}/task").iterdir()
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []
