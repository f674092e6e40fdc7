"""Runs the command with each program it starts written to a file: `python -I audited.py LOG [ARG]...`.

CPython raises an audit event before a process is started, so nothing that lives for a moment only is missed.
Source: PEP 578 and the table of audit events in the Python documentation.
"""

import os
import sys

_STARTS = ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system", "os.spawn")


def main() -> None:
    """Hook, then hand over to the command with the remaining arguments."""
    log = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def note(event: str, arguments: tuple[object, ...]) -> None:
        if event in _STARTS:
            os.write(log, f"{event} {arguments!r}\n".encode("utf-8", "backslashreplace"))

    sys.addaudithook(note)
    sys.argv = ["strongroom", *sys.argv[2:]]
    from strongroom.entry import main as run_command

    run_command()


if __name__ == "__main__":
    main()
