"""Faults under a rotation: its process killed at a call, its disk full, its connection to the service cut."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.testing.cut import DIE_AT
from tests.testing.forked import Worker, worker

_WORKER = f"""{DIE_AT}
import resource
from pathlib import Path
from vault.bootstrap import open_vault
from vault.config import DataDir
import botocore.session
# What a rotation loads is loaded before the first fork.
from vault.rotation import attempt, functions, worker

def disk_full(folder, room):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    written = max(each.stat().st_size for each in Path(folder).iterdir() if each.is_file())
    resource.setrlimit(resource.RLIMIT_FSIZE, (written + room, written + room))

print("ready", flush=True)
for line in sys.stdin:
    folder, arn, fault, number = line.split()
    child = os.fork()
    if child == 0:
        vault = open_vault(DataDir(path=Path(folder)))
        if fault == "full":
            disk_full(folder, int(number))
        calls = Calls(int(number) if fault == "killed" else 0)
        try:
            errors = [outcome.error for outcome in vault.rotate(arn)]
        except Exception as error:
            errors = [type(error).__name__]
        sys.setprofile(None)
        print(calls.seen, "|".join(errors).replace("\\n", " "), flush=True)
        os._exit(0)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if ended:
        print(0, ended, flush=True)
"""
"""Has the vault in a folder rotate one secret in a child each, with a fault or none."""


class RotationProcess:
    """A process whose children each run one attempt at a rotation."""

    def __init__(self, process: Worker) -> None:
        self._process = process

    def attempt(self, folder: Path, arn: str, fault: str = "none", number: int = 0) -> tuple[int, str]:
        """Return how many calls an attempt took, 0 for one that was killed, and its error, or what ended its process.

        `fault` is `killed` at the call of `number`, `full` with so many bytes of room, or `none`.
        """
        calls, _, error = self._process.ask(f"{folder} {arn} {fault} {number}").partition(" ")
        return int(calls), error.strip()


@contextmanager
def rotation_process() -> Iterator[RotationProcess]:
    """Yield a process that rotates as often as it is asked to."""
    with worker(_WORKER) as process:
        yield RotationProcess(process)


class Wire:
    """A way to a service on this machine that can be cut after a number of messages, in either direction."""

    def __init__(self, listener: socket.socket, to: tuple[str, int]) -> None:
        self._listener = listener
        self._to = to
        self._guard = threading.Lock()
        self._left: int | None = None
        self._open: set[socket.socket] = set()
        self.passed = 0

    @property
    def port(self) -> int:
        """Where the near end listens."""
        port: int = self._listener.getsockname()[1]
        return port

    def cut_after(self, messages: int | None) -> None:
        """Cut all connections once so many messages more have passed, and let none in; None mends the wire."""
        with self._guard:
            self._left = messages
            self.passed = 0

    def serve(self) -> None:
        """Carry connections until the near end is closed."""
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        if self._is_cut():
            near.close()
            return
        with near, socket.create_connection(self._to) as far:
            with self._guard:
                self._open |= {near, far}
            back = threading.Thread(target=self._one_way, args=(far, near), daemon=True)
            back.start()
            self._one_way(near, far)
            back.join()
            with self._guard:
                self._open -= {near, far}

    def _one_way(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while (data := source.recv(65536)) and self._may_pass():
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _may_pass(self) -> bool:
        with self._guard:
            self.passed += 1
            if self._left is None:
                return True
            self._left -= 1
            if self._left > 0:
                return True
            cut = list(self._open)
        for end in cut:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        return False

    def _is_cut(self) -> bool:
        with self._guard:
            return self._left is not None and self._left <= 0


@contextmanager
def wire_to(host: str, port: int) -> Iterator[Wire]:
    """Yield a wire to a service."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        wire = Wire(listener, (host, port))
        threading.Thread(target=wire.serve, daemon=True).start()
        yield wire
