"""Where calls of functions run: folders of their own, with users of their own where the process may become others.

A slot is held by a lock on a file that the kernel lets go of with the process, so what a process left that was killed
is found and removed by whoever takes the slot next, or sweeps.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from vault.domain.function_errors import FunctionFailure, TooManyInvocations
from vault.rotation.lambdas.child import processes

MOST = 16
"""Calls at once, of all processes of a user on this machine together."""
_FIRST_USER = 60_578
"""systemd's documentation, "Users, Groups, UIDs and GIDs on systemd Systems", has the range from here on unused."""
_PATIENCE = 2.0
_PAUSE = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """What one call has."""

    folder: Path
    user: int | None
    """Whom it runs as; None for the user of this process."""

    @property
    def task(self) -> Path:
        """Where its code is unpacked."""
        return self.folder / "task"

    @property
    def scratch(self) -> Path:
        """Where it may write."""
        return self.folder / "tmp"


class Slots:
    """The slots below a folder, which is this user's alone."""

    def __init__(self, base: Path | None = None) -> None:
        """`base` is by default a folder of this user's below the system's for such. Raises `FunctionFailure`."""
        self._base = base or _usual_base()

    @property
    def own_users(self) -> bool:
        """Whether calls run as users of their own: for root, where others get to Python and to the folders."""
        places = (self._base.parent, Path(sys.prefix), Path(sys.base_prefix), Path(__file__).parent)
        return os.geteuid() == 0 and all(map(_open_to_all, places))

    @contextmanager
    def taken(self) -> Iterator[Slot]:
        """Hold a slot that is free while the block runs. Raises `TooManyInvocations`, `FunctionFailure`."""
        self._prepare()
        for number in range(MOST):
            with self._locked(number) as held:
                if held:
                    slot = self._slot(number)
                    try:
                        _make(slot)
                        yield slot
                    finally:
                        _clear(slot)
                    return
        raise TooManyInvocations("Rate Exceeded.")

    def sweep(self) -> None:
        """Remove what processes left that were killed."""
        if self._base.is_dir() and self._is_ours():
            for number in range(MOST):
                with self._locked(number) as held:
                    if held:
                        _clear(self._slot(number))

    def _slot(self, number: int) -> Slot:
        return Slot(folder=self._base / str(number), user=_FIRST_USER + number if self.own_users else None)

    def _prepare(self) -> None:
        with suppress(FileExistsError):
            self._base.mkdir(mode=0o711)
        if not self._is_ours():
            raise FunctionFailure(f"Functions cannot run: {self._base} belongs to somebody else, or is open to others.")
        # The umask may have taken away what lets users of their own through.
        self._base.chmod(0o711)

    def _is_ours(self) -> bool:
        found = self._base.lstat()
        private = not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and private

    @contextmanager
    def _locked(self, number: int) -> Iterator[bool]:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(self._base / f"{number}.lock", flags, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(descriptor)


def sweep() -> None:
    """Remove what functions of servers left that were killed, where there is a folder for it."""
    with suppress(FunctionFailure, OSError):
        Slots().sweep()


def _usual_base() -> Path:
    try:
        return Path(tempfile.gettempdir(), f"strongroom-functions-{os.geteuid()}")
    except FileNotFoundError:
        raise FunctionFailure("Functions cannot run: there is no folder to write in; name one by TMPDIR.") from None


def _make(slot: Slot) -> None:
    _clear(slot)
    for folder in (slot.folder, slot.task, slot.scratch):
        folder.mkdir(mode=0o700)
        if slot.user is not None:
            os.chown(folder, slot.user, slot.user)


def _clear(slot: Slot) -> None:
    """End what still runs as a slot's user, and remove its folder."""
    if slot.user is not None:
        _end_processes(slot.user)
    # A function may have closed its folders to its own user.
    for place, folders, _ in os.walk(slot.folder):
        for each in folders:
            if not Path(place, each).is_symlink():
                Path(place, each).chmod(0o700)
    shutil.rmtree(slot.folder, ignore_errors=True)


def _end_processes(user: int) -> None:
    """End what runs as a user, and what it has become while it was looked for."""
    until = time.monotonic() + _PATIENCE
    while (running := tuple(processes.of_user(user))) and time.monotonic() < until:
        for process in running:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        time.sleep(_PAUSE)


def _open_to_all(place: Path) -> bool:
    """Tell whether every user gets to a place."""
    try:
        return all(each.stat().st_mode & stat.S_IXOTH for each in (place.resolve(), *place.resolve().parents))
    except OSError:
        return False
