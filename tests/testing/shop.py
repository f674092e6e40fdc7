"""A repository with one credential, as a user of `strongroom fix` has it, and a vault that is not made yet."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.testing.fix_faults import FixProcess
from tests.testing.gitrepo import git
from tests.testing.server import command_line, plain_environment


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A repository with one credential, `API_KEY` of `settings.py`, and the folder of a vault that is not made yet."""

    top: Path
    home: Path
    value: str
    process: FixProcess | None = None
    """What runs its commands without a start for each; only variables that are said differ between them."""

    def strongroom(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the repository, with its vault."""
        variables = {"STRONGROOM_HOME": str(self.home), **variables}
        if self.process is None:
            return command(self.top, *arguments, **variables)
        out, err = self.top.parent / "said.out", self.top.parent / "said.err"
        status, _ = self.process.command(self.top, *arguments, out=out, err=err, variables=variables)
        return subprocess.CompletedProcess(arguments, status, out.read_text(), err.read_text())

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
