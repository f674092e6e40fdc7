"""A repository with one credential, as a user of `strongroom fix` has it, and a vault that is not made yet."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.testing.gitrepo import git
from tests.testing.server import command_line, plain_environment


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A repository with one credential, `API_KEY` of `settings.py`, and the folder of a vault that is not made yet."""

    top: Path
    home: Path
    value: str

    def strongroom(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the repository, with its vault."""
        return command(self.top, *arguments, STRONGROOM_HOME=str(self.home), **variables)

    def branches(self) -> str:
        """Return all branches with their commits."""
        return git(self.top, "branch", "--format=%(refname:short) %(objectname)")

    def state(self) -> tuple[str, ...]:
        """Return what a user would notice: HEAD, index and files."""
        index = (self.top / ".git" / "index").read_bytes().hex()
        status = git(self.top, "--no-optional-locks", "status", "--porcelain")
        texts = [file.read_text() for file in sorted(self.top.iterdir()) if file.is_file()]
        return (git(self.top, "symbolic-ref", "HEAD"), git(self.top, "rev-parse", "HEAD"), index, status, *texts)


def command(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder."""
    return subprocess.run(
        command_line(*arguments), cwd=folder, env=plain_environment(**variables), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
