"""What runs of letters and digits encode: base64 in both alphabets, padded or not, and hex.

Most words are base64 of something. Of short ones those are decoded that may encode readable text, by the first group;
of longer ones all, since what they encode may be the bytes of a key.
"""

from __future__ import annotations

import re
from binascii import a2b_base64

from scanner.decoding.text import as_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_SURE = 20
"""Signs from which on any run may be base64 of a value that is no text."""
_BASE64 = re.compile(
    rb"^(?:[A-Za-z0-9+/_\-]{%d,}+|[I-Za-f][C-HS-Xi-ny-z0-3][A-Za-z0-9+/_\-]{6,%d}+)$" % (_SURE, _SURE - 3), re.MULTILINE
)
"""The first two signs of what encodes a printable sign and one more (RFC 4648, section 4)."""
_HEX = re.compile(rb"^(?:[0-9A-Fa-f]{2}){6,}+$", re.MULTILINE)
_PRINTABLE = bytes([9, 10, 13, *range(32, 127)])
_LISTED = re.compile(rb"0[xX]([0-9A-Fa-f]{2})")
_WHITE = re.compile(rb"\s+")

Encoded = tuple[bytes, bytes, str]
"""A stretch of text, the bytes that it encodes, and how."""


def decodings(runs: Collection[bytes]) -> Iterator[Encoded]:
    """Yield what runs encode, as far as it may be a value."""
    joined = b"\n".join(runs)
    for run in _BASE64.findall(joined):
        decoded = _from_base64(run)
        if len(run) >= _SURE or not decoded.translate(None, _PRINTABLE):
            yield run, decoded, "base64"
    for run in _HEX.findall(joined):
        yield run, bytes.fromhex(run.decode("ascii")), "hex"


def unwrapped(block: bytes) -> bytes:
    """Return what base64 encodes that was broken into lines."""
    return _from_base64(_WHITE.sub(b"", block).rstrip(b"="))


def listed(block: bytes) -> bytes:
    """Return the bytes of a list."""
    return bytes([int(each, 16) for each in _LISTED.findall(block)])


def readable(decoded: bytes) -> tuple[bytes, tuple[str, ...]] | None:
    """Return decoded bytes as text in UTF-8, with `utf-16` where they were that; None where they are no text."""
    found = as_text(decoded)
    return None if found is None else (found[0], ("utf-16",) if found[1] else ())


def _from_base64(run: bytes) -> bytes:
    # One sign more than whole groups encodes nothing: it is a separator that the alphabet happens to have.
    used = run[:-1] if len(run) % 4 == 1 else run
    return a2b_base64(used.translate(_TO_STANDARD) + b"=" * (-len(used) % 4))
