"""Worker processes on this machine, each with a thread here that hands it tasks and waits for what comes of them."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Protocol

from scanner.audit.locations import Login
from scanner.audit.model import Outcome, Task
from scanner.audit.worker import Message, task_message
from strongroom.kernel.errors import UsageError

Done = tuple[Task, Outcome | None]
"""A task and what came of it; None where its worker died."""
Logins = Callable[[Task], Login | None]


class Workers(Protocol):
    """What does an audit's tasks, wherever it runs."""

    @property
    def room(self) -> int:
        """How many tasks are to be under way at once."""
        ...

    def begin(self, task: Task) -> None:
        """Have a task done."""
        ...

    def ended(self, seconds: float) -> list[Done]:
        """Return the tasks that have come to their end, after waiting for one at most so long."""
        ...

    def stop(self) -> None:
        """End all work at once."""
        ...


class LocalWorkers:
    """Processes of this machine. A worker that dies takes its task with it; the next task starts another."""

    def __init__(self, setup: Message, logins: Logins, *, number: int) -> None:
        """`setup` is the first line for each worker; `logins` tells who to be where a task's repository is cloned."""
        self.room = number
        self._setup = setup
        self._logins = logins
        self._waiting: SimpleQueue[Task | None] = SimpleQueue()
        self._ended: SimpleQueue[Done | UsageError] = SimpleQueue()
        self._processes: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._stopped = False
        self._threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(number)]
        for thread in self._threads:
            thread.start()

    def begin(self, task: Task) -> None:
        """Have a task done by the next worker that is free."""
        self._waiting.put(task)

    def ended(self, seconds: float) -> list[Done]:
        """Return what has come to its end. Raises `UsageError` where no worker can be equipped."""
        found: list[Done] = []
        try:
            one = self._ended.get(timeout=seconds)
            while True:
                if isinstance(one, UsageError):
                    raise one
                found.append(one)
                one = self._ended.get_nowait()
        except Empty:
            return found

    def stop(self) -> None:
        """End all workers at once."""
        with self._lock:
            self._stopped = True
            for process in self._processes:
                process.kill()
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join()

    def _serve(self) -> None:
        process: subprocess.Popen[bytes] | None = None
        while (task := self._waiting.get()) is not None:
            try:
                process = process or self._started()
                answer = None if process is None else _asked(process, task_message(task, self._logins(task)))
            except UsageError as unfit:
                self._ended.put(unfit)
                return
            if answer is None and process is not None:
                self._ends(process)
                process = None
            self._ended.put((task, answer))
        if process is not None:
            self._ends(process)

    def _started(self) -> subprocess.Popen[bytes] | None:
        """Return a worker that is ready; None where it died before it was. Raises `UsageError` where it is unfit."""
        with self._lock:
            if self._stopped:
                return None
            # A session of its own: Ctrl-C is for the coordinator, which ends what it started.
            process = subprocess.Popen(
                [sys.executable, "-I", "-m", "scanner.audit.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            self._processes.add(process)
        said = _asked(process, self._setup)
        if said is not None and "ready" in said:
            return process
        self._ends(process)
        if said is not None:
            raise UsageError(said["unfit"], hint=said["hint"])
        return None

    def _ends(self, process: subprocess.Popen[bytes]) -> None:
        with self._lock:
            self._processes.discard(process)
        process.kill()
        process.communicate()


def _asked(process: subprocess.Popen[bytes], message: Message) -> Outcome | None:
    """Return a worker's answer to a message, None where it dies instead."""
    if process.stdin is None or process.stdout is None:
        return None
    try:
        process.stdin.write(message)
        process.stdin.flush()
        line = process.stdout.readline()
        return json.loads(line) if line.endswith(b"\n") else None
    except (OSError, ValueError):
        return None
