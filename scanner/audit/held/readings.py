"""What a stretch of text may mean: the part of it that is the value, and the value where it is spelled with escapes.

`name=value`, `value,`, `Server=...;Password=value` and `scheme://user:value@host` hold the value as it is; `p%40ss`,
`p&#64;ss` and the escapes of programming languages spell it.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

_AROUND = b"\"'`,;.()[]{}<> \t"
_COMMENTS = (b" #", b" //")
_BEHIND = (b",", b";", b".")
SPELLINGS = ("url", "escapes", "xml")
"""The ways to spell a text that `spelled` knows: what comes of them is text again."""
_MOST_PARTS = 32
_SPELLING = re.compile(rb"[\\%&'\"$](?:(?<=[\\%&])|(?<=')['\"]|(?<=\")\"|(?<=\$)\$)")
_SHELL_QUOTE = re.compile(rb"'\"'\"'|'\\''")
"""How a text in a shell's single quotes has one of them."""
_TWICE = (b"''", b'""', b"$$")
"""What is written twice for itself: in YAML and SQL, in CSV, in files that fill in variables."""
_ENTITY = re.compile(rb"&(?:[a-zA-Z]{2,8}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_ESCAPE = re.compile(
    rb"\\(?:x(?P<byte>[0-9A-Fa-f]{2})|(?P<units>u[0-9A-Fa-f]{4}(?:\\u[0-9A-Fa-f]{4})*+)"
    rb"|(?P<octal>[0-3][0-7]{2})|u\{(?P<braced>[0-9A-Fa-f]{1,6})\}|U(?P<eight>[0-9A-Fa-f]{8})|(?P<sign>[^\n]))"
)
_SIGNS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"0": b"\0", b"b": b"\b", b"f": b"\f"}
_LAST_CHARACTER = 0x10FFFF


def narrower(texts: Collection[bytes]) -> tuple[set[bytes], list[bytes]]:
    """Return the parts of stretches that may be the value they are about, and the stretches that may spell one.

    All is asked of a stretch at once, while it is in the processor's cache: there are hundreds of thousands.
    """
    found: set[bytes] = set()
    spelling: list[bytes] = []
    for text in texts:
        if b"=" in text:
            found.add(text.partition(b"=")[2])
            if b";" in text:
                found.update(text.split(b";", _MOST_PARTS))
        if b":" in text:
            found.add(text.partition(b":")[2])
            if b"@" in text and b"://" in text:
                found.update(_passwords(text))
        if b" " in text:
            found.update(text.partition(sign)[0] for sign in _COMMENTS if sign in text)
        else:
            found.add(text.strip(_AROUND))
            if b"," in text:
                found.update(text.split(b",", _MOST_PARTS))
        if text[-1:] in _BEHIND:
            found.add(text[:-1])
        if _SPELLING.search(text):
            spelling.append(text)
    return found, spelling


def _passwords(text: bytes) -> Iterator[bytes]:
    """Yield what may be the password of an address, which may hold signs that it should not (RFC 3986, 3.2.1)."""
    rest = text.partition(b"://")[2]
    for user_info in {rest.partition(b"@")[0], rest.rpartition(b"@")[0]}:
        yield user_info.partition(b":")[2] or user_info


def spelled(texts: Iterable[bytes]) -> Iterator[tuple[bytes, bytes, str]]:
    """Yield stretches that spell a text with escapes, with that text and the name of the way it is spelled."""
    for text in texts:
        for resolved, codec in _resolved(text):
            if resolved != text:
                yield text, resolved, codec


def _resolved(text: bytes) -> Iterator[tuple[bytes, str]]:
    if b"%" in text:
        yield unquote_to_bytes(text), "url"
    if b"\\" in text:
        yield _ESCAPE.sub(_character, text), "escapes"
    if b"'" in text:
        yield _SHELL_QUOTE.sub(b"'", text), "escapes"
    for pair in _TWICE:
        if pair in text:
            yield text.replace(pair, pair[:1]), "escapes"
    if b"&" in text and _ENTITY.search(text):
        yield _without_entities(text), "xml"


def _without_entities(text: bytes) -> bytes:
    from html import unescape

    return unescape(text.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def _character(found: re.Match[bytes]) -> bytes:
    kind = found.lastgroup or ""
    digits = found[kind]
    if kind == "sign":
        return _SIGNS.get(digits, digits)
    if kind == "byte":
        return bytes.fromhex(digits.decode("ascii"))
    if kind == "units":
        units = bytes.fromhex(digits.replace(b"\\", b"").replace(b"u", b"").decode("ascii"))
        return units.decode("utf-16-be", "replace").encode()
    if kind == "octal":
        return bytes([int(digits, 8)])
    code = int(digits, 16)
    return chr(code).encode("utf-8", "replace") if code <= _LAST_CHARACTER else found[0]
