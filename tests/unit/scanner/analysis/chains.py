"""Programs made of a chain of steps: a literal, what its value goes through, and the call at the end.

A language's file says how each is written. `@V` stands for the value so far, `@N` for a number of the step's own, `@F`
for the name of the file; a step that is `moved` ends a file, and what it gives is read in the next one.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).with_name("chains")


class Language:
    """How one language writes chains."""

    def __init__(self, name: str) -> None:
        self._table: dict[str, Any] = yaml.safe_load((_FOLDER / f"{name}.yaml").read_text())
        self.literals: list[str] = list(self._table["literals"])
        self.steps: list[str] = list(self._table["steps"])
        self.ends: list[str] = list(self._table["ends"])
        self.quiet: list[str] = list(self._table["quiet"])
        """Ends at which a value is no credential."""

    def program(self, secret: str, literal: str, steps: Sequence[str], end: str) -> dict[str, str]:
        """Return the files, by their paths, of a program in which `secret` goes the way of `steps`."""
        files: dict[str, str] = {}
        value, lines, imports = _written(self._table["literals"][literal], secret), "", ""
        for number, name in enumerate(steps, start=1):
            step = self._table["steps"][name]
            named = {"@N": str(number), "@F": f"{self._file(number)}", "@V": value}
            lines += _filled(step["lines"], named) + "\n"
            if step.get("moved"):
                files |= self._whole(number, imports, lines)
                imports, lines = _filled(step["imports"], named), ""
            value = _filled(step["gives"], named)
        last = (self._table["ends"] | self._table["quiet"])[end]
        return files | self._whole(0, imports, lines + _filled(last, {"@V": value}) + "\n")

    def _file(self, number: int) -> str:
        return str(self._table.get("named", "part@N")).replace("@N", str(number or ""))

    def _whole(self, number: int, imports: str, lines: str) -> dict[str, str]:
        named = {"@F": self._file(number), "@IMPORTS": imports}
        text = _filled(self._table["text"], named)
        return {_filled(self._table["file"], named): text.replace("@LINES\n", lines)}


def _filled(pattern: str, given: dict[str, str]) -> str:
    for mark, text in given.items():
        pattern = pattern.replace(mark, text)
    return pattern


def _written(pattern: str, secret: str) -> str:
    middle = len(secret) // 2
    given = {
        "@PW": secret,
        "@P1": secret[:middle],
        "@P2": secret[middle:],
        "@REVERSED": secret[::-1],
        "@B64": base64.b64encode(secret.encode()).decode(),
        "@HEX": secret.encode().hex(),
    }
    return _filled(pattern, given)
