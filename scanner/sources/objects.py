"""Many objects at once: git's answers read into one buffer, and what stands where in it. Nothing is copied twice."""

from __future__ import annotations

from scanner.sources.content import MAX_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scanner.sources.gitrun import Git
    from scanner.sources.process import Process

Place = tuple[int, int, bytes]
"""Where an object's content starts and ends in a buffer, and its name (hex)."""

_ENOUGH = 600_000
_CAPACITY = MAX_BYTES + 3_000_000


class Batch:
    """Objects as they stand one after another in a buffer that the next batch will use again."""

    __slots__ = ("missing", "places", "too_large", "view")

    def __init__(
        self, buffer: bytearray, end: int, places: list[Place], missing: list[bytes], too_large: list[bytes]
    ) -> None:
        self.view = memoryview(buffer)[:end]
        self.places = places
        self.missing = missing
        self.too_large = too_large


def batches(git: Git, names: Sequence[bytes]) -> Iterator[Batch]:
    """Yield the blobs that `names` (hex) name, in their order; each batch is used up before the next is asked for."""
    buffer = bytearray(_CAPACITY)
    done = 0
    while done < len(names):
        process = git.start("cat-file", "--batch", "--buffer", stdin=b"\n".join(names[done:]) + b"\n")
        try:
            before = done
            for batch, answered in _Stream(process, buffer).batches():
                done += answered
                yield batch
        finally:
            process.kill()
        if done == before:
            # git gave up on this one without a word.
            yield Batch(bytearray(), 0, [], [names[done]], [])
            done += 1


class _Stream:
    """One process's answers."""

    def __init__(self, process: Process, buffer: bytearray) -> None:
        self._process = process
        self._buffer = buffer
        self._have = 0

    def batches(self) -> Iterator[tuple[Batch, int]]:
        """Yield batches with the number of names they answer, up to the end or to an object too large to read."""
        while True:
            more = self._fill()
            batch, used, stopped = self._parsed()
            answered = len(batch.places) + len(batch.missing) + len(batch.too_large)
            if answered:
                yield batch, answered
            batch.view.release()
            if stopped or not more:
                return
            left = self._have - used
            self._buffer[:left] = self._buffer[used : self._have]
            self._have = left

    def _fill(self) -> bool:
        with memoryview(self._buffer) as whole:
            while self._have < _ENOUGH or not self._complete():
                with whole[self._have :] as free:
                    size = self._process.read_into(free)
                if not size:
                    return False
                self._have += size
        return True

    def _complete(self) -> bool:
        """Tell whether the buffer holds at least its first object whole, or what tells that it never will."""
        end = self._buffer.find(b"\n", 0, self._have)
        header = self._buffer[:end].split(b" ") if end >= 0 else []
        if len(header) != 3:
            return end >= 0
        size = int(header[2])
        return size > MAX_BYTES or end + size + 2 <= self._have

    def _parsed(self) -> tuple[Batch, int, bool]:
        buffer, have, at = self._buffer, self._have, 0
        places: list[Place] = []
        missing: list[bytes] = []
        too_large: list[bytes] = []
        while (end := buffer.find(b"\n", at, have)) >= 0:
            header = bytes(buffer[at:end]).split(b" ")
            if len(header) != 3:
                missing.append(header[0])
                at = end + 1
                continue
            size = int(header[2])
            if size > MAX_BYTES:
                too_large.append(header[0])
                return Batch(buffer, at, places, missing, too_large), at, True
            start, stop = end + 1, end + 1 + size
            if stop >= have:
                break
            if header[1] == b"blob":
                places.append((start, stop, header[0]))
            else:
                missing.append(header[0])
            at = stop + 1
        return Batch(buffer, at, places, missing, too_large), at, False
