"""The suspects of a source: left out what is excluded, sifted on one thread or several. A hook's whole clean path."""

from __future__ import annotations

from scanner.added import changed_only
from scanner.bearing import Bearing
from scanner.items import Blob
from scanner.sift import sifted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from scanner.items import Item, Source
    from scanner.prefilter.choose import Engine
    from scanner.quiet import QuietFiles
    from scanner.settings import Settings
    from scanner.sift import Suspect, Tally
    from scanner.sources.tree import Listing

_EVERY = 64
"""Items between two reports of progress."""
_WORTH_A_PROCESS = 1000
"""Files below which a fork costs more than it brings."""
_WORTH_KEEPING = range(200, 200_000)
"""Numbers of files: below, reading them all costs less than to keep what is known of them; above, that takes memory."""


def suspects(
    source: Source,
    engine: Engine,
    settings: Settings,
    tally: Tally,
    *,
    jobs: int = 1,
    fork: bool = False,
    remember: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Suspect]:
    """Yield the texts of `source` that are worth a second look, in no order; what was covered is counted in `tally`.

    A source that can be shared out is read by up to `jobs` threads, or with `fork` (by a process that has no threads)
    by two processes where it is large. With `remember` the files of a tree known to hold nothing are counted and not
    read, and those that turn out so are known the next time. `progress` hears of so many more items.
    """
    listing: Listing | None = source.listing() if jobs == 1 and hasattr(source, "listing") else None
    if listing is None or not remember or settings.explain or len(listing) not in _WORTH_KEEPING:
        yield from _suspects(source, listing, engine, settings, tally, jobs=jobs, fork=fork, progress=progress)
        return
    from scanner.quiet import QuietFiles

    quiet = QuietFiles(listing, engine, settings)
    left_out = quiet.left_out(tally)
    if progress is not None:
        progress(left_out)
    for suspect in _suspects(source, listing, engine, settings, tally, fork=fork, quiet=quiet, progress=progress):
        yield suspect
        quiet.heard(suspect)
    quiet.keep([error.path for error in tally.errors])


def _suspects(
    source: Source,
    listing: Listing | None,
    engine: Engine,
    settings: Settings,
    tally: Tally,
    *,
    jobs: int = 1,
    fork: bool = False,
    quiet: QuietFiles | None = None,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Suspect]:
    follow = engine.document["programs"] if settings.analysis == "auto" else ()
    bearing = Bearing(engine.document, low=settings.explain or settings.min_confidence == "low")

    def sift(items: Iterable[Item], tally: Tally) -> Iterator[Suspect]:
        wanted = _wanted(items, settings.exclude, tally)
        return sifted(quiet.noted(wanted) if quiet else wanted, engine.sieve, bearing, tally, follow=follow)

    shares = getattr(source, "shares", None)
    if listing is not None and fork and len(listing) >= _WORTH_A_PROCESS:
        from scanner.processes import sifted_in_two

        yield from sifted_in_two(listing, sift, tally, quiet.read if quiet else {}, progress)
    elif jobs > 1 and shares is not None:
        from scanner.threads import sifted_on_threads

        parts = [_wanted(_watched(part, progress), settings.exclude, tally) for part in shares(jobs)]
        yield from sifted_on_threads(parts, engine.sieve, bearing, tally, follow=follow)
    else:
        items = source if listing is None else listing.shares(1)[0]
        yield from changed_only(sift(_watched(items, progress), tally), engine)


def _wanted(items: Iterable[Item], exclude: tuple[str, ...], tally: Tally) -> Iterable[Item]:
    return _not_excluded(items, exclude, tally) if exclude else items


def _not_excluded(items: Iterable[Item], exclude: tuple[str, ...], tally: Tally) -> Iterator[Item]:
    from scanner.config import excluded

    for item in items:
        if isinstance(item, Blob) and excluded(item.path, exclude):
            tally.skip("excluded")
        else:
            yield item


def _watched(items: Iterable[Item], progress: Callable[[int], None] | None) -> Iterable[Item]:
    return items if progress is None else _reported(items, progress)


def _reported(items: Iterable[Item], progress: Callable[[int], None]) -> Iterator[Item]:
    for number, item in enumerate(items):
        if number % _EVERY == _EVERY - 1:
            progress(_EVERY)
        yield item
