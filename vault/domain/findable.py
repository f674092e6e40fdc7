"""Which texts of a secret's value a committed text may be compared with, and since when another value is current.

A value is compared whole and, where it is JSON, each member by itself, in the form of `strongroom.kernel.likeness`.
What stands in any repository is left out: it would tell of no leak (`findable.yaml`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from strongroom.kernel.likeness import SHORTEST, plain_form
from vault.domain.secret import Secret, SecretContent, ValueKind
from vault.domain.versions import CURRENT, PENDING, PREVIOUS, SecretVersion

_FILE = Path(__file__).with_name("findable.yaml")
_BETWEEN_WORDS = re.compile(r"[\W_]+")
_SHORTEST_NUMBER = 8
"""Digits of a number that is compared: with fewer it is a date, a port or a price somewhere."""
_DIFFERENT = 3
"""Different bytes that a text has at least: rows of one sign are no secret."""
_LONGEST_PATH = 256


def findable(content: SecretContent) -> Iterator[tuple[str, bytes]]:
    """Yield the texts of a value that are compared, each with the place of its member, empty for the whole value."""
    whole = content.value.reveal()
    if content.kind is ValueKind.BINARY:
        # What is no text has no form: every byte of it counts.
        yield "", whole
    yield from ((member, text) for member, text in _texts(whole) if _tells(text))


def _texts(whole: bytes) -> Iterator[tuple[str, bytes]]:
    yield "", plain_form(whole)
    waiting: list[tuple[str, Any]] = [("", _parsed(whole))]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, dict):
            named = ((name, each) for name, each in value.items() if isinstance(each, dict) or not _is_plain(name))
            waiting += [(f"{place}.{name}" if place else name, each) for name, each in named]
        elif isinstance(value, list):
            waiting += [(f"{place}[{number}]", each) for number, each in enumerate(value)]
        elif isinstance(value, str) and place:
            text = value.encode("utf-8", "surrogatepass")
            yield place[:_LONGEST_PATH], plain_form(text)
            waiting.append((place, _parsed(text)))


def _parsed(text: bytes) -> Any:
    """Return the object or list that a text is in JSON, with numbers as they are written; None for any other."""
    if text.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        return json.loads(text, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return None


def _tells(text: bytes) -> bool:
    if len(text) < SHORTEST or len(set(text)) < _DIFFERENT or text.lower() in _words()[1]:
        return False
    return not text.isdigit() or len(text) >= _SHORTEST_NUMBER


def _is_plain(member: str) -> bool:
    return _BETWEEN_WORDS.sub("", member).lower() in _words()[0]


@lru_cache(maxsize=1)
def _words() -> tuple[frozenset[str], frozenset[bytes]]:
    import yaml

    listed = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return frozenset(listed["members"]), frozenset(each.lower().encode() for each in listed["values"])


def replaced_since(secret: Secret, version: SecretVersion) -> datetime | None:
    """Return since when another value is current in place of a version's, as near as the secret tells.

    That is the end of the rotation that replaced it, else when the version after it was made. None for the current
    version, for one that waits to become it or is in use under a label of its own, and where an older one took over.
    """
    if version.stages - {PREVIOUS}:
        return None
    items = secret.versions.items
    after = items[items.index(version) + 1 :]
    followed = next((each for each in after if each.has_value and not _waits(each)), None)
    if followed is None:
        return None
    rotation = secret.shown_rotation
    rotated = rotation.last_rotated if rotation is not None else None
    if CURRENT in followed.stages and rotated is not None and rotated >= followed.created:
        return rotated
    return followed.created


def _waits(version: SecretVersion) -> bool:
    return PENDING in version.stages and CURRENT not in version.stages
