"""What a literal says: its characters with escapes resolved, each with the place where it is written."""

from __future__ import annotations

import re

_ESCAPE = re.compile(
    r"\\(?:u\{([0-9A-Fa-f]{1,6})\}|u+([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{1,2})|([0-7]{1,3})|(\r\n|[\s\S]))"
)
_SIMPLE = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "a": "\a",
    "0": "\0",
    "e": "\x1b",
    "s": " ",
}
_MOST = 0x10FFFF


def unescaped(written: bytes, start: int) -> tuple[str, tuple[int, ...] | None]:
    """Return what `written`, which stands at byte `start`, says in the C family's escapes.

    Returns also where each character is written, or None where there is no escape and every character is one byte.
    """
    text = written.decode("utf-8", "replace")
    if "\\" not in text:
        return text, None if len(text) == len(written) else _starts(text, start)
    characters: list[str] = []
    starts: list[int] = []
    at, place = 0, start
    for found in _ESCAPE.finditer(text):
        plain = text[at : found.start()]
        characters.append(plain)
        starts.extend(_starts(plain, place))
        place += len(plain.encode("utf-8", "surrogatepass"))
        meant = _meant(found)
        characters.append(meant)
        starts.extend([place] * len(meant))
        place += len(found[0].encode("utf-8", "surrogatepass"))
        at = found.end()
    characters.append(text[at:])
    starts.extend(_starts(text[at:], place))
    return "".join(characters), tuple(starts)


def _starts(text: str, start: int) -> tuple[int, ...]:
    places = []
    for character in text:
        places.append(start)
        start += len(character.encode("utf-8", "surrogatepass"))
    return tuple(places)


def _meant(found: re.Match[str]) -> str:
    code = next((digits for digits in found.groups()[:4] if digits), None)
    if code is not None:
        return chr(min(int(code, 16), _MOST))
    if found[5]:
        return chr(int(found[5], 8))
    return "" if found[6] in ("\n", "\r\n") else _SIMPLE.get(found[6], found[6])
