"""Globs over paths and file names without `fnmatch`, which brings `re` and half a hook's time with it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class Globs:
    """Shell globs of which one may fit a text whole; `*` crosses slashes. Case counts."""

    __slots__ = ("_infixes", "_others", "_suffixes")

    def __init__(self, globs: Iterable[str]) -> None:
        suffixes, infixes, others = [], [], []
        for glob in globs:
            plain = glob.strip("*")
            if _special(plain) or not plain:
                others.append(glob)
            elif glob == f"*{plain}":
                suffixes.append(plain)
            elif glob == f"*{plain}*":
                infixes.append(plain)
            else:
                others.append(glob)
        self._suffixes = tuple(suffixes)
        self._infixes = tuple(infixes)
        self._others = tuple(others)

    def fit(self, text: str) -> bool:
        """Tell whether one of the globs fits `text`."""
        if text.endswith(self._suffixes):
            return True
        return any(part in text for part in self._infixes) or any(_fits(glob, text) for glob in self._others)


def _special(text: str) -> bool:
    return "*" in text or "?" in text or "[" in text


def _fits(glob: str, text: str) -> bool:
    if "?" in glob or "[" in glob:
        from fnmatch import fnmatchcase

        return fnmatchcase(text, glob)
    first, *rest = glob.split("*")
    if not rest:
        return text == glob
    *middle, last = rest
    if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
        return False
    place, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return True
