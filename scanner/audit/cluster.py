"""Workers of a Dask cluster: a task is a task there, and what comes of it comes back over the cluster's network.

Source: dask.distributed, "Client" and "Resilience": a worker that is lost has its tasks done by another; a task that
three workers were lost with raises `KilledWorker`.
"""

from __future__ import annotations

from importlib.util import find_spec
from queue import Empty, SimpleQueue
from typing import Any

from scanner.audit.look import Equipment
from scanner.audit.model import Outcome, Task
from scanner.audit.worker import Message, done, equipped, task_message
from scanner.audit.workers import Done, Logins
from strongroom.kernel.errors import UsageError, raised_at

_CONNECT_SECONDS = 5
_AHEAD = 2
"""Tasks for each thread of the cluster: none waits for the coordinator's next look."""
_KILLED = "KilledWorker"


class ClusterWorkers:
    """The workers that a scheduler knows, as many as there are at the time."""

    def __init__(self, address: str, setup: Message, logins: Logins) -> None:
        """Raises `UsageError` where the library is missing or no scheduler answers at `address`."""
        if find_spec("distributed") is None:
            raise UsageError("--scheduler needs Dask", hint="pip install 'strongroom[fleet]', here and on the workers")
        from distributed import Client

        try:
            self._client = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError):
            raise UsageError(f"no Dask scheduler answers at {address}", hint="start one: dask scheduler") from None
        self._setup = setup
        self._logins = logins
        self._ended: SimpleQueue[tuple[Task, Any]] = SimpleQueue()
        self._running: dict[int, Any] = {}

    @property
    def room(self) -> int:
        """How many tasks are to be under way at once."""
        threads: int = sum(self._client.nthreads().values())
        return max(1, threads) * _AHEAD

    def begin(self, task: Task) -> None:
        """Have a task done by the cluster."""
        message = task_message(task, self._logins(task))
        future = self._client.submit(_performed, self._setup, message, pure=False, retries=0)
        self._running[task.number] = future
        future.add_done_callback(lambda ended: self._ended.put((task, ended)))

    def ended(self, seconds: float) -> list[Done]:
        """Return what has come to its end."""
        found: list[Done] = []
        try:
            one = self._ended.get(timeout=seconds)
            while True:
                found.append(self._told(*one))
                one = self._ended.get_nowait()
        except Empty:
            return found

    def _told(self, task: Task, future: Any) -> Done:
        self._running.pop(task.number, None)
        if future.status == "finished":
            return task, future.result()
        failure = future.exception() if future.status == "error" else None
        if failure is not None and type(failure).__name__ != _KILLED:
            return task, {"failed": f"internal error: {raised_at(failure)}", "part": task.part.kind}
        return task, None

    def stop(self) -> None:
        """Give up what is under way and leave the cluster."""
        for future in self._running.values():
            future.cancel()
        self._client.close()


_ready: dict[bytes, Equipment] = {}
"""What this worker has ready, by the line that asked for it: tasks of one audit share it."""


def _performed(setup: Message, message: Message) -> Outcome:
    """Do one task, on a worker of the cluster."""
    if setup not in _ready:
        try:
            fresh = equipped(setup)
        except UsageError as error:
            return {"failed": error.message}
        _ready.clear()
        _ready[setup] = fresh
    return done(message, _ready[setup])
