"""Names of files for repositories: safe on every system, each its own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 100
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
"""What Windows takes for a device."""


def file_names(names: Sequence[str], ending: str) -> dict[str, str]:
    """Return a file name for each of `names`: its letters, digits, dots and dashes, and `ending`.

    Where two would be one, also but for capitals, each has a digest of its repository's name at its end, so that it
    does not depend on the others' order.
    """
    plain = {name: _plain(name) for name in names}
    often = Counter(each.casefold() for each in plain.values())
    return {
        name: f"{each}-{_digest(name)}{ending}"
        if often[each.casefold()] > 1 or not _whole(name, each)
        else each + ending
        for name, each in plain.items()
    }


def _plain(name: str) -> str:
    return _UNSAFE.sub("-", name)[:_LONGEST].strip(".-") or "repository"


def _whole(name: str, plain: str) -> bool:
    """Tell whether `plain` still says which repository it is: all that went are separators."""
    return _UNSAFE.sub("-", name).strip(".-") == plain and not _RESERVED.fullmatch(plain)


def _digest(name: str) -> str:
    return sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
