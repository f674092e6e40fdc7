"""How much a text that is given to a call, or compared, looks like a credential."""

from __future__ import annotations

import re

from scanner.detectors.entropy import is_numbered_words, weigh
from scanner.model import Confidence
from scanner.rulebook.model import ValueKind

_ADDRESS = re.compile(r"\s|://|^/|^\{|\w\.\w+\.\w")
"""What looks drawn, and is the name of a machine or file, a sentence or a document."""
_PIN = re.compile(r"\d{6,12}")
"""A credential of digits only: of people, and of doors and machines."""


def looks_drawn(text: str) -> bool:
    """Tell whether a text may be drawn at random, or chosen as a password."""
    kinds = (ValueKind.PASSWORD, ValueKind.TOKEN)
    return " " not in text and any(weigh(text, kind) is not Confidence.LOW for kind in kinds)


def surely_drawn(text: str) -> bool:
    """Tell whether a text is drawn at random, and no address, document or words with a number among them."""
    kinds = (ValueKind.PASSWORD, ValueKind.TOKEN)
    high = any(weigh(text, kind) is Confidence.HIGH for kind in kinds)
    return high and not _ADDRESS.search(text) and not is_numbered_words(text)


def is_pin(text: str) -> bool:
    """Tell whether a text is a number of as many digits as people choose for a password."""
    return _PIN.fullmatch(text) is not None
