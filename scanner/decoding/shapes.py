"""Where encoded text may stand: the shapes that every codec starts from, and the quick answer that there is none.

Nearly all files hold nothing encoded, so this runs on all of them. It imports nothing but `re`, and walks the bytes with
`translate` and `find`, which are several times faster than a character class that is tried at every byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

SHORTEST_RUN = 20
"""Characters of base64 that are worth decoding: 15 bytes, shorter than every provider's token."""
REACH = 512
"""Bytes kept before the first and after the last escape of a line, so that a rule sees what the value is bound to."""

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-"
_MARKS = bytes(ord("a") if byte in _ALPHABET else ord(" ") for byte in range(256))
_RUN = b"a" * SHORTEST_RUN
_IDENTIFIER = b"abcdefghijklmnopqrstuvwxyz_-/"
_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}[^\s\"'<>`]*+")
_PERCENT_TRIPLE = re.compile(rb"(?:%[0-9A-Fa-f]{2}[^\s\"'<>`%]*+(?:%(?![0-9A-Fa-f]{2})[^\s\"'<>`%]*+)*+){3}")
_TOKEN_BACKWARDS = re.compile(rb"[^\s\"'<>`]*+")
_PRINTABLE_ESCAPE = re.compile(
    rb"\\(?:x[2-7]|u00[2-7]|U000000[2-7]|u\{0{0,4}[2-7])[0-9A-Fa-f]\}?|&#(?:0{0,4}(?:3[2-9]|[4-9][0-9]|1[01][0-9]|12[0-6])|[xX]0{0,4}[2-7][0-9A-Fa-f]);"
)
_BYTE_LIST = re.compile(rb"0[xX][0-9A-Fa-f]{2}(?:[, \t\r\n]++0[xX][0-9A-Fa-f]{2}(?![0-9A-Fa-f])){11,}+")

Range = tuple[int, int]


def may_decode(data: bytes) -> bool:
    """Tell whether anything in `data` has the shape of encoded text. Most often it does not, and nothing else need run."""
    return any(next(shapes(data), None) for shapes in (base64_runs, percent_tokens, escape_stretches, byte_lists))


def base64_runs(data: bytes) -> Iterator[Range]:
    """Yield each longest run of at least 20 characters of either base64 alphabet, hex digits among them.

    Runs of lower-case letters and separators alone are names: 20 characters of base64 without a capital or digit are not text.
    """
    marks = data.translate(_MARKS)
    start = marks.find(_RUN)
    while start >= 0:
        end = marks.find(b" ", start)
        end = len(data) if end < 0 else end
        if data[start:end].translate(None, _IDENTIFIER):
            yield start, end
        start = marks.find(_RUN, end)


def percent_tokens(data: bytes) -> Iterator[Range]:
    """Yield each stretch without white space, quotes and angle brackets that has at least three `%XX`."""
    done = 0
    for found in _PERCENT.finditer(data):
        if _PERCENT_TRIPLE.match(data, found.start()):
            before = data[max(done, found.start() - REACH) : found.start()][::-1]
            token = _TOKEN_BACKWARDS.match(before)
            yield found.start() - (token.end() if token else 0), found.end()
        done = found.end()


def escape_stretches(data: bytes) -> Iterator[Range]:
    r"""Yield the part of each line that has two or more escapes of printable ASCII (`\\x41`, `\\u0041`, `&#65;`), with what is near.

    Credentials are ASCII: a line of German or Chinese written in escapes is left alone.
    """
    if b"\\" not in data and b"&#" not in data:
        return
    first = last = -1
    count = 0
    for found in _PRINTABLE_ESCAPE.finditer(data):
        if count and (found.start() - last > 2 * REACH or data.find(b"\n", last, found.start()) >= 0):
            if count > 1:
                yield _with_surroundings(data, first, last)
            count = 0
        first = found.start() if not count else first
        last = found.end()
        count += 1
    if count > 1:
        yield _with_surroundings(data, first, last)


def byte_lists(data: bytes) -> Iterator[Range]:
    """Yield each list of at least twelve bytes written as `0x41, 0x42, ...`."""
    if b"0x" in data or b"0X" in data:
        for found in _BYTE_LIST.finditer(data):
            yield found.span()


def _with_surroundings(data: bytes, first: int, last: int) -> Range:
    start = max(data.rfind(b"\n", max(0, first - REACH), first) + 1, first - REACH, 0)
    end = data.find(b"\n", last, last + REACH)
    return start, min(len(data), last + REACH) if end < 0 else end
