"""Tries a fix before it is committed: a command of the user's runs in a copy of the fixed tree, the vault at hand.

The copy is private and removed afterwards. What the command prints is shown where it fails, with values masked.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import stat
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from strongroom.kernel.errors import CheckFailed, UsageError

if TYPE_CHECKING:
    from remediation.git.plumbing import Plumbing
    from remediation.model import Plan
    from strongroom.cli.connection import Connection
    from strongroom.cli.progress import Stages

_RUN_ENVIRONMENT = Path(".strongroom") / "run.env"
_TAIL_LINES, _TAIL_BYTES = 30, 65_536
_PATIENCE_SECONDS = 5
_REPOSITORYS = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR"),
    *("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES"),
)


class TrialFailed(CheckFailed):
    """The command that was to try the fix did not end with 0."""

    code = "trial-failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A command that a fixed tree has to pass."""

    command: str
    repository: Plumbing
    connection: Connection
    plan: Plan
    base: str
    """The commit that the fix starts from."""
    made_folder: Callable[[str], None]
    """Is told of each temporary folder."""
    progress: Stages

    def run(self, tip: str) -> None:
        """Run the command in the tree of `tip`. Raises `TrialFailed` with the end of what it said, `UsageError`."""
        arguments = split(self.command)
        self.progress.say(f"running {self.command}")
        status, said = self._outcome(tip, arguments)
        if status == 0:
            return
        self.progress.clear()
        self._show(said)
        self.progress.say(f"running {self.command} without the fix")
        hint = "nothing was committed; the values stay in the vault for the next fix, or `strongroom fix undo`"
        if self._outcome(self.base, arguments)[0] != 0:
            raise TrialFailed(f"{self.command} fails on HEAD already ({_ended(status)} with the fix)", hint=hint)
        raise TrialFailed(f"{self.command} fails with the fix ({_ended(status)}), and not without it", hint=hint)

    def _outcome(self, commit: str, arguments: Sequence[str]) -> tuple[int, bytes]:
        from remediation.git.export import export

        with ExitStack() as stack:
            folder = Path(tempfile.mkdtemp(prefix="strongroom-tree-")).resolve()
            stack.callback(remove_tree, folder)
            self.made_folder(str(folder))
            export(self.repository, commit, folder)
            return _run(arguments, folder, self._environment(stack, folder))

    def _environment(self, stack: ExitStack, folder: Path) -> dict[str, str]:
        """Return what the command finds in its environment: what `strongroom run` gives in a fixed repository."""
        from botocore.exceptions import ClientError

        from strongroom.cli.project import ProjectSecret
        from strongroom.cli.references import env_file, holds_references, resolve
        from strongroom.cli.run import with_credentials

        variables = {name: text for name, text in os.environ.items() if name not in _REPOSITORYS}
        if (folder / _RUN_ENVIRONMENT).is_file():
            variables |= env_file(folder / _RUN_ENVIRONMENT)
        if holds_references(variables):
            variables |= resolve(variables, self.connection.client("secretsmanager"))
        variables |= {"PWD": str(folder), "GIT_CEILING_DIRECTORIES": str(folder.parent)}
        secrets = [ProjectSecret(name=each.name, rotation=None) for each in self.plan.secrets]
        try:
            return with_credentials(stack, self.connection, secrets, variables)
        except ClientError:
            # Who is a role, or was let in for a while, can have no narrower credentials: AWS gives none to those.
            endpoint = self.connection.endpoint_url
            return variables | ({"AWS_ENDPOINT_URL_SECRETS_MANAGER": endpoint} if endpoint else {})

    def _show(self, said: bytes) -> None:
        from remediation.preview import masked, spellings_of

        lines = masked(said, spellings_of(self.plan)).splitlines()[-_TAIL_LINES:]
        for line in lines:
            click.echo(f"  {line}", err=True)


def split(command: str) -> list[str]:
    """Return a command's words, as a shell would read them; no shell is run. Raises `UsageError`."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"--test-command {command!r} cannot be read: {error}") from None
    if not words:
        raise UsageError("--test-command is empty", hint='for instance --test-command "python -m pytest -q"')
    if shutil.which(words[0]) is None and "/" not in words[0]:
        raise UsageError(f"--test-command: {words[0]} is not found", hint="no shell is run: name a program")
    return words


def remove_tree(folder: Path) -> None:
    """Remove a temporary folder, what a command made read-only in it too; one that is not there is none."""

    def writable(function: Callable[..., object], path: str, _: object) -> None:
        with suppress(OSError):
            Path(path).parent.chmod(stat.S_IRWXU)
            if not Path(path).is_symlink():
                Path(path).chmod(stat.S_IRWXU)
            function(path)

    shutil.rmtree(folder, onerror=writable)


def _run(arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> tuple[int, bytes]:
    """Run a command in a group of its own, which ends with it and with us; return its status and last output."""
    try:
        child = subprocess.Popen(
            list(arguments), cwd=folder, env=dict(environment), start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
    except OSError as error:
        raise UsageError(f"--test-command: {arguments[0]} cannot be run: {error.strerror}") from None
    tail = _Tail()
    assert child.stdout is not None  # noqa: S101 (a pipe was asked for)
    reader = threading.Thread(target=tail.read, args=(child.stdout,), daemon=True)
    reader.start()
    with _ending(child):
        # Its id is not given away before the group was ended, so that no other group is meant.
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    status = child.wait()
    reader.join(_PATIENCE_SECONDS)
    return status, bytes(tail.kept)


class _Tail:
    """Keeps the end of what is read."""

    def __init__(self) -> None:
        self.kept = bytearray()

    def read(self, stream: IO[bytes]) -> None:
        while part := stream.read1(_TAIL_BYTES):  # type: ignore[attr-defined]
            self.kept += part
            del self.kept[:-_TAIL_BYTES]


@contextmanager
def _ending(child: subprocess.Popen[bytes]) -> Iterator[None]:
    """End the child's group when the block ends, whatever ends it, a signal to us included."""

    def interrupted(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupted) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    except BaseException:
        _kill(child, signal.SIGTERM)
        deadline = threading.Timer(_PATIENCE_SECONDS, _kill, (child, signal.SIGKILL))
        deadline.start()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        deadline.cancel()
        raise
    finally:
        _kill(child, signal.SIGKILL)
        for number, handler in before.items():
            signal.signal(number, handler)


def _kill(child: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)


def _ended(status: int) -> str:
    return f"status {status}" if status >= 0 else f"ended by {signal.Signals(-status).name}"
