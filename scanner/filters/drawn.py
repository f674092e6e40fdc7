"""Texts that look like code, a template or a path, and are drawn at random all the same."""

from __future__ import annotations

import re
from itertools import pairwise

from scanner.detectors.entropy import varied, weigh
from scanner.model import Confidence
from scanner.rulebook.model import ValueKind

HASH = re.compile(
    r"\$(?:2[abxy]?|1|5|6|y|argon2(?:id|i|d)|scrypt|pbkdf2[\w\-]*|apr1)\$.*|(?:pbkdf2|scrypt|argon2|bcrypt)[\w:\-]*\$.*"
    r"|\{(?:SSHA|SHA|CRYPT|MD[45]|SMD5|SHA-?\d+|bcrypt|pbkdf2|scrypt|argon2)(?:@[\w.]+)?\}.*|sha(?:1|256|384|512)[:/\-$].*|md5[:$].*",
    re.IGNORECASE,
)
_DJANGO_KEY = re.compile(r"[a-z0-9!@#$%^&*(\-_=+)]{50}")
_DRAWN_WITH_SIGNS = re.compile(r"(?!.*[A-Za-z]{9})[A-Za-z0-9!@#$%^&*(\-_=+)]{40,80}")
_VARIES, _OF_EACH_KIND = 18, 2
_BASE64 = re.compile(r"(?=.*[A-Z])(?=.*[a-z])(?=.*[0-9])[A-Za-z0-9+/]{24,}={0,2}")
_MOST_CHANGES_OF_WORDS = 0.45
"""How many letters of a path differ in kind from the one before: of those that are drawn six in ten do."""


def drawn_with_signs(value: str) -> bool:
    """Tell whether a long text is drawn at random from letters, digits and signs, as Django draws its SECRET_KEY.

    That is fifty characters of `get_random_secret_key` (django.core.management.utils), which may open what they do not
    close and so look like code.
    """
    key = value.removeprefix("django-insecure-")
    if HASH.fullmatch(key) is not None:
        return False
    if _DJANGO_KEY.fullmatch(key) is None and _DRAWN_WITH_SIGNS.fullmatch(key) is None:
        return False
    kinds = (str.isalpha, str.isdigit, lambda sign: not sign.isalnum())
    return len(set(key)) >= _VARIES and all(sum(map(kind, key)) >= _OF_EACH_KIND for kind in kinds)


def drawn_base64(value: str) -> bool:
    """Tell whether a text of Base64's letters, slashes among them, is drawn: the folders of a path are words."""
    kinds = [(one.isdigit(), one.isupper()) for one in value if one.isalnum()]
    changes = sum(one != two for one, two in pairwise(kinds))
    return _BASE64.fullmatch(value) is not None and changes >= _MOST_CHANGES_OF_WORDS * len(kinds)


def drawn_between_dots(value: str, *, used: bool) -> bool:
    """Tell whether a part of a dotted text is drawn, as no name in code is; of what is not `used`, each part."""
    parts = value.split(".")
    plain = all(part.replace("_", "").replace("-", "").isalnum() for part in parts)
    drawn = (weigh(part, ValueKind.TOKEN) is Confidence.HIGH or varied(part) for part in parts)
    return plain and (any(drawn) if used else all(drawn))
