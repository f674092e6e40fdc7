"""Of a change only what it adds counts: drops suspects in which no added line could matter, before they cost more."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scanner.items import Blob
    from scanner.prefilter.choose import Engine
    from scanner.prefilter.hits import Hit
    from scanner.sift import Suspect

_TOGETHER = 64
"""Suspects that are weighed together, so that what they replace is read by one git."""
_SHORTEST = 8
"""Least length of a text in quotes that could be a credential which a name or call elsewhere in the file gives away."""
_QUOTES = (b'"', b"'")


def changed_only(found: Iterable[Suspect], engine: Engine) -> Iterator[Suspect]:
    """Yield the suspects; those of a change with the numbers of the lines it adds, and only if one could matter."""
    together: list[Suspect] = []
    for suspect in found:
        if suspect.blob.replaces is None:
            yield suspect
            continue
        together.append(suspect)
        if len(together) == _TOGETHER:
            yield from _weighed(together, engine)
            together = []
    yield from _weighed(together, engine)


def _weighed(together: list[Suspect], engine: Engine) -> list[Suspect]:
    if not together:
        return []
    from scanner.sources.staged import mark_added_lines

    mark_added_lines(suspect.blob for suspect in together)
    targets = engine.document["targets"]
    widths = {number: targets[number][1] for number in engine.document["multiline"]}
    return [suspect for suspect in together if _matters(suspect, widths)]


def _matters(suspect: Suspect, widths: dict[int, int]) -> bool:
    blob = suspect.blob
    if blob.added_lines is None:
        return True
    spans = _spans(blob)
    if any(_near(hit, widths.get(hit[0], 0), spans) for hit in suspect.hits):
        return True
    if any(_near([0, *layer.origin(0, len(layer.data))], 0, spans) for layer in suspect.layers):
        return True
    if not suspect.program_places:
        return False
    named = any(start < place <= end + 1 for place in suspect.program_places for start, end in spans)
    return named or any(_could_be_a_value(blob.data[start:end]) for start, end in spans)


def _spans(blob: Blob) -> list[tuple[int, int]]:
    """Return where the added lines stand."""
    spans, start = [], 0
    for number, line in enumerate(blob.data.split(b"\n"), start=1):
        if number in (blob.added_lines or ()):
            spans.append((start, start + len(line)))
        start += len(line) + 1
    return spans


def _near(hit: Hit, width: int, spans: list[tuple[int, int]]) -> bool:
    """Tell whether a match may touch an added line; one that spans no lines stands where its hit stands."""
    return any(hit[1] - width <= end + 1 and start < hit[2] + width for start, end in spans)


def _could_be_a_value(line: bytes) -> bool:
    """Tell whether a text in quotes on `line` looks drawn or chosen: no space in it, and more than lower-case words."""
    for quote in _QUOTES:
        for text in line.split(quote)[1::2]:
            plain = text.replace(b"_", b"").replace(b"-", b"").replace(b".", b"")
            if len(text) >= _SHORTEST and b" " not in text and not (plain.isalpha() and plain.islower()):
                return True
    return False
