"""How much a value looks drawn at random, and how sure that makes us that a name rule is right about it."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter

from scanner.model import Confidence
from scanner.rulebook.model import ValueKind

_CLASSES = tuple(re.compile(pattern) for pattern in (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^A-Za-z0-9_\-. ]"))
_HUMPS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_LETTERS = re.compile(r"[A-Za-z]+(?:[_\-. /:]+[A-Za-z]+)*[_\-. /:]?")
_HEX = re.compile(r"[0-9a-f]+|[0-9A-F]+")
_NUMBERED_WORD = re.compile(r"[A-Za-z]+[_\-]?[0-9]{1,2}")
_WEAK_PASSWORD = 6
_LETTERS_PER_WORD = 3
_STRONG_PASSWORD = 10
_SHORT_TOKEN = 10
_LONG_TOKEN = 20


def shannon(data: bytes | str) -> float:
    """Return the Shannon entropy of `data` in bits for each symbol; 0.0 for nothing."""
    total = len(data)
    return -sum(n / total * math.log2(n / total) for n in Counter(data).values()) if total else 0.0


def classes(value: str) -> int:
    """Return how many of lower case, upper case, digits and symbols stand in `value`."""
    return sum(1 for pattern in _CLASSES if pattern.search(value))


def is_words(value: str) -> bool:
    """Tell whether `value` is made of plain words in some common case: `refreshToken`, `log-in`, `ADMIN_USER`.

    Drawn letters change their case every other letter; words do so every few.
    """
    if not value.isascii():
        # A word of another language is one without its accents, too.
        value = "".join(one for one in unicodedata.normalize("NFKD", value) if not unicodedata.combining(one))
    if _LETTERS.fullmatch(value) is None:
        return False
    humps = _HUMPS.findall(value)
    return sum(map(len, humps)) >= _LETTERS_PER_WORD * len(humps)


def weigh(value: str, kind: ValueKind) -> Confidence:
    """Return how sure we are that `value`, bound to a credential's name, is a credential."""
    return _weigh_password(value) if kind is ValueKind.PASSWORD else _weigh_token(value)


def raised(confidence: Confidence) -> Confidence:
    """Return the next higher confidence."""
    return Confidence.MEDIUM if confidence is Confidence.LOW else Confidence.HIGH


def _weigh_password(value: str) -> Confidence:
    # People's passwords are short and made of words, so the mix of symbols says more than entropy.
    if is_words(value) or len(value) < _WEAK_PASSWORD or value.isdigit():
        return Confidence.LOW
    if classes(value) >= 3 and len(value) >= _STRONG_PASSWORD and shannon(value) >= 3.0:
        return Confidence.HIGH
    return Confidence.MEDIUM if classes(value) >= 2 else Confidence.LOW


def _weigh_token(value: str) -> Confidence:
    if is_words(value) or _NUMBERED_WORD.fullmatch(value) or value.isdigit() or len(value) < _SHORT_TOKEN:
        return Confidence.LOW
    entropy = shannon(value)
    if len(value) >= _LONG_TOKEN and entropy >= _random_floor(value) and re.search(r"[0-9]", value):
        return Confidence.HIGH
    mixed = classes(value) >= 3 or _HEX.fullmatch(value) is not None or len(value) >= _LONG_TOKEN
    return Confidence.MEDIUM if mixed and entropy >= 3.0 else Confidence.LOW


def _random_floor(value: str) -> float:
    # Sixteen symbols carry at most four bits each; random hex of 32 digits lies near 3.6.
    return 3.2 if _HEX.fullmatch(value) else 3.7
