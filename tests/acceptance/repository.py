"""A repository of an application, and our own commands run on it as its developer would run them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.testing.gitrepo import ENVIRONMENT, git
from tests.testing.server import command_line, plain_environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """The repository, the vault its commands use, and everything that those commands have printed."""

    top: Path
    home: Path
    printed: list[bytes] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of our commands."""
        return plain_environment(STRONGROOM_HOME=str(self.home), **ENVIRONMENT)

    def strongroom(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of ours at the top of the repository, to its end, and keep what it prints."""
        done = self._run(command_line(*arguments))
        self.printed.extend((done.stdout, done.stderr))
        text = done.stdout.decode(), done.stderr.decode()
        return subprocess.CompletedProcess(done.args, done.returncode, *text)

    def findings(self, *arguments: str) -> list[dict[str, Any]]:
        """Return the findings of a scan."""
        report = json.loads(self._run(command_line("scan", "-f", "json", *arguments)).stdout)
        found: list[dict[str, Any]] = report["findings"]
        return found

    def value(self, name: str) -> str:
        """Return the current value of a secret in the vault."""
        return self._run(command_line("vault", "get", name)).stdout.decode()

    def git(self, *arguments: str) -> str:
        """Run git and return what it prints."""
        return git(self.top, *arguments).strip()

    def commit(self, message: str) -> None:
        """Commit everything in the working tree."""
        self.git("add", "--all")
        self.git("commit", "--quiet", f"--message={message}")

    def _run(self, arguments: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(list(arguments), cwd=self.top, env=self.environment, check=False, capture_output=True)
