"""Path patterns of CODEOWNERS: `*`, `?` and `**` over the parts of a path, in time that no pattern can blow up."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache

_ANY = "**"
_LONGEST = 4096
"""Characters of a pattern: no path that git keeps on Linux is longer."""
_SPECIAL = frozenset("*?[\\")
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True, kw_only=True)
class PathPattern:
    """A pattern by its parts; one that is a `tree` fits also all that lies below what it fits."""

    parts: tuple[str, ...]
    tree: bool

    def fits(self, path: tuple[str, ...], steps: list[int]) -> bool:
        """Tell whether the path of these parts is meant.

        `steps` holds how many comparisons may still be made, and is brought up to date; with none left nothing fits.
        A part that did not fit sends back to the last `**` alone: what an earlier one took was the least already.
        """
        here = there = 0
        again: tuple[int, int] | None = None
        while steps[0] > 0:
            steps[0] -= 1
            if there == len(self.parts) and (self.tree or here == len(path)):
                return True
            if there < len(self.parts) and self.parts[there] == _ANY:
                again = (here, there + 1)
                there += 1
            elif here < len(path) and there < len(self.parts) and _same(self.parts[there], path[here]):
                here, there = here + 1, there + 1
            elif again is not None and again[0] < len(path):
                here, there = again[0] + 1, again[1]
                again = (here, there)
            else:
                return False
        return False


def path_pattern(text: str, *, anywhere: bool, tree: bool) -> PathPattern | None:
    """Return the pattern that `text` is, None where it means no path.

    With `anywhere` it counts in every folder; as a `tree` what it fits may be a folder, unless `/*` ends it.
    """
    parts = [part for part in text.split("/") if part]
    if not parts or len(text) > _LONGEST:
        return None
    if anywhere:
        parts.insert(0, _ANY)
    if parts[-1] == _ANY:
        # What lies below a folder, and not a file of its name.
        parts.append("*")
    if text.endswith("/"):
        # A folder alone: something lies below it.
        parts += [_ANY, "*"]
    once = [part for number, part in enumerate(parts) if part != _ANY or number == 0 or parts[number - 1] != _ANY]
    return PathPattern(parts=tuple(once), tree=tree and not text.endswith(("/", "/*")))


def _same(part: str, text: str) -> bool:
    return part == text if _SPECIAL.isdisjoint(part) else _glob(part).match(text) is not None


@lru_cache(maxsize=4096)
def _glob(part: str) -> re.Pattern[str]:
    """Return the expression of one part; those of Python's globs never go back over what a `*` took."""
    return re.compile(translate(_ESCAPED.sub(_literal, part)))


def _literal(found: re.Match[str]) -> str:
    return f"[{found[1]}]" if found[1] in _SPECIAL else found[1]
