"""Audits from the command line: a desk with a database of its own, and runs that a test sees and can stop."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jsonschema

from tests.testing.gitrepo import git, make_repository
from tests.testing.scripts import ROOT
from tests.testing.server import command_line, plain_environment

SCHEMA = jsonschema.Draft202012Validator(json.loads((ROOT / "docs" / "audit.schema.json").read_text()))
_STEPS = Path(__file__).with_name("audit_steps.py")
_PATIENCE = 120


class Desk:
    """Where one person audits: a folder with repositories, a database and a cache of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database: Path | str = folder / "audit.db"
        self.said = ""
        """What the last command wrote on standard error."""

    def repository(self, name: str, files: dict[str, str]) -> Path:
        """Make a repository of one commit."""
        return make_repository(self.folder / name, files)

    def run(self, *words: str, status: int = 0) -> str:
        """Run `strongroom audit WORD...` to its end, which is to have `status`; return its output."""
        done = subprocess.run(
            command_line("audit", *words), cwd=self.folder, env=self.environment(), text=True, timeout=_PATIENCE,
            stdin=subprocess.DEVNULL, capture_output=True, check=False,
        )  # fmt: skip
        self.said = done.stderr
        assert done.returncode == status, done.stderr
        return done.stdout

    def audited(self, *words: str, status: int = 1) -> dict[str, Any]:
        """Return the document of an audit, which fits its schema."""
        report: dict[str, Any] = json.loads(self.run("-f", "json", *words, status=status))
        assert list(SCHEMA.iter_errors(report)) == []
        return report

    def changes(self, *words: str, status: int = 0) -> dict[str, Any]:
        """Return what `audit diff` tells."""
        report: dict[str, Any] = json.loads(self.run("diff", "-f", "json", *words, status=status))
        return report

    @contextmanager
    def watched(self, *words: str, pause: int = 0, kill: int = 0, workers: int = 0) -> Iterator[Watched]:
        """Start `strongroom audit -f json WORD...` so that what it does is seen; it has ended when the block has.

        It waits behind its `pause`th repository, kills itself before its `kill`th statement to the database, and its
        workers before its `workers`th; 0 is never.
        """
        told, tell = os.pipe()
        go, going = os.pipe()
        steps = [sys.executable, "-I", str(_STEPS), *map(str, (tell, go, pause, kill, workers))]
        process = subprocess.Popen(
            [*steps, "audit", "-f", "json", *words],
            cwd=self.folder, env=self.environment(), text=True, pass_fds=(tell, go),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        os.close(tell)
        os.close(go)
        with process, os.fdopen(told, "rb") as lines, os.fdopen(going, "wb", buffering=0) as signal:
            yield Watched(process, lines, signal)
            process.kill()

    def without_interruption(self, *words: str) -> dict[str, Any]:
        """Return the document of the same audit in another database with the same key."""
        other = type(self)(self.folder)
        other.database = self.folder / "other.db"
        shutil.copy(self.folder / "audit.db.key", self.folder / "other.db.key")
        return other.audited(*words)

    def environment(self) -> dict[str, str]:
        """Return the variables that commands are run with."""
        return plain_environment(
            STRONGROOM_AUDIT_DB=str(self.database), STRONGROOM_AUDIT_DIFF_DB=str(self.database),
            STRONGROOM_AUDIT_REPORT_DB=str(self.database), STRONGROOM_AUDIT_TREND_DB=str(self.database),
            XDG_CACHE_HOME=str(self.folder / "cache"), GIT_CONFIG_GLOBAL=os.devnull,
        )  # fmt: skip


class Watched:
    """A run of an audit that is under way."""

    def __init__(self, process: subprocess.Popen[str], lines: Any, signal: Any) -> None:
        self.process = process
        self._lines, self._signal = lines, signal

    def has_done(self, number: int) -> None:
        """Return once so many more repositories are recorded."""
        for _ in range(number):
            assert self._lines.readline() == b"done\n"

    def goes_on(self) -> None:
        """Let it go on behind its pause."""
        self._signal.write(b"!")

    def ends(self) -> tuple[int, str, str]:
        """Return its status, output and errors, once it has ended."""
        out, said = self.process.communicate(timeout=_PATIENCE)
        return self.process.returncode, out, said


def line(value: str, name: str = "password") -> str:
    """Return a line of Python that holds a credential."""
    return f'{name} = "{value}"\n'


def commit(folder: Path, message: str = "change") -> None:
    """Commit all that is in the working tree."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", f"--message={message}")


def timeless(report: dict[str, Any]) -> str:
    """Return a report without what the time and the length of the run are in."""
    report["audit"] |= {"started": None, "finished": None}
    for one in report["repositories"]:
        one |= {"seconds": 0, "first_audited": None, "last_audited": None}
    for one in report["trend"]:
        one["finished"] = None
    return json.dumps(report)
