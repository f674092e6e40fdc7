"""Files of a tree known to hold nothing: while they stand as they stood, the next scan does not read them again.

A file is told by what git tells it by in its index: number, size and both times. Nothing but the system sets the time
of a change, so a file whose four are the same has the content it had; one that changed while it was looked at, or so
shortly before that the clock may not tell, is not taken note of. Only names, times and sizes are kept. A program that
analysis has followed into other files holds nothing as long as those stand, too, and no file has come or gone.
"""

from __future__ import annotations

import os
import time

from scanner import kept
from scanner.items import Blob

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scanner.items import Item
    from scanner.prefilter.choose import Engine
    from scanner.settings import Settings
    from scanner.sift import Suspect, Tally
    from scanner.sources.tree import Listing

    Known = tuple[int, int, int, int, int | str | None, tuple[bytes, ...] | None]

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
        self._names = b"\0".join(listing.names)
        held = kept.known(self._place)
        known = isinstance(held, tuple) and len(held) == 3 and held[0] == self._stamp
        self._known: dict[bytes, Known] = held[2] if known else {}
        self._same_listing = known and held[1] == self._names
        self._settled = time.time_ns() - _SETTLED
        self._loud: set[str] = set()
        self._depends: dict[str, frozenset[str]] = {}
        self.read: dict[bytes, Known] = {}
        """What was looked at in this scan, and what is to be known of it if it holds nothing."""

    def left_out(self, tally: Tally) -> int:
        """Count in `tally` the files known to hold nothing, take them off the listing, and return their number."""
        root = os.open(self._listing.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self._known = {name: known for name in self._listing.names if (known := self._still(name, root))}
        finally:
            os.close(root)
        quiet = [name for name, known in self._known.items() if self._is_quiet(known)]
        for outcome in (self._known[name][4] for name in quiet):
            if isinstance(outcome, int):
                tally.files += 1
                tally.bytes += outcome
            else:
                tally.skip(str(outcome))
        self._listing.leave_out(set(quiet))
        return len(quiet)

    def noted(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yield `items`, which come from the listing one by one, and take note of what they were read from."""
        for item in items:
            name, status = self._listing.last
            if status is not None and status.st_mode & _KIND == _REGULAR:
                latest = max(status.st_mtime_ns, status.st_ctime_ns)
                outcome = len(item.data) if isinstance(item, Blob) else getattr(item, "reason", None)
                if outcome is not None and latest < self._settled:
                    self.read[name] = (*_told(status), outcome, None)
            yield item

    def heard(self, suspect: Suspect) -> None:
        """Take note of what was found out about a text: that it holds something, or nothing while others stand."""
        if not suspect.empty:
            self._loud.add(suspect.blob.path)
        elif suspect.depends is not None:
            self._depends[suspect.blob.path] = suspect.depends

    def keep(self, unread: Iterable[str]) -> None:
        """Write down what is known. In files shown as `unread` there is something to be told each time."""
        loud = self._listing.named(self._loud.union(unread))
        for name in loud:
            if name in self.read:
                self.read[name] = (*self.read[name][:4], None, None)
        for path, others in self._depends.items():
            name = os.fsencode(path)
            if name in self.read and self.read[name][4] is not None:
                self.read[name] = (*self.read[name][:5], tuple([os.fsencode(other) for other in sorted(others)]))
        fresh = sum(1 for name, known in self.read.items() if self._known.get(name) != known)
        if fresh > len(self._known) // _FEW or (fresh and not self._same_listing):
            kept.learn(self._place, (self._stamp, self._names, {**self._known, **self.read}))

    def _is_quiet(self, known: Known) -> bool:
        """Tell whether nothing stands in a file that is as it was, for all that it depends on is as it was, too."""
        if known[4] is None:
            return False
        others = known[5]
        return others is None or (self._same_listing and all(other in self._known for other in others))

    def _still(self, name: bytes, root: int) -> Known | None:
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
