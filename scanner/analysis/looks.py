"""Whether a text looks like a credential, where neither a name nor a call says so."""

from __future__ import annotations

import re

from scanner.detectors.entropy import weigh
from scanner.model import Confidence
from scanner.rulebook.model import ValueKind

_ADDRESS = re.compile(r"\s|://|^/|^\{|\w\.\w+\.\w")
"""What looks drawn, and is the name of a machine or file, a sentence or a document."""


def looks_drawn(text: str) -> bool:
    """Tell whether a text may be one that somebody made up or drew."""
    kinds = (ValueKind.PASSWORD, ValueKind.TOKEN)
    return " " not in text and any(weigh(text, kind) is not Confidence.LOW for kind in kinds)


def surely_drawn(text: str) -> bool:
    """Tell whether a text is drawn at random beyond doubt."""
    kinds = (ValueKind.PASSWORD, ValueKind.TOKEN)
    return not _ADDRESS.search(text) and any(weigh(text, kind) is Confidence.HIGH for kind in kinds)
