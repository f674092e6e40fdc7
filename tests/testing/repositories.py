"""Repositories with an application in them, and the command run on them as a user would, apart from the user's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.testing.server import command_line, plain_environment

_AUTHOR = {"NAME": "A Developer", "EMAIL": "developer@example.com"}


def git_environment(**extra: str) -> dict[str, str]:
    """Return an environment in which git sees no settings of the user or the machine, and knows an author."""
    people = {f"GIT_{role}_{part}": text for role in ("AUTHOR", "COMMITTER") for part, text in _AUTHOR.items()}
    return plain_environment(GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_NOSYSTEM="1", **people, **extra)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A repository, the vault its commands use, and everything that those commands have printed."""

    top: Path
    home: Path
    extra: Mapping[str, str] = field(default_factory=dict)
    printed: list[bytes] = field(default_factory=list)
    launcher: tuple[str, ...] = tuple(command_line())

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every command."""
        return git_environment(STRONGROOM_HOME=str(self.home), **self.extra)

    def strongroom(self, *arguments: str, cwd: Path | None = None, **extra: str) -> subprocess.CompletedProcess[str]:
        """Run a command of ours at the top of the repository, to its end."""
        done = subprocess.run(
            [*self.launcher, *arguments],
            cwd=cwd or self.top, env={**self.environment, **extra}, capture_output=True, check=False, timeout=120,
        )  # fmt: skip
        self.printed += [done.stdout, done.stderr]
        text = done.stdout.decode(), done.stderr.decode()
        return subprocess.CompletedProcess(done.args, done.returncode, *text)

    def findings(self, *arguments: str) -> list[dict[str, Any]]:
        """Return the findings of a scan."""
        found: list[dict[str, Any]] = json.loads(self.strongroom("scan", "-f", "json", *arguments).stdout)["findings"]
        return found

    def git(self, *arguments: str) -> str:
        """Run git in the repository and return what it prints."""
        done = subprocess.run(
            ["git", *arguments], cwd=self.top, env=self.environment, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def worktree(self, branch: str) -> Path:
        """Check the branch out in a folder of its own and return the folder."""
        folder = self.top.with_name(f"{self.top.name}-{branch.replace('/', '-')}")
        self.git("worktree", "add", "--quiet", str(folder), branch)
        return folder

    def value(self, name: str) -> str:
        """Return the current value of a secret in the project's vault; what is printed here is kept nowhere."""
        done = subprocess.run(command_line("vault", "get", name), env=self.environment, check=True, capture_output=True)
        return done.stdout.decode()


def make_project(folder: Path, files: Mapping[str, str], **extra: str) -> Project:
    """Return a project at `folder`/shop with one commit of the files; its vault is not made yet."""
    project = Project(top=folder / "shop", home=folder / "vault", extra=extra)
    for path, text in files.items():
        place = project.top / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    project.git("init", "--quiet", "--initial-branch=main")
    project.git("add", "--all")
    project.git("commit", "--quiet", "--message=A small shop")
    return project


def run_python(*arguments: str, cwd: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run this interpreter to its end."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd, env=dict(environment), capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
