"""Scans in a child process whose memory, processor time and file sizes are limited by the system."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.testing.server import command_line, plain_environment

CPU_SECONDS = 60
MEMORY = 1_500_000_000
WRITTEN = 200_000_000
MODES: dict[str, tuple[str, ...]] = {
    "tree": (),
    "staged": ("--staged",),
    "since": ("--since", "HEAD"),
    "history": ("--history",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """What a scan answered."""

    status: int
    report: dict[str, Any]
    said: str

    @property
    def found(self) -> set[str]:
        """The paths of findings."""
        return {finding["path"] for finding in self.report["findings"]}

    @property
    def errors(self) -> str:
        """What could not be read, one a line."""
        return "\n".join(f"{error['path']}: {error['message']}" for error in self.report["errors"])


def scan(top: Path, cache: Path, *options: str, memory: int = MEMORY, cpu: int = CPU_SECONDS) -> Scanned:
    """Scan `top` within the limits; whatever it holds, the scan ends with a status of the contract and a report."""
    command = command_line("scan", str(top), "--format", "json", "--analysis", "off", *options)
    done = subprocess.run(
        command,
        cwd=cache,
        env=plain_environment(XDG_CACHE_HOME=str(cache), TMPDIR=str(cache)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        preexec_fn=lambda: limit(memory, cpu),
        check=False,
        timeout=100,
    )
    said = done.stderr.decode("utf-8", "replace")
    assert done.returncode in (0, 1, 3), said[-3000:]
    assert "Traceback" not in said
    assert "internal error" not in said
    return Scanned(status=done.returncode, report=json.loads(done.stdout), said=said)


def limit(memory: int = MEMORY, cpu: int = CPU_SECONDS) -> None:
    """Limit this process: its memory in bytes, its processor time in seconds, and what it may write to one file."""
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (WRITTEN, WRITTEN))


def fingerprint(folder: Path) -> str:
    """Return a hash over the names, kinds, times and contents of everything in `folder`."""
    seen = hashlib.sha256()
    for place, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted([*files, *folders]):
            path = Path(place, name)
            found = path.lstat()
            seen.update(f"{path} {found.st_mode} {found.st_mtime_ns} {found.st_size}\n".encode("utf-8", "replace"))
            if stat.S_ISREG(found.st_mode):
                seen.update(path.read_bytes())
    return seen.hexdigest()


def all_modes() -> Sequence[str]:
    """Return the names of the modes."""
    return list(MODES)
