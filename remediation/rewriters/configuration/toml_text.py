"""TOML: which text a place belongs to, by tomlkit, which reads the file before and after an edit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from remediation.errors import NotRewritable
from remediation.rewriters.configuration.model import Place
from remediation.rewriters.configuration.scalars import Scalar

_QUOTES = (b'"""', b"'''", b'"', b"'")


def leaves(data: bytes) -> Mapping[tuple[str, ...], str]:
    """Return every value by its keys, as text. Raises `NotRewritable` where the file does not parse."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(data.decode("utf-8-sig")).unwrap()
    except (TOMLKitError, UnicodeDecodeError):
        raise NotRewritable("the file does not parse as TOML") from None
    return dict(_leaves(document, ()))


def _leaves(value: Any, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _leaves(item, (*keys, str(name)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, (*keys, str(index)))
    else:
        yield keys, value if isinstance(value, str) else repr(value)


def parses(data: bytes) -> bool:
    """Tell whether the file parses."""
    try:
        leaves(data)
    except NotRewritable:
        return False
    return True


def scalar(data: bytes, place: Place) -> Scalar:
    """Return the text that a place lies in. Raises `NotRewritable` where it is none, or not told from another."""
    value = place.value.reveal()
    if data[place.start : place.end] != value:
        raise NotRewritable("the value is written with escapes")
    start, end = data.rfind(b"\n", 0, place.start) + 1, data.find(b"\n", place.end)
    line_end = len(data) if end < 0 else end
    for quote in _QUOTES:
        first, last = data.rfind(quote, start, place.start), data.find(quote, place.end, line_end)
        if first < 0 or last < 0:
            continue
        text = data[first + len(quote) : last].decode("utf-8", "replace")
        emptied = data[:first] + quote * 2 + data[last + len(quote) :]
        keys = _changed(data, emptied, text)
        if keys is not None:
            return Scalar(keys=keys, text=text, start=first, end=last + len(quote), quote=quote.decode())
    raise NotRewritable("the value stands in a comment or a key, or is written with escapes")


def _changed(before: bytes, after: bytes, text: str) -> tuple[str, ...] | None:
    """Return the keys of the one text that an edit emptied, None where it did anything else."""
    try:
        old, new = leaves(before), leaves(after)
    except NotRewritable:
        return None
    changed: Sequence[tuple[str, ...]] = [keys for keys, value in old.items() if new.get(keys) != value]
    plain = len(changed) == 1 and list(old) == list(new) and old[changed[0]] == text and new[changed[0]] == ""
    return changed[0] if plain else None
