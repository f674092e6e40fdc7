"""Runs the command, its audit seen and stopped: `python -I audit_steps.py TELL GO PAUSE KILL WORKERS WORD...`.

TELL and GO are open files. For each repository that is recorded a line goes to TELL; behind the PAUSEth a byte from GO
is waited for. Before the KILLth statement to the database the process kills itself, before the WORKERSth its workers.
0 stands for never.
"""

import os
import signal
import sys
from pathlib import Path


def main() -> None:
    """Hook, then hand over to the command with the remaining arguments."""
    tell, go, pause, kill, workers = map(int, sys.argv[1:6])
    sys.argv = ["strongroom", *sys.argv[6:]]
    _tell_of_repositories(tell, go, pause)
    _count_statements(kill, workers)
    from strongroom.entry import main as run_command

    run_command()


def _tell_of_repositories(tell: int, go: int, pause: int) -> None:
    from strongroom.cli.audit_progress import AuditProgress

    heard = AuditProgress.heard
    done = 0

    def told(self: AuditProgress, *what: object) -> None:
        nonlocal done
        heard(self, *what)  # type: ignore[arg-type]
        done += 1
        os.write(tell, b"done\n")
        if done == pause:
            os.read(go, 1)

    AuditProgress.heard = told  # type: ignore[method-assign]


def _count_statements(kill: int, workers: int) -> None:
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    number = 0

    def count(*_: object) -> None:
        nonlocal number
        number += 1
        if number == workers:
            for child in _children():
                os.kill(child, signal.SIGKILL)
        if number == kill:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", count)


def _children() -> list[int]:
    tasks = Path("/proc/self/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


if __name__ == "__main__":
    main()
