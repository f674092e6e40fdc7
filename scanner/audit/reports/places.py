"""Counts findings by place, exactly and in bounded memory: where there are too many places, folders stand for them."""

from __future__ import annotations

from collections import Counter

_MOST = 4000


class Places:
    """Numbers of findings and of open ones, by path; once there are too many, by folders, the deepest first."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._depth: int | None = None
        self._numbers: Counter[str] = Counter()
        self._open: Counter[str] = Counter()

    def add(self, path: str, *, is_open: bool) -> None:
        """Count a finding at `path`."""
        name = self._folded(path)
        self._numbers[name] += 1
        self._open[name] += is_open
        while len(self._numbers) > self._most and self._fold():
            pass

    def largest(self, most: int) -> list[tuple[str, int, int]]:
        """Return the `most` places with the most findings: name, findings, open ones; a folder ends in `/`."""
        ordered = sorted(self._numbers.items(), key=lambda each: (-each[1], each[0]))
        return [(name, number, self._open[name]) for name, number in ordered[:most]]

    def __len__(self) -> int:
        return len(self._numbers)

    def _folded(self, path: str) -> str:
        parts = path.split("/")
        if self._depth is None or len(parts) <= self._depth:
            return path
        return "/".join(parts[: self._depth]) + "/"

    def _fold(self) -> bool:
        deepest = max(len(name.rstrip("/").split("/")) for name in self._numbers)
        self._depth = deepest - 1 if self._depth is None else self._depth - 1
        numbers, still_open = self._numbers, self._open
        self._numbers, self._open = Counter(), Counter()
        for name, number in numbers.items():
            self._numbers[self._folded(name)] += number
            self._open[self._folded(name)] += still_open[name]
        return self._depth > 0
