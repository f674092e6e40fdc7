"""The process of one call: reads what is to be run, runs it in a child, and leaves nothing running behind it.

On standard input come a line of JSON, the zip file and the event. What is written is the log; the outcome goes to a
pipe of its own. The process adopts what the function leaves behind, so all of that ends with it, whatever it did to
get away; it is itself ended when whoever started it is gone.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from contextlib import suppress
from types import FrameType
from typing import BinaryIO, NoReturn

from vault.rotation.lambdas.child import confinement, processes
from vault.rotation.lambdas.child.settings import Settings
from vault.rotation.lambdas.child.unpacking import unpack


def main() -> NoReturn:
    """Run one call."""
    settings, given = _received(sys.stdin.buffer)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    signal.signal(signal.SIGTERM, _end)
    processes.end_with(settings.parent)
    processes.adopt()
    function = os.fork()
    if function == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _become_function(settings, given)
    os.close(settings.result)
    status = processes.wait_for(function)
    processes.end_all()
    os._exit(status)


def _received(source: BinaryIO) -> tuple[Settings, dict[str, bytes]]:
    settings = Settings(**json.loads(source.readline()))
    return settings, {"code": source.read(settings.code_bytes), "event": source.read(settings.event_bytes)}


def _end(_signal: int, _frame: FrameType | None) -> None:
    processes.end_all()
    os._exit(128 + signal.SIGTERM)


def _become_function(settings: Settings, given: dict[str, bytes]) -> NoReturn:
    try:
        # Held no longer than it takes: the zip would count as the function's own memory.
        unpack(given.pop("code"), settings.task)
        confinement.limit(settings)
        confinement.confine([settings.task], [settings.scratch])
        os.environ.clear()
        os.environ.update(settings.environment)
        time.tzset()
        # Loaded by now: a function's own module of that name is its own business.
        from vault.rotation.lambdas.child.authorities import provide
        from vault.rotation.lambdas.child.calling import call

        provide()
        for name in [each for each in sys.modules if each.partition(".")[0] in ("vault", "strongroom")]:
            del sys.modules[name]
        outcome = call(settings, given.pop("event"))
        with suppress(OSError), os.fdopen(settings.result, "wb") as result:
            result.write(outcome)
        sys.stdout.flush()
        sys.stderr.flush()
    except SystemExit as left:
        sys.stdout.flush()
        os._exit(left.code if isinstance(left.code, int) else int(left.code is not None))
    except BaseException:  # noqa: BLE001 - whatever it is, the process must not go on as its parent
        sys.excepthook(*sys.exc_info())
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    main()
