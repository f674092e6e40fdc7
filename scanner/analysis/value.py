"""Texts as the analysis knows them: of which literals they are made, the way they came, and what calls make of them."""

from __future__ import annotations

import base64
import binascii
import re
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

from scanner.analysis.program import Expression, Program, Text
from scanner.model import Span

_HOLE = "0"
"""Stands for what is not known in a text of which the rest is: it passes for a host, a port or a name."""


PRINTF = re.compile(
    r"%(?:[(<](?P<named>\w+)[)>])?[-+0# ]*\d*(?:\.\d+)?[hlqLjzt]*[sdvqxXfgceuTtp%]"
    r"|\{(?P<braced>\w*)(?:![rsa])?(?::[^{}]*)?\}"
)
"""Holes of a pattern of `printf`, or of braces."""
SLICE = re.compile(r"(-?\d*)\s*:\s*(-?\d*)(?:\s*:\s*(-?\d*))?")
"""What takes a part of a text, as Python writes it."""
TEMPLATE = re.compile(r"\$(?:(?P<named>[A-Za-z_]\w*)|\{(?P<braced>[A-Za-z_]\w*)\})")
"""Holes of a pattern whose names stand behind a dollar."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some characters of a value, and the literal that says them; None for what is not known."""

    text: str
    literal: Text | None
    program: Program | None
    exact: bool = True
    """Whether the characters stand in the literal as they are."""
    way: str = "computed"
    """How the program comes by them where they do not (`computed`, `octets`)."""
    start: int = 0
    """Where in the literal's value they start."""
    others: tuple[Piece, ...] = ()
    """What else the characters were computed from."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where some characters of a value are written."""

    path: str
    span: Span
    """The literal, or the part of one, that holds most of them."""
    parts: tuple[Span, ...]
    """Where the others stand in the same file, in order."""
    strategy: str
    """How the program comes by them (`assembled`, `computed`, `octets`); empty where they stand at `span` like that."""


@dataclass(frozen=True, slots=True)
class Step:
    """A place on the way from a literal to its use."""

    program: Program
    at: Expression
    message: str


@dataclass(frozen=True, slots=True)
class Value:
    """One text that an expression may stand for."""

    pieces: tuple[Piece, ...]
    steps: tuple[Step, ...] = ()

    @property
    def text(self) -> str:
        """The whole of it, with a mark for what is not known."""
        return "".join(piece.text for piece in self.pieces)

    @property
    def known(self) -> bool:
        """Whether all of it is known."""
        return all(piece.literal is not None for piece in self.pieces)

    def place(self, first: int, last: int) -> Place | None:
        """Return where the characters from `first` up to `last` are written; None where one of them is not known."""
        found: list[tuple[Piece, Span, int]] = []
        at = 0
        for piece in self.pieces:
            low, high = max(first - at, 0), min(last - at, len(piece.text))
            at += len(piece.text)
            if low >= high:
                continue
            if piece.literal is None:
                return None
            found.append((piece, _written(piece, piece.literal, low, high), high - low))
            found += [(one, _whole(one.literal), 0) for one in piece.others if one.literal is not None]
        return _place(found) if found else None

    def then(self, step: Step) -> Value:
        """Return the value one step further on its way."""
        return replace(self, steps=(*self.steps, step))


def _place(found: Sequence[tuple[Piece, Span, int]]) -> Place | None:
    most, span, _ = max(found, key=itemgetter(2))
    if most.program is None:
        return None
    here = {one for piece, one, _ in found if piece.program is most.program and not one.overlaps(span)}
    strategy = ""
    if len(found) > 1 or not most.exact:
        strategy = "assembled" if len({id(piece.literal) for piece, _, _ in found}) > 1 else most.way
    return Place(path=most.program.path, span=span, parts=tuple(sorted(here)), strategy=strategy)


def _written(piece: Piece, literal: Text, low: int, high: int) -> Span:
    if not piece.exact:
        return _whole(literal)
    first, last = piece.start + low, piece.start + high
    if literal.starts is None:
        return Span(start=literal.start + first, end=literal.start + last)
    end = literal.starts[last] if last < len(literal.starts) else literal.end
    return Span(start=literal.starts[first], end=end)


def _whole(literal: Text) -> Span:
    return Span(start=literal.start, end=literal.end)


def unknown() -> Value:
    """Return what stands for a value that is not known."""
    return Value((Piece(_HOLE, None, None),))


def name_of_hole(hole: re.Match[str]) -> str:
    """Return the name or number that a hole has; empty where it takes what comes next."""
    return hole["named"] or hole["braced"] or ""


def filled(pattern: Value, given: Mapping[str, Value], holes: re.Pattern[str] = PRINTF) -> Value:
    """Return a pattern of `printf` or of braces with what is given, by name or place, in its holes."""
    (piece,) = pattern.pieces
    pieces: list[Piece] = []
    steps = pattern.steps
    at, number = 0, 0
    for hole in holes.finditer(piece.text):
        pieces.append(_part(piece, at, hole.start()))
        at = hole.end()
        if hole[0] == "%%":
            pieces.append(replace(piece, text="%", exact=False))
            continue
        name = name_of_hole(hole)
        one = given.get(name) or given.get(str(number)) or unknown()
        pieces.extend(one.pieces)
        steps = max(steps, one.steps, key=len)
        number += name not in given
    pieces.append(_part(piece, at))
    return Value(tuple(one for one in pieces if one.text), steps)


def _part(piece: Piece, first: int, last: int | None = None) -> Piece:
    return replace(piece, text=piece.text[first:last], start=piece.start + first)


def replaced(value: Value, sought: str, given: Value) -> Value:
    """Return `value` with `given` in the place of every `sought`."""
    pieces: list[Piece] = []
    for piece in value.pieces:
        at = 0
        while sought and piece.literal is not None and (found := piece.text.find(sought, at)) >= 0:
            pieces.append(_part(piece, at, found))
            pieces.extend(given.pieces)
            at = found + len(sought)
        pieces.append(_part(piece, at))
    return Value(tuple(one for one in pieces if one.text), max(value.steps, given.steps, key=len))


def part_of(value: Value, separator: str, place: int) -> Value | None:
    """Return the part at `place` of a value that a separator takes apart; None where it has no such part."""
    parts = value.text.split(separator)
    if len(parts) <= place or len(value.pieces) != 1:
        return None
    first = sum(len(one) + len(separator) for one in parts[:place])
    piece = _part(value.pieces[0], first, first + len(parts[place]))
    return Value((piece,), value.steps) if piece.text else None


def cut_out(text: str, *, part: str) -> str:
    """Return the part of a text that a slice such as `2:-1` takes."""
    found = SLICE.fullmatch(part)
    bounds = [int(one) if one else None for one in found.groups()] if found is not None else []
    return text[slice(*bounds)]


def changed_by(change: Callable[[str], str]) -> Callable[[Value], Value | None]:
    """Return what makes of a value another that says the same in another way; None where it cannot be said."""

    def changed(value: Value) -> Value | None:
        if not value.known or not value.pieces:
            return None
        try:
            text = change(value.text)
        except (ValueError, binascii.Error, UnicodeDecodeError):
            return None
        longest = max(value.pieces, key=lambda piece: len(piece.text))
        others = [one for piece in value.pieces for one in (piece, *piece.others) if one.literal is not longest.literal]
        piece = replace(longest, text=text, exact=False, way="computed", start=0, others=tuple(others))
        return Value((piece,), value.steps) if text else None

    return changed


def _base64(text: str) -> str:
    data = base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
    return _printable(data, text)


def _hex(text: str) -> str:
    return _printable(bytes.fromhex(text), text)


def _printable(data: bytes, text: str) -> str:
    """Return what was encoded where it is text; a key of plain bytes is known by what is written."""
    try:
        decoded = data.decode()
    except UnicodeDecodeError:
        return text
    return decoded if decoded.isprintable() else text


def _same(value: Value) -> Value | None:
    return value


WAYS: dict[str, Callable[[Value], Value | None]] = {
    "same": _same,
    "default": _same,
    "base64": changed_by(_base64),
    "hex": changed_by(_hex),
    "url": changed_by(urllib.parse.unquote),
    "reverse": changed_by(lambda text: text[::-1]),
}
