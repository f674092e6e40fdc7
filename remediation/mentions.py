"""Copies of a value in other forms and other places: comments, documents, tests, base64, hex, percent-encoding."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import quote

from strongroom.kernel.secretvalue import SecretValue

_SHORTEST = 6
"""A shorter value stands everywhere by chance; it is looked for only in the files that are changed."""


def forms(value: SecretValue) -> Mapping[str, frozenset[bytes]]:
    """Return the spellings of a value in each form that could show it, keyed by the form's name.

    base64 is known at each of its three alignments by the characters that only the value decides (RFC 4648, section 4).
    """
    plain = value.reveal()
    encoded = {quote(plain, safe=""), quote(plain)}
    spellings = {
        "plain": {plain},
        "base64": set(_base64_cores(plain)),
        "hex": {plain.hex().encode(), plain.hex().upper().encode()} if len(plain) > 3 else set(),
        "url-encoded": {text.encode() for text in encoded} | {_lower_hex(text).encode() for text in encoded},
        "escaped": set(_escaped(value)),
    }
    seen: set[bytes] = set()
    found: dict[str, frozenset[bytes]] = {}
    for form, texts in spellings.items():
        found[form] = frozenset(text for text in texts if text and text not in seen)
        seen |= texts
    return found


def _lower_hex(text: str) -> str:
    return re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), text)


def _base64_cores(plain: bytes) -> Iterator[bytes]:
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + plain)
        first = -(-shift * 8 // 6)
        last = (shift + len(plain)) * 8 // 6
        core = coded[first:last]
        if len(core) >= 8:
            yield core
            yield core.translate(bytes.maketrans(b"+/", b"-_"))


def _escaped(value: SecretValue) -> Iterator[bytes]:
    if value.is_text:
        text = value.reveal_text()
        yield json.dumps(text)[1:-1].encode()
        yield text.encode("unicode_escape")


def occurrences(data: bytes, value: SecretValue) -> list[tuple[str, int]]:
    """Return (form, offset) of every copy of the value in `data`, in order."""
    found = [(form, at) for form, texts in forms(value).items() for text in texts for at in _positions(data, text)]
    return sorted(found, key=lambda each: each[1])


def _positions(data: bytes, text: bytes) -> Iterator[int]:
    at = data.find(text)
    while at >= 0:
        yield at
        at = data.find(text, at + 1)


class Spellings:
    """All forms of many values, or those that `spelled` gives, looked for in one pass over a text."""

    def __init__(
        self, values: Sequence[SecretValue], spelled: Callable[[SecretValue], Mapping[str, frozenset[bytes]]] = forms
    ) -> None:
        import ahocorasick

        wanted: dict[str, list[tuple[int, str]]] = {}
        for number, value in enumerate(values):
            for form, texts in spelled(value).items():
                for spelling in texts:
                    # The automaton takes text; Latin-1 gives each byte a character of its own.
                    wanted.setdefault(spelling.decode("latin-1"), []).append((number, form))
        self._automaton = ahocorasick.Automaton()
        for text, owners in wanted.items():
            self._automaton.add_word(text, (len(text), owners))
        if wanted:
            self._automaton.make_automaton()

    def within(self, data: bytes) -> Iterator[tuple[int, str, int]]:
        """Yield the value's number, form and offset of every copy in `data`."""
        if not len(self._automaton):
            return
        for last, (length, owners) in self._automaton.iter(data.decode("latin-1")):
            for number, form in owners:
                yield number, form, last - length + 1


def worth_searching(value: SecretValue) -> bool:
    """Tell whether a value is long enough that a copy elsewhere in the tree means something."""
    return len(value) >= _SHORTEST
