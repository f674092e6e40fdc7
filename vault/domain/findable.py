"""Which texts of a secret's value a committed text may be compared with.

A value is compared whole; where it is JSON or lines of `name=value`, each member by itself too, and the password of an
address. All are in the form of `strongroom.kernel.likeness`. What stands in any repository, or says only where a secret
is good for, is left out: it would tell of no leak (`findable.yaml`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from strongroom.kernel.likeness import SHORTEST, plain_form
from vault.domain.secret import SecretContent, ValueKind

_FILE = Path(__file__).with_name("findable.yaml")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SHORTEST_NUMBER = 8
"""Digits of a number that is compared: with fewer it is a date, a port or a price somewhere."""
_DIFFERENT = 3
"""Different bytes that a text has at least: rows of one sign are no secret."""
_LONGEST_PATH = 256
_LINE = re.compile(rb"^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.\-]{0,127})[ \t]*[=:][ \t]*(?!//)(\S.*)$", re.MULTILINE)
_KEY = b"-----BEGIN "
_ADDRESS = re.compile(rb"[A-Za-z][A-Za-z0-9+.\-]*://(?:[^\s/?#@:]*:(?P<password>[^\s/?#]+)@)?[^\s/?#@]*/?", re.ASCII)
_IN_ADDRESS = "(password)"

Text = tuple[str, bytes]
"""The place of a member, empty for the whole value, and what stands there."""


def findable(content: SecretContent) -> Iterator[Text]:
    """Yield the texts of a value that are compared."""
    whole = content.value.reveal()
    if content.kind is ValueKind.BINARY:
        # What is no text has no form: every byte of it counts.
        yield "", whole
    for place, text in _texts(whole):
        form = plain_form(text)
        if _tells(form):
            yield place[:_LONGEST_PATH], form


def _texts(whole: bytes) -> Iterator[Text]:
    waiting: list[tuple[str, Any]] = [("", whole)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, bytes):
            yield place, value
            waiting += _within(place, value)
        elif isinstance(value, str):
            waiting.append((place, value.encode("utf-8", "surrogatepass")))
        elif isinstance(value, dict):
            named = ((name, each) for name, each in value.items() if isinstance(each, dict) or not _is_plain(name))
            waiting += [(_joined(place, name), each) for name, each in named]
        elif isinstance(value, list):
            waiting += [(f"{place}[{number}]", each) for number, each in enumerate(value)]


def _within(place: str, text: bytes) -> list[tuple[str, Any]]:
    """Return what a text holds that may be a secret by itself."""
    if text.lstrip()[:1] in (b"{", b"["):
        return [(place, _parsed(text))]
    address = _ADDRESS.match(text)
    if address is not None:
        password = address["password"]
        return [] if password is None else [(f"{place} {_IN_ADDRESS}".strip(), unquote_to_bytes(password))]
    if _KEY in text:
        return []
    lines = ((name.decode("ascii", "replace"), value) for name, value in _LINE.findall(text))
    return [(_joined(place, name), value.strip().strip(b"\"'")) for name, value in lines if not _is_plain(name)]


def _joined(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _parsed(text: bytes) -> Any:
    """Return the object or list that a text is in JSON, with numbers as they are written; None for any other."""
    try:
        return json.loads(text, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return None


def _tells(text: bytes) -> bool:
    if len(text) < SHORTEST or len(set(text)) < _DIFFERENT or text.lower() in _lists().values:
        return False
    if text.isdigit():
        return len(text) >= _SHORTEST_NUMBER
    address = _ADDRESS.fullmatch(text)
    return address is None or address["password"] is not None


def _is_plain(member: str) -> bool:
    words = [word.lower() for word in _WORDS.findall(member)]
    lists = _lists()
    if "".join(words) in lists.members:
        return True
    return bool(words) and words[-1] in lists.last_words and lists.secret_words.isdisjoint(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lists:
    members: frozenset[str]
    last_words: frozenset[str]
    secret_words: frozenset[str]
    values: frozenset[bytes]


@lru_cache(maxsize=1)
def _lists() -> _Lists:
    import yaml

    listed = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    values = frozenset(each.lower().encode() for each in listed.pop("values"))
    return _Lists(**{name: frozenset(words) for name, words in listed.items()}, values=values)
