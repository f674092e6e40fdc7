"""How far encoded text reaches around the place where an automaton noticed it."""

from __future__ import annotations

import re

Range = tuple[int, int]

REACH = 512
"""Bytes kept before the first and after the last escape of a line, so that a rule sees what the value is bound to."""
_LONGEST_WAY_BACK = 65_536

_RUN = re.compile(
    rb"[A-Za-z0-9+/_\-]*+"
    rb"(?:(?:[ \t]*+\r?\n[ \t]*+|\\r\\n|\\n)[A-Za-z0-9+/_\-]{2,}+(?=[ \t]*+(?:[\r\n\"'\\,;<=\])}]|\Z)))*+={0,2}"
)
"""The rest of a run, and the lines after it that hold nothing else; padding ends it."""
_RUN_BACKWARDS = re.compile(rb"[A-Za-z0-9+/_\-]*+")
_TOKEN = re.compile(rb"[^\s\"'<>`]*+")
_LIST = re.compile(rb"(?:0[xX][0-9A-Fa-f]{2}[,;: \t\r\n]*+)*+")
_LIST_SIGNS = re.compile(rb"[0-9A-Fa-fxX,;: \t\r\n]*+")
_LISTED = re.compile(rb"0[xX][0-9A-Fa-f]{2}(?![0-9A-Fa-f])")
_ESCAPED_BREAKS = (b"\\n", b"\\r", b"\\t")


def everything(data: bytes, first: int, last: int) -> Range:
    """Return the whole of `data`, whatever offsets `first` to `last` hold."""
    return 0, len(data)


def run(data: bytes, first: int, last: int) -> Range:
    """Return the run of digits of base64 or hex around offsets `first` to `last`, with the lines it is wrapped over."""
    start = first - _before(data, first, _RUN_BACKWARDS)
    if start and data[start - 1 : start + 1] in _ESCAPED_BREAKS:
        # In a string literal the `n` of an escaped line break before a run is no part of it.
        start += 1
    return start, _end(data, last, _RUN)


def token(data: bytes, first: int, last: int) -> Range:
    """Return the text without white space, quotes and angle brackets around offsets `first` to `last`."""
    return first - _before(data, first, _TOKEN), _end(data, last, _TOKEN)


def line(data: bytes, first: int, last: int) -> Range:
    """Return what stands near offsets `first` to `last` on their lines."""
    start = max(data.rfind(b"\n", 0, first) + 1, first - REACH, 0)
    end = data.find(b"\n", last, last + REACH)
    return start, min(len(data), last + REACH) if end < 0 else end


def byte_list(data: bytes, first: int, last: int) -> Range:
    """Return the list of bytes (`0x41, 0x42`) around offsets `first` to `last`."""
    found = _LISTED.search(data, first - _before(data, first, _LIST_SIGNS), last + 1)
    return (found.start(), _end(data, found.start(), _LIST)) if found else (first, last)


def _before(data: bytes, place: int, pattern: re.Pattern[bytes]) -> int:
    """Return how many bytes before `place` the reversed `pattern` takes; one attempt, so it is linear."""
    found = pattern.match(data[max(0, place - _LONGEST_WAY_BACK) : place][::-1])
    return found.end() if found else 0


def _end(data: bytes, place: int, pattern: re.Pattern[bytes]) -> int:
    found = pattern.match(data, place)
    return found.end() if found else place
