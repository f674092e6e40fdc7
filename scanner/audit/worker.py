"""A worker of an audit: reads tasks from standard input, a line each, and writes what came of them.

It ends with its standard input: no worker outlives the coordinator that started it.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from queue import SimpleQueue
from typing import Any, BinaryIO

from scanner.audit.locations import Login
from scanner.audit.look import Equipment, equipment, looked_at
from scanner.audit.model import Options, Outcome, Task, options_of, task_data, task_of
from strongroom.kernel.errors import StrongroomError, raised_at
from strongroom.kernel.secretvalue import SecretValue


class Message(bytes):
    """JSON on its way to a worker. It may hold an audit's key and a password, so it refuses to be shown."""

    def __repr__(self) -> str:
        return "<message to a worker>"

    __str__ = __repr__


def setup_message(
    options: Options, key: bytes, audit: str, cache: str, *, vault_key: bytes = b"", spool: str = ""
) -> Message:
    """Return the first line for a worker: how to look at repositories.

    With a `vault_key` it makes digests of all texts under it, into files below `spool`, or else into its outcomes.
    """
    setup = {
        "options": options.as_data(),
        "key": key.hex(),
        "audit": audit,
        "cache": cache,
        "vault_key": vault_key.hex(),
        "spool": spool,
    }
    return Message(json.dumps(setup).encode() + b"\n")


def task_message(task: Task, login: Login | None) -> Message:
    """Return a further line for a worker: one task."""
    who = None if login is None else [login.user.reveal_text(), login.password.reveal_text()]
    return Message(json.dumps({"task": task_data(task), "login": who}).encode() + b"\n")


def equipped(line: bytes) -> Equipment:
    """Return what the first line asks for. Raises `UsageError` for rules that cannot be read."""
    setup = json.loads(line)
    return equipment(
        options_of(setup["options"]),
        bytes.fromhex(setup["key"]),
        setup["audit"],
        setup["cache"],
        vault_key=bytes.fromhex(setup["vault_key"]),
        spool=setup["spool"],
    )


def done(line: bytes, ready: Equipment) -> Outcome:
    """Return what came of the task in a line; a failure is told without any text that might hold a value."""
    given: Mapping[str, Any] = json.loads(line)
    who = given["login"]
    login = None if who is None else Login(user=SecretValue(who[0]), password=SecretValue(who[1]))
    task = task_of(given["task"])
    try:
        return looked_at(task, login, ready)
    except Exception as failure:  # noqa: BLE001 - one repository must not end the audit
        return {"failed": f"internal error: {raised_at(failure)}", "part": task.part.kind}


def main() -> None:
    """Work until there is no more."""
    lines = _lines(sys.stdin.buffer)
    # Nothing but outcomes may be written where they are.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    try:
        ready = equipped(next(lines))
    except StrongroomError as error:
        _answer(answers, {"unfit": error.message, "hint": error.hint})
        return
    _answer(answers, {"ready": True})
    for line in lines:
        _answer(answers, done(line, ready))


def _answer(stream: BinaryIO, outcome: Outcome) -> None:
    stream.write(json.dumps(outcome, separators=(",", ":")).encode() + b"\n")
    stream.flush()


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of `stream`; at its end this process ends, whatever it is doing."""
    waiting: SimpleQueue[bytes] = SimpleQueue()

    def listen() -> None:
        for line in stream:
            waiting.put(line)
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    while True:
        yield waiting.get()


if __name__ == "__main__":
    main()
