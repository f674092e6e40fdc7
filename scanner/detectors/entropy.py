"""How much a value looks drawn at random, and how sure that makes us that a name rule is right about it."""

from __future__ import annotations

import math
import operator
import re
import unicodedata
from collections import Counter
from itertools import pairwise

from scanner.model import Confidence
from scanner.rulebook.model import ValueKind

_CLASSES = tuple(re.compile(pattern) for pattern in (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^A-Za-z0-9_\-. ]"))
_HUMPS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_LETTERS = re.compile(r"[A-Za-z]+(?:[_\-. /:]+[A-Za-z]+)*[_\-. /:]?")
_HEX = re.compile(r"[0-9a-f]+|[0-9A-F]+")
_NUMBERED_WORD = re.compile(r"[A-Za-z]+[_\-]?[0-9]{1,2}")
_NUMBERED_WORDS = re.compile(r"(?:[A-Z]?[a-z]{2,}|v?[0-9]{1,4})(?:[-_. ](?:[A-Z]?[a-z]{2,}|v?[0-9]{1,4}))+")
_WEAK_PASSWORD = 6
_LETTERS_PER_WORD = 3
_ALL_KINDS = 3
"""Kinds of letters and digits: of lower case, of upper case, digits."""
_NO_WORDS, _FEW_WORDS = -0.3, 0.8
"""The commonness of letter pairs below which letters make no words, and below which they make some by chance."""
_ONE_CASE = 16
"""Letters from which on they tell something in one case."""
_CAPITALISED, _NONE_OF_THEM = re.compile(r"[a-z]*(?:[A-Z][a-z]+)+"), -1.0
"""Short words as names in code join them (`KmsKeyIdType`), and the commonness of pairs that no such name has."""
_SHORT_NUMBER, _DIGITS = 8, 5
_COUNTED = re.compile(r"^(?:19|20)[0-9]{2}|([0-9])\1\1|000?$")
"""The beginning of a date, digits that are repeated, and a round number."""
_LONG_HUMP, _WORD = 5, 0.5
"""Letters between changes of case that may be a word among others that are none, and how common words' pairs are."""
_SHORT_DRAWN = re.compile(r"[A-Za-z0-9]{12,}")
_DISTINCT = 8
"""Characters that differ in what is drawn, at least."""
_SHUFFLED = re.compile(r"(?!.*(?:[A-Z]?[a-z]{4}|[A-Z]{4}))[A-Za-z0-9]{8,11}")
"""A few letters and digits without a longer word, as a generator of short passwords draws them."""
_OF_ALL_KINDS = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])(?=.*[!#%&*+=?@^~$])[\w!#%&*+\-=?@^~,.;:$]{8,64}")
_SETTING = re.compile(r"\w=[^=]|%[A-Za-z](?:[^\w]|$)|^[#$%&@:]\w+$")
"""A setting, a pattern for a date or a reference to something, which have characters of all kinds, too."""
_SHORT_HEX, _HEX_FLOOR = 16, 2.6
"""Of sixteen digits a drawn number has seldom fewer than nine different ones."""
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
    if value.isdigit():
        return Confidence.MEDIUM if drawn_number(value) else Confidence.LOW
    if (is_words(value) and not varied(value)) or len(value) < _WEAK_PASSWORD:
        return Confidence.LOW
    if classes(value) >= 3 and len(value) >= _STRONG_PASSWORD and shannon(value) >= 3.0:
        return Confidence.HIGH
    return Confidence.MEDIUM if classes(value) >= 2 or varied(value) else Confidence.LOW


def _weigh_token(value: str) -> Confidence:
    plain = is_words(value) or _NUMBERED_WORD.fullmatch(value) is not None or is_numbered_words(value)
    if (plain and not varied(value)) or value.isdigit() or len(value) < _SHORT_TOKEN:
        return Confidence.MEDIUM if chosen(value) else Confidence.LOW
    entropy = shannon(value)
    if len(value) >= _LONG_TOKEN and entropy >= _random_floor(value) and re.search(r"[0-9]", value):
        return Confidence.HIGH
    if drawn_hex(value):
        return Confidence.MEDIUM
    mixed = classes(value) >= 3 or _HEX.fullmatch(value) is not None or len(value) >= _LONG_TOKEN or varied(value)
    return Confidence.MEDIUM if (mixed and entropy >= 3.0) or chosen(value) else Confidence.LOW


def drawn_hex(value: str) -> bool:
    """Tell whether `value` is a number of at least sixteen hexadecimal digits that looks drawn."""
    both = re.search(r"[0-9].*[A-Fa-f]|[A-Fa-f].*[0-9]", value) is not None
    return _HEX.fullmatch(value) is not None and len(value) >= _SHORT_HEX and both and shannon(value) >= _HEX_FLOOR


def is_numbered_words(value: str) -> bool:
    """Tell whether `value` is made of words and numbers with signs between them: `The-quick-brown-fox-2`."""
    if _NUMBERED_WORDS.fullmatch(value) is None:
        return False
    from scanner.classifier.features import WORDS_FROM, word_like

    return word_like(value) >= WORDS_FROM


def chosen(value: str) -> bool:
    """Tell whether `value` is of letters of both cases, digits and signs, as people and generators choose passwords."""
    return _OF_ALL_KINDS.fullmatch(value) is not None and _SETTING.search(value) is None


def varied(value: str) -> bool:
    """Tell whether a short text of letters and digits is drawn: its letters make no words, or change all the time.

    Of letters alone, sixteen of one case tell it, and twelve of both.
    """
    if _SHORT_DRAWN.fullmatch(value) is None or len(set(value)) < _DISTINCT:
        return False
    digits = re.search(r"[0-9]", value) is not None
    if not digits and classes(value) < _ALL_KINDS - 1 and len(value) < _ONE_CASE:
        return False
    # The letter pairs of words take a while to read, and few values are asked about.
    from scanner.classifier.features import WORDS_FROM, word_like

    if any(len(one) >= _LONG_HUMP and word_like(one) >= _WORD for one in _HUMPS.findall(value)):
        return False
    kinds = [(one.isdigit(), one.isupper()) for one in value]
    changing = digits and classes(value) >= _ALL_KINDS and sum(map(operator.ne, kinds, kinds[1:])) * 2 >= len(value)
    letters = _NONE_OF_THEM if _CAPITALISED.fullmatch(value) else _NO_WORDS
    return word_like(value) < (_FEW_WORDS if changing else WORDS_FROM if digits else letters)


def drawn_number(value: str) -> bool:
    """Tell whether `value` is a number that nobody counts, dates or rounds: its digits differ, and lie far apart."""
    if not (value.isascii() and value.isdigit()) or len(value) < _SHORT_NUMBER or _COUNTED.search(value):
        return False
    steps = [abs(int(one) - int(other)) for one, other in pairwise(value)]
    return len(set(value)) >= _DIGITS and sum(step <= 1 for step in steps) * 2 < len(steps)


def shuffled(value: str) -> bool:
    """Tell whether `value` is as short as a password, of all kinds of letters and digits, and drawn."""
    if _SHUFFLED.fullmatch(value) is None or classes(value) < _ALL_KINDS or len(set(value)) < _DISTINCT - 1:
        return False
    from scanner.classifier.features import WORDS_FROM, word_like

    kinds = [(one.isdigit(), one.isupper()) for one in value]
    return sum(map(operator.ne, kinds, kinds[1:])) * 2 >= len(value) and word_like(value) < WORDS_FROM


def _random_floor(value: str) -> float:
    # Sixteen symbols carry at most four bits each; random hex of 32 digits lies near 3.6.
    return 3.2 if _HEX.fullmatch(value) else 3.7
