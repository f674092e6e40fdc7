"""A git process and what it writes, by `posix_spawn` and pipes: `subprocess` costs a hook more than the scan itself."""

from __future__ import annotations

import os
import select
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK = 1 << 20
_SIGKILL = 9
"""As POSIX has it; the module `signal` makes enumerations of all of them."""
_SET_PIPE_SIZE = 1031
"""F_SETPIPE_SZ of Linux (fcntl(2)); elsewhere pipes keep their size."""
_PATIENCE = 120
"""Seconds that git may go without a word."""


class ProcessFailedError(Exception):
    """The process ended with another status than 0, or said nothing for too long."""


class Process:
    """One running program. `stdin` is a file it reads; its standard error goes to the file `errors`."""

    def __init__(self, arguments: list[str], environment: dict[str, str], *, stdin: str, errors: str) -> None:
        self.output, writing = os.pipe2(os.O_CLOEXEC) if hasattr(os, "pipe2") else os.pipe()
        _widen(self.output)
        append = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, stdin, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, writing, 1),
            (os.POSIX_SPAWN_OPEN, 2, errors, append, 0o600),
        ]
        try:
            self._pid: int | None = os.posix_spawn(arguments[0], arguments, environment, file_actions=actions)
        except OSError:
            os.close(self.output)
            raise
        finally:
            os.close(writing)

    def chunks(self) -> Iterator[bytes]:
        """Yield what the process writes, as it comes. Raises `ProcessFailedError` where it falls silent."""
        waiting = select.poll()
        waiting.register(self.output, select.POLLIN)
        deadline = time.monotonic() + _PATIENCE
        while True:
            if not waiting.poll(_PATIENCE * 1000) or time.monotonic() > deadline + _PATIENCE:
                self.kill()
                raise ProcessFailedError(f"no answer for {_PATIENCE} seconds")
            chunk = os.read(self.output, _CHUNK)
            if not chunk:
                return
            yield chunk

    def read_into(self, place: memoryview) -> int:
        """Read into `place` what the process writes next, and return how many bytes; 0 at its end, or its silence."""
        waiting = select.poll()
        waiting.register(self.output, select.POLLIN)
        return os.readv(self.output, [place]) if waiting.poll(_PATIENCE * 1000) else 0

    def wait(self) -> int:
        """Return the exit status, once the process has ended; what it still writes is thrown away."""
        if self._pid is None:
            return 0
        os.close(self.output)
        _, status = os.waitpid(self._pid, 0)
        self._pid = None
        return os.waitstatus_to_exitcode(status)

    def kill(self) -> None:
        """End the process if it still runs."""
        if self._pid is not None:
            os.kill(self._pid, _SIGKILL)
            self.wait()


def _widen(pipe: int) -> None:
    """Ask for a pipe that holds a whole chunk: fewer switches between git and us."""
    import fcntl

    try:
        fcntl.fcntl(pipe, getattr(fcntl, "F_SETPIPE_SZ", _SET_PIPE_SIZE), _CHUNK)
    except OSError:
        return
