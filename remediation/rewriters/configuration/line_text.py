"""Files of lines (INI, `.npmrc`, `.properties`): names and values with byte ranges; comments and layout stay theirs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from remediation.errors import NotRewritable
from remediation.rewriters.configuration.model import Fetch
from remediation.rewriters.configuration.scalars import Scalar, locate, spliced
from remediation.rewriters.splice import Splice

_SECTION = re.compile(rb"\s*\[(?P<name>[^\]]+)\]")
_ENTRY = re.compile(rb"(?P<name>[^=:#;!\s][^=:]*?)[ \t]*(?P<sign>[=:])[ \t]*(?P<value>.*?)[ \t]*\r?\Z")
_PROPERTY = re.compile(rb"[ \t]*(?P<name>(?:\\.|[^=:\s\\])+)[ \t]*(?P<sign>[=: \t])[ \t]*(?P<value>.*?)\r?\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line with its byte range; the line's end is not part of it."""

    start: int
    data: bytes


def lines(data: bytes) -> Iterator[Line]:
    """Yield every line of a file."""
    position = 0
    for each in data.split(b"\n"):
        yield Line(start=position, data=each)
        position += len(each) + 1


@lru_cache(maxsize=16)
def ini(data: bytes) -> tuple[Scalar, ...]:
    """Return the values of an INI file: keys are the section and the name, then the number of the line."""
    return tuple(_ini(data))


def _ini(data: bytes) -> Iterator[Scalar]:
    section, name = "", ""
    for number, line in enumerate(lines(data)):
        head, entry = _SECTION.match(line.data), _ENTRY.match(line.data)
        if head:
            section = head["name"].decode("utf-8", "replace")
        elif line.data[:1] in b" \t" and line.data.strip() and name:
            lead = len(line.data) - len(line.data.lstrip())
            yield _scalar(line, (section, name, str(number)), lead, len(line.data.rstrip()))
        elif entry:
            name = entry["name"].decode("utf-8", "replace")
            yield _scalar(line, (section, name, str(number)), entry.start("value"), entry.end("value"))


@lru_cache(maxsize=16)
def properties(data: bytes) -> tuple[Scalar, ...]:
    """Return the values of a `.properties` file (java.util.Properties); a line that goes on is a value of its own."""
    return tuple(_properties(data))


def _properties(data: bytes) -> Iterator[Scalar]:
    goes_on = False
    for number, line in enumerate(lines(data)):
        entry = _PROPERTY.match(line.data)
        if entry and not goes_on and line.data.lstrip()[:1] not in (b"#", b"!"):
            name = entry["name"].decode("utf-8", "replace")
            yield _scalar(line, (name, str(number)), entry.start("value"), entry.end("value"))
        trailing = len(line.data.rstrip(b"\r")) - len(line.data.rstrip(b"\r").rstrip(b"\\"))
        goes_on = trailing % 2 == 1


def _scalar(line: Line, keys: tuple[str, ...], start: int, end: int) -> Scalar:
    text = line.data[start:end].decode("utf-8", "replace")
    return Scalar(keys=keys, text=text, start=line.start + start, end=line.start + end)


Parse = Callable[[bytes], Sequence[Scalar]]


def in_place(data: bytes, fetches: Sequence[Fetch], parse: Parse, text: Callable[[Fetch], str]) -> bytes:
    """Return the file with the text of each fetch where its value stood."""
    splices: list[Splice] = []
    expected: dict[tuple[str, ...], str] = {}
    for fetch in fetches:
        site = locate(parse(data), data, fetch.place)
        if not site.literal:
            raise NotRewritable("the value is written with escapes")
        splices.append(Splice(start=fetch.place.start, end=fetch.place.end, text=text(fetch).encode()))
        known = expected.get(site.scalar.keys, site.scalar.text)
        expected[site.scalar.keys] = known.replace(fetch.place.value.reveal_text(), text(fetch), 1)
    return spliced(data, splices, parse, expected)


def without(data: bytes, scalars: Sequence[Scalar], parse: Parse) -> bytes:
    """Return the file without the lines of these values. Raises `NotRewritable` for a value of several lines."""
    numbers = {int(scalar.keys[-1]) for scalar in scalars}
    split = data.split(b"\n")
    if any(split[number + 1 : number + 2] and split[number + 1][:1] in (b" ", b"\t") for number in numbers):
        raise NotRewritable("the value goes on over several lines")
    after = b"\n".join(line for number, line in enumerate(split) if number not in numbers)
    kept = [(one.keys[:-1], one.text) for one in parse(data) if int(one.keys[-1]) not in numbers]
    if [(one.keys[:-1], one.text) for one in parse(after)] != kept:
        raise NotRewritable("the rewritten file would not read as before")
    return after


def parses_always(data: bytes) -> bool:
    """Tell that files of lines have no form that they could break."""
    return b"\0" not in data
