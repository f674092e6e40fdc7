"""Which stretches of a text may be a stored value as it was typed in: words, runs, and what may hold white space.

Each is a stretch of the text as it stands there; what one means where it is spelled otherwise, `readings.py` says.
One pass each in C over a whole text: a history has gigabytes of them.
"""

from __future__ import annotations

import re
import string

from scanner.decoding.blocks import blocks as blocks_of_digits
from strongroom.kernel.likeness import SHORTEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

LONGEST_SPAN = 4096
"""Bytes of the longest stretch on one line that is looked at as a whole."""
WRAPPED = 40
"""Signs of the shortest line of base64 that goes on in the next one."""
LONGEST_BLOCK = 65_536
"""Bytes of the longest stretch of several lines: the longest value of a store."""

_ALPHANUMERIC = (string.ascii_letters + string.digits).encode()
_WORD_SIGNS = b"\"'`;,&<>(){}[]|=:\\"


def _blanked(blank: bytes) -> bytes:
    return bytes(32 if sign in blank else sign for sign in range(256))


_RUNS = tuple(
    _blanked(bytes(set(range(256)) - set(_ALPHANUMERIC + further)))
    for further in (b"_-", b"+/")  # ids and base64 for URLs; base64
)
_APART = _blanked(_WORD_SIGNS)
_LONG = b"{%d,}+" % SHORTEST
_SPANS = tuple(
    re.compile(pattern)
    for pattern in (
        # Between two quotes of one kind, whichever of them opens and which closes.
        rb'"([^"\n]' + _LONG + b")",
        rb"'([^'\n]" + _LONG + b")",
        rb"`([^`\n]" + _LONG + b")",
        # The same where a backslash keeps a quote from closing.
        rb'"(?=[^"\\\n]*+\\)((?:[^"\\\n]|\\.)' + _LONG + b")",
        rb"'(?=[^'\\\n]*+\\)((?:[^'\\\n]|\\.)" + _LONG + b")",
        # The same where a quote stands twice for itself, or a shell's between quotes of the other kind.
        rb"'(?=[^'\n]*+'(?:'|\"'\"'|\\''))((?:[^'\n]|''|'\"'\"'|'\\'')" + _LONG + b")",
        rb'"(?<!""")(?:(?!"")(?=[^"\n]*+"")|(?<=[,;\t]")(?=""))((?:[^"\n]|"")' + _LONG + b")",
        # Behind the first sign of its kind, to the end of the line.
        rb"=[ \t]*+(?![\s=])([^\n]" + _LONG + b")",
        rb":[ \t]++(?!\s)([^\n]" + _LONG + b")",
        # Between two elements of markup, or set in bold.
        rb">([^<>\n]" + _LONG + b")<",
        rb"\*\*(?![*\s])([^\n]{%d,200}?)\*\*(?!\*)" % SHORTEST,
    )
)
_KEY_BEGINS = b"-----BEGIN "
_KEY_ENDS = re.compile(rb"-----END [A-Z0-9 ]{3,40}-----")
_INDENTED = re.compile(rb":[ \t]++[|>][+-]?[1-9]?[ \t]*+\r?\n((?:[ \t]++[^\n]*+\n|[ \t\r]*+\n)++(?:[ \t]++[^\n]++\Z)?)")
_WRAPPED = re.compile(
    rb"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{%d,}+(?:[ \t]*+\r?\n[ \t]*+[A-Za-z0-9+/]{2,}+)++={0,2}" % WRAPPED
)
_LISTED = re.compile(rb"(?:0[xX][0-9A-Fa-f]{2}(?![0-9A-Fa-f])[,;: \t\r\n]*+){%d,}+" % SHORTEST)
_QUOTES = (b'"""', b"'''", b"`")


def runs(words: bytes) -> set[bytes]:
    """Return the runs of letters and digits in a text, with the few signs that ids and base64 have besides."""
    found: set[bytes] = set()
    for table in _RUNS:
        found.update(words.translate(table).split())
    return found


def apart(words: bytes) -> set[bytes]:
    """Return what stands in a text between white space and the signs of programs."""
    return set(words.translate(_APART).split())


def spans(text: bytes) -> set[bytes]:
    """Return the stretches within lines that may hold white space."""
    found: set[bytes] = set()
    for pattern in _SPANS:
        found.update(pattern.findall(text))
    return {each.strip() for each in found if len(each) <= LONGEST_SPAN}


def lines(texts: Collection[bytes]) -> set[bytes]:
    """Return those of the texts that are one line, which is a stretch by itself."""
    bare = {each.strip() for each in texts if len(each) <= LONGEST_SPAN}
    return {each for each in bare if b"\n" not in each}


def blocks(data: bytes) -> set[bytes]:
    """Return the stretches of several lines that may be one value: keys, texts in three quotes, indented ones."""
    found = _keys(data) if _KEY_BEGINS in data else []
    for quote in _QUOTES:
        if quote in data:
            found += [each for each in data.split(quote)[1::2] if b"\n" in each]
    found += _INDENTED.findall(data)
    return {each for each in found if SHORTEST <= len(each) <= LONGEST_BLOCK}


def _keys(data: bytes) -> list[bytes]:
    """Return the keys and certificates in PEM (RFC 7468), each from the last beginning before its end."""
    found = []
    for end in _KEY_ENDS.finditer(data):
        start = data.rfind(_KEY_BEGINS, max(0, end.start() - LONGEST_BLOCK), end.start())
        if start >= 0:
            found.append(data[start : end.end()])
    return found


def wrapped(data: bytes) -> Iterator[bytes]:
    """Yield the stretches that an encoder has broken into lines of base64.

    Where the last line is as wide as the others, what follows may be another's; both readings are given.
    """
    for stretch in _WRAPPED.findall(data):
        for block in blocks_of_digits(stretch):
            ends = [end for _, end in block.lines[1:]] if len(stretch) <= 2 * LONGEST_BLOCK else []
            yield from (stretch[block.lines[0][0] : end] for end in ends[-2:])


def byte_lists(data: bytes) -> list[bytes]:
    """Return the lists of bytes as programs write them: `0x41, 0x42`."""
    return [each for each in _LISTED.findall(data) if len(each) <= 8 * LONGEST_BLOCK] if b"0x" in data else []
