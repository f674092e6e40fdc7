"""Sifts a tree in two processes that take files from one queue: a scan's waiting time is nearly halved.

Threads would not do: reading and sifting small files is mostly the interpreter's own time. The child only says in which
files something may stand; these few are read and sifted again here, where the findings are made.
"""

from __future__ import annotations

import marshal
import os

from scanner.items import ScanError
from scanner.sift import Tally

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, NoReturn

    from scanner.items import Item
    from scanner.sift import Suspect
    from scanner.sources.tree import Listing

    Sift = Callable[[Iterable[Item], Tally], Iterator[Suspect]]

_TOKEN = 4
_MOST_TOKENS = 16_000
"""What a pipe holds (64 KB) without a reader."""
_SIGKILL = 9


def sifted_in_two(
    listing: Listing,
    sift: Sift,
    tally: Tally,
    noted: dict[bytes, Any],
    progress: Callable[[int], None] | None = None,
) -> Iterator[Suspect]:
    """Yield the suspects that `sift` finds in the files of `listing`, in no order; counts go to `tally`.

    `noted` is where `sift` takes note of the files by their names; what the child's takes note of is added to it.
    Where the child does not come to its end, all that was not read here is read again here.
    """
    queue = _Queue(listing)
    child = _Child(listing, sift, queue, noted)
    try:
        yield from sift(listing.with_noticed(listing.items(queue.taken(progress))), tally)
        found = child.found()
        names = listing.names_in(queue.left_to_others()) if found is None else _counted(found, tally, noted)
        yield from sift(listing.items_of(names), tally if found is None else Tally())
    finally:
        child.end()
        queue.close()


class _Queue:
    """The numbers at which stretches of a listing start, each taken by one process."""

    def __init__(self, listing: Listing) -> None:
        stretch = -(-len(listing) // min(_MOST_TOKENS, -(-len(listing) // listing.STRETCH)))
        self._starts = range(0, len(listing), stretch)
        self._stretch = stretch
        self._taken: set[int] = set()
        self._output, put = os.pipe2(os.O_CLOEXEC) if hasattr(os, "pipe2") else os.pipe()
        os.write(put, b"".join([start.to_bytes(_TOKEN, "big") for start in self._starts]))
        os.close(put)

    def taken(self, progress: Callable[[int], None] | None = None) -> Iterator[range]:
        """Yield one stretch after another; `progress` hears how many files both have taken since."""
        last = 0
        while token := os.read(self._output, _TOKEN):
            start = int.from_bytes(token, "big")
            self._taken.add(start)
            if progress is not None:
                progress(start - last)
                last = start
            yield range(start, start + self._stretch)

    def left_to_others(self) -> list[range]:
        """Return the stretches that this process did not take."""
        return [range(start, start + self._stretch) for start in self._starts if start not in self._taken]

    def close(self) -> None:
        os.close(self._output)


class _Child:
    """The other process, and what it says at its end."""

    def __init__(self, listing: Listing, sift: Sift, queue: _Queue, noted: dict[bytes, Any]) -> None:
        self._answer, writing = os.pipe2(os.O_CLOEXEC) if hasattr(os, "pipe2") else os.pipe()
        self._pid: int | None = os.fork()
        if not self._pid:
            _run(listing, sift, queue, noted, writing)
        os.close(writing)

    def found(self) -> Any:
        """Return what the child found, once it has ended; None where it came to no end."""
        parts = []
        while part := os.read(self._answer, 1 << 20):
            parts.append(part)
        if self._pid is None or os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1]) != 0:
            self._pid = None
            return None
        self._pid = None
        return marshal.loads(b"".join(parts))  # noqa: S302 - our own child wrote it

    def end(self) -> None:
        """End the child where it still runs."""
        os.close(self._answer)
        if self._pid is not None:
            os.kill(self._pid, _SIGKILL)
            os.waitpid(self._pid, 0)


def _run(listing: Listing, sift: Sift, queue: _Queue, noted: dict[bytes, Any], writing: int) -> NoReturn:
    """Be the child: nothing that the parent has open or waits for may be touched, so it leaves without a farewell."""
    status = 1
    try:
        tally = Tally()
        paths = {suspect.blob.path for suspect in sift(listing.items(queue.taken()), tally)}
        errors = [(error.path, error.message) for error in tally.errors]
        said = marshal.dumps((listing.named(paths), tally.files, tally.bytes, tally.skipped, errors, noted))
        while said:
            said = said[os.write(writing, said) :]
        status = 0
    finally:
        os._exit(status)


def _counted(found: Any, tally: Tally, noted: dict[bytes, Any]) -> list[bytes]:
    """Count in `tally` and note in `noted` what the child covered; return the names of the files that it suspects."""
    names: list[bytes]
    names, files, size, skipped, errors, read = found
    noted.update(read)
    other = Tally()
    other.files, other.bytes, other.skipped = files, size, skipped
    other.errors = [ScanError(path=path, message=message) for path, message in errors]
    tally.add(other)
    return names
