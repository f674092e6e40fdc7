"""What is remembered between transactions of rows that rarely change: it stands while the store's generation does."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")

_MOST = 4096


class Remembered(Generic[Value]):
    """Values by key. The generation is read in the transaction that asks, so no answer rests on what was changed."""

    def __init__(self) -> None:
        self._generation: bytes | None = None
        self._values: dict[Hashable, Value] = {}

    def get(self, generation: bytes, key: Hashable, make: Callable[[], Value | None]) -> Value | None:
        """Return the value of `key`, made by `make` where none is remembered of this generation; None is not kept."""
        if generation != self._generation or len(self._values) >= _MOST:
            self._values.clear()
            self._generation = generation
        found = self._values.get(key)
        if found is None and (found := make()) is not None:
            self._values[key] = found
        return found
