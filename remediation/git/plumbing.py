"""Runs git's plumbing on a user's repository through GitPython, so that nothing the repository brings along is run.

Hooks, the filesystem monitor and remote transports are off, filters and attributes are not asked, and the user's
index is never named: a command that needs an index is given one of its own.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from strongroom.kernel.errors import StrongroomError, UsageError

_SAFE = (
    *("core.hooksPath=/dev/null", "core.fsmonitor=false", "core.untrackedCache=false"),
    *("i18n.commitEncoding=UTF-8", "log.showSignature=false"),
)


class GitFailed(StrongroomError):
    """A git command failed; the message names the command and git's first line."""

    code = "git-failed"


class Plumbing:
    """One repository, opened from any folder in it. Close it, or use it in a `with` statement."""

    def __init__(self, folder: Path) -> None:
        import git

        try:
            self._repo = git.Repo(folder, search_parent_directories=True)
        except (git.InvalidGitRepositoryError, git.NoSuchPathError):
            raise UsageError(f"{folder} is not in a git repository", hint="run `git init` and commit first") from None

    @property
    def top(self) -> Path:
        """Return the top folder of the working tree. Raises `UsageError` for a bare repository."""
        if self._repo.working_tree_dir is None:
            raise UsageError("the repository has no working tree")
        return Path(self._repo.working_tree_dir)

    def run(self, *arguments: str, feed: bytes = b"", env: Mapping[str, str] | None = None) -> bytes:
        """Return what `git <arguments>` prints, `feed` being its standard input. Raises `GitFailed`."""
        status, out, err = self.attempt(*arguments, feed=feed, env=env)
        if status != 0:
            lines = err.decode("utf-8", "replace").strip().splitlines() or [f"exit status {status}"]
            raise GitFailed(f"git {arguments[0]}: {lines[0]}")
        return out

    def attempt(
        self, *arguments: str, feed: bytes = b"", env: Mapping[str, str] | None = None, settings: Sequence[str] = ()
    ) -> tuple[int, bytes, bytes]:
        """Return exit status, output and error output of `git <arguments>`, `settings` being `name=value`."""
        process = self._repo.git.execute(
            self._command(arguments, settings),
            istream=subprocess.PIPE,
            as_process=True,
            env={**self._environment(), **(env or {})},
        )
        child = process.proc
        if child is None:
            raise GitFailed(f"git {arguments[0]}: it did not start")
        out, err = child.communicate(feed)
        return child.returncode, out, err

    def _command(self, arguments: Sequence[str], settings: Sequence[str]) -> list[str]:
        chosen = [part for setting in (*_SAFE, *settings) for part in ("-c", setting)]
        return ["git", "--literal-pathspecs", *chosen, *arguments]

    def _environment(self) -> dict[str, str]:
        # A missing object of a partial clone would be fetched by a command that the repository's settings name.
        return {
            "GIT_DIR": str(self._repo.git_dir),
            "GIT_INDEX_FILE": os.devnull,
            "GIT_ALLOW_PROTOCOL": "none",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "LC_ALL": "C",
        }

    def close(self) -> None:
        """Let go of the repository."""
        self._repo.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
