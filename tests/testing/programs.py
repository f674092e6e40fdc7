"""Cases of `fixtures/analysis`: small programs whose credentials are drawn when they are read."""

from __future__ import annotations

import base64
import random
import re
import urllib.parse
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

CASES = Path(__file__).parents[2] / "fixtures" / "analysis"

_FILE = re.compile(r"^-- (.+) --\n", re.MULTILINE)
_DRAWN = re.compile(
    r"⟦(?P<calm>~?)(?:(?P<form>\w+) of )?(?P<kind>\w+) (?P<name>[\w.-]+)(?: (?P<first>\d*):(?P<last>\d*))?⟧"
)
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_DIGITS = "0123456789"
_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A credential that stands in a file of a case, from offset `start` to `end` of its bytes."""

    name: str
    path: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case: what it is about, its files by path, and what is expected of a scan."""

    name: str
    about: str
    files: dict[str, bytes]
    expected: tuple[Expected, ...]

    def written(self, folder: Path) -> Path:
        """Write the files below `folder`, and return it."""
        for path, data in self.files.items():
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        return folder


def cases(language: str, part: str) -> Iterator[Case]:
    """Yield the cases of a language; `part` is `dev` or `kept`."""
    for place in sorted((CASES / language / part).glob("*.txtar")):
        yield read_case(place.stem, place.read_text(encoding="utf-8"))


def read_case(name: str, text: str) -> Case:
    """Return the case that `text` writes down. Raises `ValueError` for one without files or with an unknown kind."""
    about, *rest = _FILE.split(text)
    if not rest:
        raise ValueError(f"{name} has no file")
    files: dict[str, bytes] = {}
    expected: list[Expected] = []
    for path, content in zip(rest[::2], rest[1::2], strict=True):
        data = b""
        at = 0
        for found in _DRAWN.finditer(content):
            data += content[at : found.start()].encode()
            drawn = _drawn(name, found).encode()
            if not found["calm"]:
                place = (len(data), len(data) + len(drawn))
                expected.append(Expected(name=found["name"], path=path, start=place[0], end=place[1]))
            data += drawn
            at = found.end()
        rest_of_it = content[at:]
        if "⟦" in rest_of_it:
            raise ValueError(
                f"{name}: {path} has a placeholder that is not understood: {rest_of_it.split('⟦')[1][:40]}"
            )
        files[path] = data + rest_of_it.encode()
    return Case(name=name, about=about.strip(), files=files, expected=tuple(expected))


def _drawn(case: str, found: re.Match[str]) -> str:
    if found["kind"] not in _KINDS:
        raise ValueError(f"{case}: there is no kind {found['kind']}")
    value = _KINDS[found["kind"]](random.Random(f"{case} {found['kind']} {found['name']}"))
    if found["first"] is not None:
        value = value[int(found["first"] or 0) : int(found["last"] or len(value))]
    return _FORMS[found["form"] or "plain"](value)


def _password(drawn: random.Random) -> str:
    syllables = [drawn.choice(_CONSONANTS) + drawn.choice(_VOWELS) for _ in range(4)]
    word = "".join(syllables).capitalize() + drawn.choice(_CONSONANTS)
    return word + "".join(drawn.choices(_DIGITS[1:], k=drawn.randint(2, 4))) + drawn.choice("!*-_.+=?")


def _of(alphabet: str, length: int) -> Callable[[random.Random], str]:
    return lambda drawn: "".join(drawn.choices(alphabet, k=length))


_HEX = "0123456789abcdef"
_KINDS: dict[str, Callable[[random.Random], str]] = {
    "password": _password,
    "token": _of(_LETTERS + _DIGITS, 40),
    "hex16": _of(_HEX, 16),
    "hex32": _of(_HEX, 32),
    "hex64": _of(_HEX, 64),
    "key16": _of(_LETTERS + _DIGITS, 16),
    "key24": _of(_LETTERS + _DIGITS, 24),
    "key32": _of(_LETTERS + _DIGITS, 32),
    "base64": lambda drawn: base64.b64encode(drawn.randbytes(32)).decode(),
    "uuid": lambda drawn: str(uuid.UUID(bytes=drawn.randbytes(16), version=4)),
    "pin": _of(_DIGITS, 8),
}
_FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "base64": lambda value: base64.b64encode(value.encode()).decode(),
    "hex": lambda value: value.encode().hex(),
    "reversed": lambda value: value[::-1],
    "url": lambda value: urllib.parse.quote(value, safe=""),
}
