"""The alarms that stores are offered ready made, read from the file beside this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("builtin.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltIn:
    """An alarm: it goes off at `threshold` events that `pattern` matches within `period` seconds."""

    name: str
    about: str
    pattern: str
    threshold: float
    period: int
    counts: tuple[Mapping[str, Any], ...] = field(repr=False)
    """Parts of events that it counts, and in `ignores` that it does not: a test holds both."""
    ignores: tuple[Mapping[str, Any], ...] = field(repr=False)


@lru_cache(maxsize=1)
def built_in() -> Mapping[str, BuiltIn]:
    """Return them by name, in the order of the file."""
    import yaml

    listed = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {
        each["name"]: BuiltIn(**{**each, "counts": tuple(each["counts"]), "ignores": tuple(each["ignores"])})
        for each in listed
    }
