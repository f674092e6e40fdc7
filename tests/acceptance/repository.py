"""A repository of an application, and our own commands run on it as its developer would run them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.testing.gitrepo import ENVIRONMENT, git
from tests.testing.server import command_line, plain_environment

_READ = """
import json, boto3
store = boto3.client("secretsmanager")
names = [each["name"] for each in json.load(open(".strongroom/secrets.json"))["secrets"]]
print(json.dumps({name: store.get_secret_value(SecretId=name)["SecretString"] for name in names}))
"""


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

    def values(self) -> dict[str, str]:
        """Return the current value of every secret that the code reads, as boto3 gives it."""
        done = self._run([*command_line("run", "--"), sys.executable, "-c", _READ])
        read: dict[str, str] = json.loads(done.stdout)
        return read

    def git(self, *arguments: str) -> str:
        """Run git and return what it prints."""
        return git(self.top, *arguments).strip()

    def commit(self, message: str) -> None:
        """Commit everything in the working tree."""
        self.git("add", "--all")
        self.git("commit", "--quiet", f"--message={message}")

    def _run(self, arguments: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(list(arguments), cwd=self.top, env=self.environment, check=False, capture_output=True)
