"""Sifts the shares of a source on several threads: reading and the automaton both let go of the interpreter."""

from __future__ import annotations

import queue
import sys
import threading

from scanner.sift import Tally, sifted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from scanner.bearing import Bearing
    from scanner.items import Item
    from scanner.prefilter.hits import Sieve
    from scanner.sift import Suspect

_SWITCH = 0.0002
_WAITING = 64
"""Suspects that may wait to be examined; a thread that finds more waits too, which bounds the memory."""


def sifted_on_threads(
    shares: Sequence[Iterable[Item]], sieve: Sieve, bearing: Bearing, tally: Tally, *, follow: tuple[str, ...]
) -> Iterator[Suspect]:
    """Yield the suspects of all `shares`, in no order; counts go to `tally` as each share ends."""
    # A thread that comes back from reading or sifting waits this long for the interpreter, 5 ms unless told.
    sys.setswitchinterval(_SWITCH)
    found: queue.Queue[Suspect | BaseException | Tally] = queue.Queue(_WAITING)
    stopped = threading.Event()
    for share in shares:
        work = (share, sieve.for_thread(), bearing, found, stopped, follow)
        threading.Thread(target=_sift, args=work, daemon=True).start()
    left = len(shares)
    try:
        while left:
            item = found.get()
            if isinstance(item, BaseException):
                raise item
            if isinstance(item, Tally):
                tally.add(item)
                left -= 1
            else:
                yield item
    finally:
        stopped.set()


def _sift(
    share: Iterable[Item],
    sieve: Sieve,
    bearing: Bearing,
    found: queue.Queue[Suspect | BaseException | Tally],
    stopped: threading.Event,
    follow: tuple[str, ...],
) -> None:
    tally = Tally()

    def put(item: Suspect | BaseException | Tally) -> bool:
        while not stopped.is_set():
            try:
                found.put(item, timeout=0.5)
            except queue.Full:
                continue
            return True
        return False

    try:
        for suspect in sifted(share, sieve, bearing, tally, follow=follow):
            if not put(suspect):
                return
        put(tally)
    except BaseException as error:  # noqa: BLE001 - raised again where the suspects are read
        put(error)
