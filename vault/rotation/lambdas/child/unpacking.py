"""Unpacks a function's code; what it may hold was looked at when it was uploaded."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from pathlib import Path

_MOST_BYTES = 250 * 1024 * 1024


class TooLarge(Exception):
    """The code is larger than it says."""


def unpack(code: bytes, folder: str) -> None:
    """Write the files of a zip into a folder that is there, readable by this user alone.

    Raises `TooLarge`, `ValueError` for a path that leads out of it, `zipfile.BadZipFile`, `OSError`.
    """
    left = _MOST_BYTES
    with zipfile.ZipFile(io.BytesIO(code)) as archive:
        for member in archive.infolist():
            target = Path(folder, member.filename)
            if ".." in target.parts or not target.is_relative_to(folder):
                raise ValueError(member.filename)
            if member.is_dir():
                target.mkdir(mode=0o700, parents=True, exist_ok=True)
                continue
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            left -= _write(archive, member, target, left)


def _write(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, most: int) -> int:
    """Write a file, and return how long it is."""
    runnable = (member.external_attr >> 16) & stat.S_IXUSR
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    with archive.open(member) as source, os.fdopen(os.open(target, flags, 0o700 if runnable else 0o600), "wb") as file:
        written = 0
        while piece := source.read(1024 * 1024):
            written += len(piece)
            if written > most:
                raise TooLarge
            file.write(piece)
    return written
