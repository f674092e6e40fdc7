"""A bare repository of our own beside the user's, which borrows its objects: whatever talks to a remote starts there.

Settings, hooks and refs of the user's repository have no say in it, so that none of them runs a command or sends a
token elsewhere. What the user and the machine have set, such as a proxy or authorities, counts.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from remediation.git.plumbing import GitFailed, Plumbing
from strongroom.kernel import gitremote

_SAFE = (*gitremote.SAFE, "http.lowSpeedLimit=1", "http.lowSpeedTime=60")
_NO_SETTINGS = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


class Outpost:
    """A repository without refs that lives as long as a `with` block; it sees every object of `plumbing`'s."""

    def __init__(self, plumbing: Plumbing) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="strongroom-git-")
        self._git = Path(self._folder.name) / "repository.git"
        form = _line(plumbing.run("rev-parse", "--show-object-format"))
        self.run("init", "--quiet", "--bare", "--template=", f"--object-format={form}", str(self._git))
        borrowed = plumbing.top / _line(plumbing.run("rev-parse", "--git-path", "objects"))
        (self._git / "objects" / "info").mkdir(exist_ok=True)
        (self._git / "objects" / "info" / "alternates").write_bytes(os.fsencode(borrowed.resolve()) + b"\n")
        shallow = plumbing.top / _line(plumbing.run("rev-parse", "--git-path", "shallow"))
        if shallow.is_file():
            (self._git / "shallow").write_bytes(shallow.read_bytes())

    def run(self, *arguments: str, plain: bool = False) -> bytes:
        """Return what `git <arguments>` prints; `plain` ignores the user's settings too. Raises `GitFailed`."""
        status, out, err = self.attempt(*arguments, plain=plain)
        if status != 0:
            lines = err.decode("utf-8", "replace").strip().splitlines() or [f"exit status {status}"]
            raise GitFailed(f"git {arguments[0]}: {lines[0]}")
        return out

    def attempt(
        self,
        *arguments: str,
        settings: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        plain: bool = False,
    ) -> tuple[int, bytes, bytes]:
        """Return exit status, output and error output of `git <arguments>`, `settings` being `name=value`."""
        chosen = [part for setting in (*_SAFE, *settings) for part in ("-c", setting)]
        done = subprocess.run(
            ["git", *chosen, *arguments],  # noqa: S607 (git is where the user's PATH says, as in `plumbing`)
            env={**self._environment(), **(_NO_SETTINGS if plain else {}), **(env or {})},
            cwd=self._folder.name,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            umask=0o077,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def holds(self, commit: str) -> bool:
        """Tell whether a commit is here."""
        return self.attempt("cat-file", "-e", f"{commit}^{{commit}}")[0] == 0

    @property
    def is_shallow(self) -> bool:
        """Tell whether history is cut off somewhere, as in a clone of some depth."""
        return (self._git / "shallow").is_file()

    def _environment(self) -> dict[str, str]:
        ours = {"GIT_DIR": str(self._git), "GIT_NO_REPLACE_OBJECTS": "1"}
        return {**gitremote.environment("file:http:https:ssh"), **ours}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._folder.cleanup()


def _line(out: bytes) -> str:
    return os.fsdecode(out.rstrip(b"\n"))
