"""Functions that are known to run: each tells the test where it is, and waits until it is let go on.

So a test looks at what goes on while a function runs without guessing how long that takes.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

_PATIENCE = 60.0
_CODE = """
import os, socket

def handler(event, context):
    with socket.create_connection(("127.0.0.1", PORT)) as test:
        test.sendall(os.getcwd().encode() + b"\\n")
        test.recv(1)
    return os.getcwd()
"""


class Held:
    """Where held functions report."""

    def __init__(self, listener: socket.socket, stack: ExitStack) -> None:
        self._listener = listener
        self._stack = stack
        self._calls: list[socket.socket] = []

    @property
    def code(self) -> str:
        """A module whose `handler` is held, and then answers its folder."""
        return _CODE.replace("PORT", str(self._listener.getsockname()[1]))

    def arrived(self, number: int = 1) -> list[str]:
        """Return the folders of so many more functions, once they run. Raises `TimeoutError`."""
        return [self._next() for _ in range(number)]

    def release(self) -> None:
        """Let all go on."""
        for call in self._calls:
            call.sendall(b".")

    def ended(self) -> bool:
        """Return true once the processes of all are gone. Raises `TimeoutError`."""
        return all(_is_gone(call) for call in self._calls)

    def _next(self) -> str:
        call, _ = self._listener.accept()
        call.settimeout(_PATIENCE)
        self._calls.append(self._stack.enter_context(call))
        with call.makefile() as lines:
            return lines.readline().rstrip("\n")


def _is_gone(call: socket.socket) -> bool:
    try:
        return call.recv(1) == b""
    except ConnectionResetError:
        return True


@contextmanager
def held() -> Iterator[Held]:
    """Yield a place where functions report; at its end none is held any more."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        listener.settimeout(_PATIENCE)
        yield Held(listener, stack)
