"""The first half of a scan, and for most files all of it: joins texts, sifts them at once, and yields the suspects.

Nothing here imports more than a hook can afford; what is yielded is examined in `scanner.examine`.
"""

from __future__ import annotations

from bisect import bisect_right

from scanner.items import Blob, Packed, ScanError
from scanner.prefilter.hits import GAP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scanner.bearing import Bearing
    from scanner.decoding.layers import Layer
    from scanner.items import Item, Skipped
    from scanner.prefilter.hits import Hit, Sieve

BUFFER = 2_000_000
"""Bytes of text that are sifted at once: enough that the call costs nothing, little enough to stay in the cache."""
BETWEEN = b"\n\0\n"
"""What parts two texts in a buffer: a line's end for patterns that ask for one, and a byte that no text holds."""
_BETWEEN_PROGRAMS = b"\n" + b"\0" * GAP + b"\n"
"""What parts two modules: of places that lie closer than this only the first is told, and each module needs its own."""
_PYTHON = (".py", ".pyw")


class Tally:
    """What a scan covered, counted as it goes."""

    __slots__ = ("bytes", "errors", "files", "skipped")

    def __init__(self) -> None:
        self.files = 0
        self.bytes = 0
        self.skipped: dict[str, int] = {}
        self.errors: list[ScanError] = []

    def skip(self, reason: str) -> None:
        """Count one file that is left out."""
        self.skipped[reason] = self.skipped.get(reason, 0) + 1

    def add(self, other: Tally) -> None:
        """Count what another thread covered."""
        self.files += other.files
        self.bytes += other.bytes
        self.errors.extend(other.errors)
        for reason, number in other.skipped.items():
            self.skipped[reason] = self.skipped.get(reason, 0) + number


_SCRIPT = b"#!"
"""With what a script begins that says by which interpreter it is run."""


class Suspect:
    """A text in which something may stand: the hits in it, and where words say that the program is worth following.

    `layers` are the texts that stand encoded in it, with their own hits. Who has examined it says if it is `empty`:
    that it holds nothing, and will not while the files that it `depends` on (if it is a program) stay as they are.
    """

    __slots__ = ("blob", "depends", "empty", "hits", "layers", "program_places")

    def __init__(self, blob: Blob, hits: list[Hit], program_places: list[int]) -> None:
        self.blob = blob
        self.hits = hits
        self.layers: list[Layer] = []
        self.program_places = program_places
        self.empty = False
        self.depends: frozenset[str] | None = None


def sifted(
    items: Iterable[Item], sieve: Sieve, bearing: Bearing, tally: Tally, *, follow: tuple[str, ...]
) -> Iterator[Suspect]:
    """Yield the texts among `items` in which `sieve` has a hit that `bearing` does not rule out.

    Of files with an ending in `follow`, and of scripts that name their interpreter, also the programs that are worth
    following.
    """
    text = _Buffer(sieve, bearing, tally, program=False)
    program = _Buffer(sieve, bearing, tally, program=True)
    for item in _opened(items):
        if isinstance(item, Blob):
            tally.files += 1
            tally.bytes += len(item.data)
            named = item.path.endswith(follow) or item.data.startswith(_SCRIPT)
            followed = follow and named and not item.container
            buffer = program if followed else text
            buffer.add(item)
            if buffer.size >= BUFFER:
                yield from buffer.suspects()
        elif isinstance(item, ScanError):
            tally.errors.append(item)
        else:
            tally.skip(item.reason)
    yield from text.suspects()
    yield from program.suspects()


def _opened(items: Iterable[Item]) -> Iterator[Blob | Skipped | ScanError]:
    """Yield the items with the members of archives in place of these."""
    for item in items:
        if isinstance(item, Packed):
            from scanner.containers.unpacked import unpacked

            yield from unpacked(item)
        else:
            yield item


class _Buffer:
    """Texts that are sifted together."""

    def __init__(self, sieve: Sieve, bearing: Bearing, tally: Tally, *, program: bool) -> None:
        self._sieve = sieve
        self._bearing = bearing
        self._tally = tally
        self._program = program
        self._blobs: list[Blob] = []
        self.size = 0

    def add(self, blob: Blob) -> None:
        self._blobs.append(blob)
        self.size += len(blob.data)

    def suspects(self) -> list[Suspect]:
        """Return those of the texts that have hits, and start anew."""
        blobs, self._blobs, self.size = self._blobs, [], 0
        if not blobs:
            return []
        between = _BETWEEN_PROGRAMS if self._program else BETWEEN
        joined = between.join([blob.data for blob in blobs])
        hits = self._sieve.hits(joined)
        places = self._sieve.program_places(joined) if self._program else []
        return self._weighed(_shared_out(blobs, len(between), hits, places)) if hits or places else []

    def _weighed(self, suspects: list[Suspect]) -> list[Suspect]:
        left = []
        weighed, encoded = self._bearing.weighed, self._bearing.encoded
        for suspect in suspects:
            if not encoded.keys().isdisjoint([hit[0] for hit in suspect.hits]):
                from scanner.decoding.leads import follow_leads

                follow_leads(suspect, encoded, self._sieve, weighed, self._tally)
            if not (self._program and suspect.blob.path.endswith(_PYTHON)):
                suspect.hits = weighed(suspect.blob.path, suspect.blob.data, suspect.hits)
            if suspect.hits or suspect.layers or suspect.program_places:
                left.append(suspect)
        return left


def _shared_out(blobs: list[Blob], between: int, hits: list[Hit], places: list[int]) -> list[Suspect]:
    starts, start = [], 0
    for blob in blobs:
        starts.append(start)
        start += len(blob.data) + between
    suspects: dict[int, Suspect] = {}

    def suspect(number: int) -> Suspect:
        if number not in suspects:
            suspects[number] = Suspect(blobs[number], [], [])
        return suspects[number]

    for target, first, last in hits:
        # A run of hits may reach from one text into the next; the end of a match lies behind its last byte.
        number = bisect_right(starts, first - 1) - 1
        while number < len(blobs) and starts[number] < last:
            size = len(blobs[number].data)
            begin = max(first - starts[number], 1)
            if begin <= size + 1:
                suspect(number).hits.append([target, min(begin, size), min(last - starts[number], size)])
            number += 1
    for place in places:
        number = bisect_right(starts, place - 1) - 1
        suspect(number).program_places.append(min(place - starts[number], len(blobs[number].data)))
    return [suspects[number] for number in sorted(suspects)]
