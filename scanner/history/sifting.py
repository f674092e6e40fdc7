"""Sifts blobs straight from git's stream, on several threads, and says in which of them something stands."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence

from scanner.containers.kinds import TAR, USTAR
from scanner.examine import Examiner
from scanner.items import Blob, Packed, ScanError
from scanner.prefilter.hits import Hit, Sieve
from scanner.sift import Tally
from scanner.sources.content import BINARY, PACKED, SPECIAL, TOO_LARGE, readable
from scanner.sources.gitrun import Git
from scanner.sources.objects import Batch, batches

_WORTH_A_THREAD = 2_000
_SNIFFED = 8192

Standing = dict[bytes, frozenset[int]]
"""Blobs (hex) in which something stands, each with digests of the texts that stand in it."""


def sifted_blobs(
    git: Git,
    names: Sequence[bytes],
    sieve: Sieve,
    examiner: Examiner,
    tally: Tally,
    *,
    jobs: int,
    progress: Callable[[int], None] | None,
) -> tuple[Standing, list[bytes]]:
    """Return in which of the blobs `names` (hex) something stands, and which are clean.

    Counts and what could not be read go to `tally`.
    """
    threads = max(1, min(jobs, len(names) // _WORTH_A_THREAD))
    # Neighbours in a history are made from one another, so each thread is given a stretch.
    stretch = -(-len(names) // threads) if names else 0
    shares = [
        _Share(git, names[n * stretch : (n + 1) * stretch], sieve.for_thread(), examiner, progress)
        for n in range(threads)
    ]
    running = [threading.Thread(target=share.run, daemon=True) for share in shares[1:]]
    for thread in running:
        thread.start()
    shares[0].run()
    for thread in running:
        thread.join()
    standing: Standing = {}
    clean: list[bytes] = []
    for share in shares:
        if share.failure is not None:
            raise share.failure
        standing.update(share.standing)
        clean.extend(share.clean)
        tally.add(share.tally)
    return standing, clean


class _Share:
    """One thread's blobs."""

    def __init__(
        self,
        git: Git,
        names: Sequence[bytes],
        sieve: Sieve,
        examiner: Examiner,
        progress: Callable[[int], None] | None,
    ) -> None:
        self._git = git
        self._names = names
        self._sieve = sieve
        self._examiner = examiner
        self._progress = progress
        self.tally = Tally()
        self.standing: Standing = {}
        self.clean: list[bytes] = []
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
        self.clean.extend(name for _, _, name in places if name not in standing)
        if places:
            self.tally.bytes += places[-1][1] - places[0][0]
        if self._progress is not None:
            self._progress(len(places))

    def _standing(self, batch: Batch) -> list[tuple[bytes, frozenset[int]]]:
        view, places = batch.view, batch.places
        found: dict[int, list[Hit]] = {}
        starts = [start for start, _, _ in places]
        for target, first, last in self._sieve.hits(view):
            number = max(bisect_right(starts, first - 1) - 1, 0)
            while number < len(places) and starts[number] < last:
                start, stop, _ = places[number]
                if first <= stop:
                    hit = [target, max(first - start, 1), min(last, stop) - start]
                    found.setdefault(number, []).append(hit)
                number += 1
        for number in self._special(batch):
            found[number] = []
        standing = []
        for number, hits in found.items():
            start, stop, name = places[number]
            texts = self._texts(bytes(view[start:stop]), hits)
            if texts:
                standing.append((name, texts))
        return standing

    @staticmethod
    def _special(batch: Batch) -> Iterator[int]:
        """Yield the numbers of contents whose hits are found once they are decoded or unpacked."""
        view = batch.view
        for number, (start, _, _) in enumerate(batch.places):
            if bytes(view[start : start + 2]) in SPECIAL or bytes(view[start + TAR.start : start + TAR.stop]) == USTAR:
                yield number

    def _texts(self, raw: bytes, hits: list[Hit]) -> frozenset[int]:
        data = readable(raw)
        if data == PACKED:
            return self._packed(raw)
        if isinstance(data, str):
            if data == BINARY:
                self.tally.skip(BINARY)
            return frozenset()
        return self._examiner.standing(data, hits if data is raw else self._sieve.hits(data), self._sieve)

    def _packed(self, raw: bytes) -> frozenset[int]:
        """Return what stands in the members of an archive; those that cannot be read are named once a path is known."""
        from scanner.containers.unpacked import unpacked

        members = (one.data for one in unpacked(Packed(path="", data=raw)) if isinstance(one, Blob))
        found = (self._examiner.standing(data, self._sieve.hits(data), self._sieve) for data in members)
        return frozenset().union(*found)
