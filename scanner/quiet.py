"""Files of a tree known to hold nothing: while they stand as they stood, the next scan does not read them again.

A file is told by what git tells it by in its index: number, size and both times. Nothing but the system sets the time
of a change, so a file whose four are the same has the content it had; one that changed while it was looked at, or so
shortly before that the clock may not tell, is not taken note of. Only names, times and sizes are kept.
"""

from __future__ import annotations

import os
import time

from scanner import kept
from scanner.items import Blob, Skipped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scanner.items import Item
    from scanner.prefilter.choose import Engine
    from scanner.settings import Settings
    from scanner.sift import Tally
    from scanner.sources.tree import Listing

    Quiet = tuple[int, int, int, int, int | str]

_FORM = 1
_SETTLED = 2_000_000_000
"""Nanoseconds after which another change is sure to have another time, on file systems that count seconds too."""
_KIND, _REGULAR = 0o170000, 0o100000
_FEW = 50
"""Of so many that are known, one that is new is not worth writing them all down."""


class QuietFiles:
    """What is known of the files of one listing, by the rules and settings they were looked at with."""

    def __init__(self, listing: Listing, engine: Engine, settings: Settings) -> None:
        self._listing = listing
        root = os.fsdecode(listing.root)
        self._place = kept.place_for("quiet", [root, settings.min_confidence, settings.analysis, *settings.exclude])
        stamp = (_FORM, kept.code(), engine.fast, engine.document["stamps"])
        self._stamp = (*stamp, settings.min_confidence, settings.analysis, settings.exclude)
        held = kept.known(self._place)
        known = isinstance(held, tuple) and len(held) == 2 and held[0] == self._stamp
        self._known: dict[bytes, Quiet] = held[1] if known else {}
        self._settled = time.time_ns() - _SETTLED
        self.read: dict[bytes, Quiet] = {}
        """What was looked at in this scan, and what is to be known of it if it holds nothing."""

    def left_out(self, tally: Tally) -> int:
        """Count in `tally` the files known to hold nothing, take them off the listing, and return their number."""
        before = len(self._listing)
        root = os.open(self._listing.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self._known = {name: known for name in self._listing.names if (known := self._still(name, root))}
        finally:
            os.close(root)
        for *_, outcome in self._known.values():
            if isinstance(outcome, str):
                tally.skip(outcome)
            else:
                tally.files += 1
                tally.bytes += outcome
        self._listing.leave_out(set(self._known))
        return before - len(self._listing)

    def noted(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yield `items`, which come from the listing one by one, and take note of what they were read from."""
        for item in items:
            name, status = self._listing.last
            if status is not None and status.st_mode & _KIND == _REGULAR:
                latest = max(status.st_mtime_ns, status.st_ctime_ns)
                outcome = (
                    len(item.data) if isinstance(item, Blob) else item.reason if isinstance(item, Skipped) else None
                )
                if outcome is not None and latest < self._settled:
                    self.read[name] = (*_told(status), outcome)
            yield item

    def keep(self, loud: set[str]) -> None:
        """Write down what is known, but for the files shown as `loud` (or their members), in which something stands."""
        for name in self._listing.named(loud):
            self.read.pop(name, None)
        if len(self.read) > len(self._known) // _FEW:
            kept.learn(self._place, (self._stamp, {**self._known, **self.read}))

    def _still(self, name: bytes, root: int) -> Quiet | None:
        known = self._known.get(name)
        if known is None:
            return None
        try:
            status = os.stat(name, dir_fd=root, follow_symlinks=False)
        except OSError:
            return None
        return known if known[:4] == _told(status) else None


def _told(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
