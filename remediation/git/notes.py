"""The folder under the git directory where a fix keeps what it must remember, private, and for one fix at a time.

Each working tree has one of its own, since each has a HEAD of its own.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from remediation.errors import Refused
from remediation.git.plumbing import Plumbing
from strongroom.kernel.errors import UsageError
from strongroom.kernel.files import make_private_dir


def notes_folder(plumbing: Plumbing) -> Path:
    """Return the folder, which may not be there yet. Raises `GitFailed`."""
    out = plumbing.run("rev-parse", "--git-path", "strongroom")
    return plumbing.top / os.fsdecode(out.rstrip(b"\n"))


@contextmanager
def alone(plumbing: Plumbing) -> Iterator[Path]:
    """Hold the working tree's notes for as long as the block runs, and yield their folder.

    A process that is killed lets go of them. Raises `Refused` while another fix has them, `UsageError` where they
    cannot be written.
    """
    folder = notes_folder(plumbing)
    try:
        make_private_dir(folder)
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _unwritable(folder, error) from None
    try:
        _lock(descriptor, folder)
        yield folder
    finally:
        os.close(descriptor)


def _lock(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
    except BlockingIOError:
        number = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
        raise Refused(
            f"another fix is at work on this working tree (process {number or 'unknown'})",
            hint="wait until it is done, then run this again",
        ) from None
    except OSError as error:
        raise _unwritable(folder, error) from None


def _unwritable(folder: Path, error: OSError) -> UsageError:
    return UsageError(
        f"{folder} cannot be written: {error.strerror}",
        hint="a fix needs to write to the git directory; make room there",
    )
