"""The text of an `authorized_keys` file: a key put beside another one with the same options, and keys taken out.

Source: sshd(8), "AUTHORIZED_KEYS FILE FORMAT".
"""

from __future__ import annotations

from dataclasses import dataclass, replace

_SIGN = "strongroom:"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizedKeys:
    """A file's text. Keys are named by kind and data; `mark` tells the lines that are written for one secret."""

    text: str
    mark: str

    def replaced(self, old: list[str], current: str, new: str) -> AuthorizedKeys:
        """Return the file with `new` beside `current`, without `old` and without other keys of this mark."""
        kept = [line for line in self._lines() if not self._goes(line, old, (current, new))]
        if not any(_holds(line, new) for line in kept):
            kept.append(f"{self._options_of(current)}{new} {_SIGN}{self.mark}")
        return self._with(kept)

    def without(self, key: str) -> AuthorizedKeys:
        """Return the file without a key."""
        return self._with([line for line in self._lines() if not _holds(line, key)])

    def _goes(self, line: str, old: list[str], kept: tuple[str, str]) -> bool:
        if any(_holds(line, key) for key in kept):
            return False
        return any(_holds(line, key) for key in old) or line.endswith(f" {_SIGN}{self.mark}")

    def _options_of(self, key: str) -> str:
        """Return what stands before a key: what it may be used for holds for its successor too."""
        line = next((line for line in self._lines() if _holds(line, key)), key)
        return line[: line.index(key)]

    def _lines(self) -> list[str]:
        return self.text.splitlines()

    def _with(self, lines: list[str]) -> AuthorizedKeys:
        return replace(self, text="".join(f"{line}\n" for line in lines))


def _holds(line: str, key: str) -> bool:
    if line.lstrip().startswith("#"):
        return False
    before, found, after = line.partition(key)
    return bool(found) and (not before or before[-1] in " \t") and (not after or after[0] in " \t")
