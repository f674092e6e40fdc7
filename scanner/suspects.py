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
    from scanner.settings import Settings
    from scanner.sift import Suspect, Tally

_EVERY = 64
"""Items between two reports of progress."""


def suspects(
    source: Source,
    engine: Engine,
    settings: Settings,
    tally: Tally,
    *,
    jobs: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Suspect]:
    """Yield the texts of `source` that are worth a second look, in no order; what was covered is counted in `tally`.

    A source that can be shared out is read by up to `jobs` threads. `progress` hears of so many more items.
    """
    follow = settings.analysis == "auto"
    bearing = Bearing(engine.document, low=settings.explain or settings.min_confidence == "low")
    shares = getattr(source, "shares", None)
    parts = [source] if shares is None else shares(jobs)
    wanted = [_wanted(part, settings.exclude, tally, progress) for part in parts]
    if len(wanted) == 1:
        yield from changed_only(sifted(wanted[0], engine.sieve, bearing, tally, follow=follow), engine)
        return
    from scanner.threads import sifted_on_threads

    yield from sifted_on_threads(wanted, engine.sieve, bearing, tally, follow=follow)


def _wanted(
    items: Iterable[Item], exclude: tuple[str, ...], tally: Tally, progress: Callable[[int], None] | None
) -> Iterable[Item]:
    if exclude:
        items = _not_excluded(items, exclude, tally)
    return items if progress is None else _watched(items, progress)


def _not_excluded(items: Iterable[Item], exclude: tuple[str, ...], tally: Tally) -> Iterator[Item]:
    from scanner.config import excluded

    for item in items:
        if isinstance(item, Blob) and excluded(item.path, exclude):
            tally.skip("excluded")
        else:
            yield item


def _watched(items: Iterable[Item], progress: Callable[[int], None]) -> Iterator[Item]:
    for number, item in enumerate(items):
        if number % _EVERY == _EVERY - 1:
            progress(_EVERY)
        yield item
