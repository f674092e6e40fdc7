"""Sifts blobs as git tells them, on several threads, and says in which of them something stands."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

from scanner.examine import Examiner
from scanner.history.version import Reach, Version, hits_of
from scanner.items import Blob, Packed, ScanError
from scanner.prefilter.choose import Engine
from scanner.prefilter.hits import Sieve
from scanner.sift import Tally
from scanner.sources.content import PACKED, TOO_LARGE, readable
from scanner.sources.gitrun import Git
from scanner.sources.objects import Batch, batches

_WORTH_A_THREAD = 2_000

Standing = dict[bytes, frozenset[int]]
"""Blobs (hex) in which something stands, each with digests of the texts that stand in it."""


def sifted_blobs(
    git: Git,
    names: Sequence[bytes],
    engine: Engine,
    examiner: Examiner,
    tally: Tally,
    *,
    jobs: int,
    heard: Callable[[bytes], None] | None = None,
    progress: Callable[[int], None] | None = None,
) -> tuple[Standing, Clean]:
    """Return in which of the blobs `names` (hex) something stands, and which are clean.

    Counts and what could not be read go to `tally`; `heard` gets what is new in each version, on one thread.
    """
    reach = Reach(*engine.document["reach"])
    threads = max(1, min(jobs, len(names) // _WORTH_A_THREAD)) if heard is None else 1
    # Neighbours are versions of one file, so each thread is given a stretch.
    stretch = -(-len(names) // threads) if names else 0
    shares = [
        _Share(git, names[n * stretch : (n + 1) * stretch], engine.sieve.for_thread(), examiner, reach, heard, progress)
        for n in range(threads)
    ]
    running = [threading.Thread(target=share.run, daemon=True) for share in shares[1:]]
    for thread in running:
        thread.start()
    shares[0].run()
    for thread in running:
        thread.join()
    standing: Standing = {}
    clean = Clean()
    for share in shares:
        if share.failure is not None:
            raise share.failure
        standing.update(share.standing)
        clean.names.extend(share.clean.names)
        clean.tally.add(share.clean.tally)
        tally.add(share.tally)
    return standing, clean


class Clean:
    """Blobs (hex) in which nothing stands, and what they come to: those that were skipped are among them."""

    def __init__(self) -> None:
        self.names: list[bytes] = []
        self.tally = Tally()

    def take(self, name: bytes, size: int) -> None:
        """Add one of so many bytes."""
        self.names.append(name)
        self.tally.files += 1
        self.tally.bytes += size


class _Share:
    """One thread's blobs."""

    def __init__(
        self,
        git: Git,
        names: Sequence[bytes],
        sieve: Sieve,
        examiner: Examiner,
        reach: Reach,
        heard: Callable[[bytes], None] | None,
        progress: Callable[[int], None] | None,
    ) -> None:
        self._git = git
        self._names = names
        self._sieve = sieve
        self._examiner = examiner
        self._heard = heard
        self._progress = progress
        self._reach = reach
        self._last: Version | None = None
        self.tally = Tally()
        self.standing: Standing = {}
        self.clean = Clean()
        self.failure: BaseException | None = None

    def run(self) -> None:
        """Sift all blobs; a failure is kept for the thread that waits."""
        try:
            for batch in batches(self._git, self._names):
                self._sift(batch)
        except BaseException as error:  # noqa: BLE001 - raised again where the threads are joined
            self.failure = error

    def _sift(self, batch: Batch) -> None:
        places = batch.places
        self.tally.files += len(places)
        for name in batch.missing:
            self.tally.errors.append(ScanError(path=name.decode("ascii", "replace"), message="object is missing"))
        for _ in batch.too_large:
            self.tally.skip(TOO_LARGE)
        standing = dict(self._standing(batch))
        self.standing.update(standing)
        for start, stop, name in places:
            if name not in standing:
                self.clean.take(name, stop - start)
        self.tally.bytes += sum(stop - start for start, stop, _ in places)
        if self._progress is not None:
            self._progress(len(places))

    def _standing(self, batch: Batch) -> Iterator[tuple[bytes, frozenset[int]]]:
        """Yield the names of blobs in which something stands, with digests of the texts that stand there."""
        versions: list[tuple[bytes, Version]] = []
        for start, stop, name in batch.places:
            raw = bytes(batch.view[start:stop])
            data = readable(raw)
            if isinstance(data, bytes):
                self._last = Version(data, self._last, self._reach)
                versions.append((name, self._last))
                if self._heard is not None:
                    for begin, end, _, _ in self._last.new:
                        self._heard(data[begin:end])
            elif data == PACKED:
                yield from _if_any(name, self._packed(raw))
            else:
                self.tally.skip(data)
                self.clean.tally.skip(data)
        found = hits_of([version for _, version in versions], self._reach.fronts, self._sieve)
        for name, version in versions:
            yield from _if_any(name, version.sifted(found.get(version, []), self._examiner, self._sieve))

    def _packed(self, raw: bytes) -> frozenset[int]:
        """Return what stands in the members of an archive; those that cannot be read are named once a path is known."""
        from scanner.containers.unpacked import unpacked

        found: frozenset[int] = frozenset()
        for one in unpacked(Packed(path="", data=raw)):
            if isinstance(one, Blob):
                found |= self._examiner.standing(one.data, self._sieve.hits(one.data), self._sieve)
                if self._heard is not None:
                    self._heard(one.data)
        return found


def _if_any(name: bytes, texts: frozenset[int]) -> Iterator[tuple[bytes, frozenset[int]]]:
    if texts:
        yield name, texts
