"""How a secret of a person reaches a keeper: a line of a file descriptor, or a prompt without echo."""

from __future__ import annotations

import getpass
import os
import sys

from strongroom.kernel.errors import UsageError
from strongroom.kernel.secretvalue import SecretValue

_MAX_BYTES = 4096


def asked(prompt: str) -> SecretValue:
    """Ask on the terminal, without echo."""
    return SecretValue(getpass.getpass(f"{prompt}: ", sys.stderr))


def on_terminal(descriptor: int = 0) -> bool:
    """Tell whether a person is at the other end of a file descriptor."""
    return os.isatty(descriptor)


def line_of(descriptor: int) -> SecretValue:
    """Return the next line of a file descriptor without its end, and read no byte beyond it.

    Raises `UsageError` where it cannot be read or has no end.
    """
    line = bytearray()
    try:
        while len(line) <= _MAX_BYTES and (byte := os.read(descriptor, 1)) not in (b"", b"\n"):
            line += byte
    except OSError as error:
        raise UsageError(
            f"file descriptor {descriptor} cannot be read: {error.strerror}",
            hint=f"open it for the command: {descriptor}< FILE",
        ) from None
    if len(line) > _MAX_BYTES:
        raise UsageError(f"the line on file descriptor {descriptor} is longer than {_MAX_BYTES} bytes")
    return SecretValue(bytes(line).removesuffix(b"\r"))
