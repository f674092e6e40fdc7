"""The prefilter's data as it is kept on disk: what is looked for, the keywords, and the automaton compiled from it.

A document is plain data, so that a hook reads it in milliseconds. It is made by `build.py`: for our own rules when
the package is built, for others by the first scan that is no hook. It is known by the files it was made from, and
used only where these stand unchanged.
"""

from __future__ import annotations

import os

from scanner import kept

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    Document = dict[str, Any]

FORM = 4
"""Raised when the document's form changes, so that an older one is not read."""
BESIDE = "engine.bin"
"""Name of the document that the package's build leaves among our own rules."""


def load(paths: Sequence[str]) -> Document | None:
    """Return the document made from the rule files under `paths` as they stand now, or None where there is none."""
    stamps = kept.stamps_of(paths)
    for place in (os.path.join(paths[0], BESIDE), kept_at(paths)):
        document = kept.read(place)
        if isinstance(document, dict) and document.get("form") == FORM and document["stamps"] == stamps:
            return document
    return None


def kept_at(paths: Sequence[str]) -> str:
    """Return where the user's cache keeps the document for `paths`."""
    return kept.place_for("engine", paths)
