"""A thread that works while a block runs, and has ended when the block has."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def background(name: str, work: Callable[[threading.Event], None]) -> Iterator[None]:
    """Do `work` on a thread named `strongroom-NAME` while the block runs; it ends soon once its event is set."""
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(stop,), name=f"strongroom-{name}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
