"""Where in a file a text stands that was found to be a stored value: the second look, at what has one only."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from scanner.audit.held.reader import Reader, Texts
from strongroom.kernel.likeness import digester, plain_form
from strongroom.kernel.secretvalue import SecretValue

PLAIN = "plain"
_MOST = 100
"""Places of one text in a file that are told."""
_UTF_16 = ("utf-16-le", "utf-16-be")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """A stretch of a file, in bytes, that holds a text in question."""

    start: int
    end: int
    encoding: str
    """`plain`, or what was taken off it, the outermost first: `base64`, `escapes+base64`, `hex`, `url`, `utf-16`."""
    digest: bytes
    value: SecretValue = field(compare=False)
    """The text itself, in the form that was compared."""


def locate(data: bytes, wanted: Collection[bytes], key: bytes) -> list[Place]:
    """Return where texts stand in `data` whose digests under `key` are wanted, in order; an encoded one as a whole.

    A text that stands there plain and encoded has a place for each.
    """
    digest, found = digester(key), dict[tuple[int, int, bytes], Place]()
    for texts in Reader(places=True).read(data):
        for text in texts.texts:
            form = plain_form(text) if texts.spaced else text
            made = digest(form)
            if made in wanted:
                encoding, value = "+".join(texts.codecs) or PLAIN, SecretValue(form)
                for start, end in _stretches(data, text, texts):
                    place = Place(start=start, end=end, encoding=encoding, digest=made, value=value)
                    found.setdefault((start, end, made), place)
    return _innermost(found.values())


def _stretches(data: bytes, text: bytes, texts: Texts) -> Iterator[tuple[int, int]]:
    if texts.codecs == ("utf-16",) and texts.within is not None:
        found = (_standing(data, _in(form, text)) for form in _UTF_16)
        yield from next(filter(None, found), _standing(data, texts.within))
    else:
        padded = texts.codecs[:1] == ("base64",)
        for start, end in _standing(data, text if texts.within is None else texts.within):
            yield start, _behind_padding(data, end) if padded else end


def _behind_padding(data: bytes, end: int) -> int:
    following = data[end : end + 2]
    return end + len(following) - len(following.lstrip(b"="))


def _in(form: str, text: bytes) -> bytes:
    return text.decode("utf-8", "replace").encode(form)


def _standing(data: bytes, text: bytes) -> list[tuple[int, int]]:
    """Return where a text stands by itself, or in other words where it does so nowhere."""
    places, start = list[int](), data.find(text)
    while start >= 0 and len(places) < _MOST:
        places.append(start)
        start = data.find(text, start + 1)
    apart = [place for place in places if not _joined(data, place) and not _joined(data, place + len(text))]
    return [(place, place + len(text)) for place in apart or places[:1]]


def _joined(data: bytes, place: int) -> bool:
    """Tell whether one word goes on over a place."""
    return 0 < place < len(data) and data[place - 1 : place + 1].isalnum()


def _innermost(places: Collection[Place]) -> list[Place]:
    """Return places without those that hold another of the same text."""
    kept: list[Place] = []
    for place in sorted(places, key=lambda each: each.end - each.start):
        if not any(_holds(place, other) for other in kept):
            kept.append(place)
    return sorted(kept)


def _holds(outer: Place, inner: Place) -> bool:
    return outer.digest == inner.digest and outer.start <= inner.start and inner.end <= outer.end
