"""Reads `engines.yaml`: what is known of each kind of server with users."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).with_name("engines.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """A kind of server: what its secrets say, and what its users and passwords may be."""

    name: str
    title: str
    layouts: tuple[str, ...]
    port: int
    user: str
    name_most: int
    name_unit: str
    password_length: int
    excluded: str


@lru_cache(maxsize=1)
def engines() -> dict[str, Engine]:
    """Return the kinds of servers by name."""
    return {name: _engine(name, entry) for name, entry in _table()["engines"].items()}


def engine_of_layout(layout: str) -> Engine | None:
    """Return which kind of server an `engine` of a secret means; None where nothing here rotates it."""
    return next((engine for engine in engines().values() if layout in engine.layouts), None)


def without_rotator() -> tuple[str, ...]:
    """Return the layouts of AWS's that are stored, and that nothing here rotates."""
    return tuple(_table()["without"])


def no_rotator(layout: object) -> str:
    """Return what is said of a secret whose `engine` is one of those; empty for any other, which is not quoted."""
    return f"no rotator for engine {layout}" if layout in without_rotator() else ""


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    table: dict[str, Any] = yaml.safe_load(_FILE.read_text())
    return table


def _engine(name: str, entry: dict[str, Any]) -> Engine:
    return Engine(
        name=name,
        title=entry["title"],
        layouts=tuple(entry["layouts"]),
        port=entry["port"],
        user=entry.get("user", ""),
        name_most=entry["name"]["most"],
        name_unit=entry["name"]["unit"],
        password_length=entry["password"]["length"],
        excluded=entry["password"]["exclude"],
    )
