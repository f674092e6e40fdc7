"""Turns a parsed request body into typed parameters by the published model, checking every constraint on the way.

Wording follows AWS ("1 validation error detected: Value ... at 'secretId' failed to satisfy constraint: ...").
A value is never echoed where the model marks the member sensitive. Members the model does not have are passed over,
as AWS does (recorded there, and the rule of its JSON protocols).
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from vault.domain.errors import ValidationFailed

_MAX_ECHO = 512
_MAX_DEPTH = 64
_TOLD_OTHERWISE = ("pathType",)
"""Shapes for whose pattern the service has a sentence of its own."""
_CLASSES = {
    r"\p{L}": r"\w",
    r"\p{N}": r"\w",
    r"\p{Z}": r"\x20\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000",
}
"""Classes of characters that patterns of the models name as Java does; Python's `\\w` is letters, numbers and `_`."""


class WrongType(Exception):
    """A member has a JSON type that the model does not allow; the message names the member, never the value."""


class _Problems(list[str]):
    """Broken constraints in AWS's words; `echoing` tells that the values that break them are shown."""

    def __init__(self, *, echoing: bool) -> None:
        super().__init__()
        self.echoing = echoing


def decode(shape: Any, content: Any, *, echoing: bool = True) -> dict[str, Any]:
    """Return typed parameters for the input `shape` (botocore structure) from parsed JSON.

    Blobs become bytes, timestamps aware datetimes; nulls are dropped. Raises `ValidationFailed` with all broken
    constraints, or `WrongType`. `echoing`: errors show what was sent; IAM's do not.
    """
    if not isinstance(content, dict):
        raise WrongType("the request body must be an object")
    if shape is None:
        return {}
    problems = _Problems(echoing=echoing)
    typed: dict[str, Any] = _structure(shape, content, "", problems)
    if problems:
        count = len(problems)
        noun = "error" if count == 1 else "errors"
        raise ValidationFailed(f"{count} validation {noun} detected: {'; '.join(problems)}")
    return typed


def _structure(shape: Any, content: Any, path: str, problems: _Problems) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise WrongType(f"{path or 'body'} must be an object")
    if path.count(".") > _MAX_DEPTH:
        raise WrongType(f"{path} is nested too deeply")
    present = {name: value for name, value in content.items() if value is not None}
    for name in shape.required_members:
        if name not in present:
            null = "null " if problems.echoing else ""
            problems.append(_problem(null, _at(path, name), "Member must not be null"))
    return {
        name: _value(member, present[name], _at(path, name), problems)
        for name, member in shape.members.items()
        if name in present
    }


def _at(path: str, name: str) -> str:
    lowered = name[0].lower() + name[1:]
    return f"{path}.{lowered}" if path else lowered


def _value(shape: Any, content: Any, path: str, problems: _Problems) -> Any:
    typed = _TYPES[shape.type_name](shape, content, path, problems)
    for constraint in _broken(shape, typed):
        problems.append(_problem(_echoed(shape, typed, problems), path, constraint))
    return typed


def _echoed(shape: Any, value: Any, problems: _Problems) -> str:
    return f"'{_echo(value)}' " if problems.echoing and not shape.metadata.get("sensitive") else ""


def _shown(name: str) -> str:
    """Return a key of a map as it can be answered and recorded, whatever JSON escapes it was written with."""
    return name[:64].encode("utf-8", "backslashreplace").decode("utf-8")


def _echo(value: Any) -> str:
    text = f"[{', '.join(map(str, value))}]" if isinstance(value, list) else str(value)
    return text[:_MAX_ECHO]


def _problem(value: str, path: str, constraint: str) -> str:
    return f"Value {value}at '{path}' failed to satisfy constraint: {constraint}"


def _broken(shape: Any, value: Any) -> Iterator[str]:
    """Yield the constraints of the model that `value` breaks."""
    return (constraint for constraint, holds in _constraints(shape) if not holds(value))


@lru_cache(maxsize=4096)
def _constraints(shape: Any) -> tuple[tuple[str, Callable[[Any], bool]], ...]:
    """Return the constraints of the model with their tests, in AWS's order; a model's shapes stay the same objects."""
    return tuple(_stated(shape))


def _stated(shape: Any) -> Iterator[tuple[str, Callable[[Any], bool]]]:
    facts = shape.metadata
    measure, what = (len, "length") if shape.type_name in ("string", "blob", "list", "map") else (int, "value")
    if "max" in facts:
        yield f"Member must have {what} less than or equal to {facts['max']}", lambda v: measure(v) <= facts["max"]
    if "min" in facts:
        yield f"Member must have {what} greater than or equal to {facts['min']}", lambda v: measure(v) >= facts["min"]
    if "enum" in facts:
        yield f"Member must satisfy enum value set: [{', '.join(facts['enum'])}]", lambda v: v in facts["enum"]
    if "pattern" in facts and shape.name not in _TOLD_OTHERWISE:
        yield (
            f"Member must satisfy regular expression pattern: {facts['pattern']}",
            lambda v: _pattern(facts["pattern"]).fullmatch(v) is not None,
        )


@lru_cache(maxsize=128)
def _pattern(text: str) -> re.Pattern[str]:
    for java, python in _CLASSES.items():
        text = text.replace(java, python)
    return re.compile(text, re.DOTALL)


def _string(shape: Any, content: Any, path: str, problems: _Problems) -> str:
    if not isinstance(content, str):
        raise WrongType(f"{path} must be a string")
    try:
        content.encode("utf-8")
    except UnicodeEncodeError:
        raise WrongType(f"{path} is not valid Unicode") from None
    return content


def _blob(shape: Any, content: Any, path: str, problems: _Problems) -> bytes:
    if not isinstance(content, str):
        raise WrongType(f"{path} must be base64 text")
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise WrongType(f"{path} is not valid base64") from None


def _boolean(shape: Any, content: Any, path: str, problems: _Problems) -> bool:
    if not isinstance(content, bool):
        raise WrongType(f"{path} must be true or false")
    return content


def _integer(shape: Any, content: Any, path: str, problems: _Problems) -> int:
    if isinstance(content, bool) or not isinstance(content, int):
        raise WrongType(f"{path} must be a whole number")
    return content


def _number(shape: Any, content: Any, path: str, problems: _Problems) -> float:
    if isinstance(content, bool) or not isinstance(content, int | float) or not math.isfinite(content):
        raise WrongType(f"{path} must be a number")
    return float(content)


def _timestamp(shape: Any, content: Any, path: str, problems: _Problems) -> datetime:
    if isinstance(content, datetime):
        # Where the protocol has times of its own, they were read with the body.
        return content
    if isinstance(content, bool) or not isinstance(content, int | float):
        raise WrongType(f"{path} must be epoch seconds")
    try:
        return datetime.fromtimestamp(content, UTC)
    except (OverflowError, OSError, ValueError):
        raise WrongType(f"{path} is out of range") from None


def _list(shape: Any, content: Any, path: str, problems: _Problems) -> list[Any]:
    if not isinstance(content, list):
        raise WrongType(f"{path} must be a list")
    if shape.member.type_name == "structure":
        return [
            _value(shape.member, each, f"{path}.{number}.member", problems) for number, each in enumerate(content, 1)
        ]
    typed = [_TYPES[shape.member.type_name](shape.member, each, path, problems) for each in content]
    if any(True for each in typed for _ in _broken(shape.member, each)):
        # AWS names no single member here: it shows the list, and every constraint that holds for its members.
        every = ", ".join(constraint for constraint, _ in _constraints(shape.member))
        problems.append(
            _problem(_echoed(shape.member, typed, problems), path, f"Member must satisfy constraint: [{every}]")
        )
    return typed


def _map(shape: Any, content: Any, path: str, problems: _Problems) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise WrongType(f"{path} must be an object")
    return {key: _value(shape.value, value, f"{path}.{_shown(key)}", problems) for key, value in content.items()}


_TYPES: dict[str, Callable[[Any, Any, str, _Problems], Any]] = {
    "structure": _structure,
    "string": _string,
    "blob": _blob,
    "boolean": _boolean,
    "integer": _integer,
    "long": _integer,
    "float": _number,
    "double": _number,
    "timestamp": _timestamp,
    "list": _list,
    "map": _map,
}
