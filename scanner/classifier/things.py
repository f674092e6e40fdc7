"""Tells names of things in programs (scopes of a grammar, classes, generated identifiers) from drawn values.

No value that a machine draws is made of words, nor one that people choose written as these are; what the classifier
doubts is not believed for its length and its mix of characters where it is such a name.
"""

from __future__ import annotations

import re

from scanner.classifier.features import WORDS_FROM, word_like
from scanner.detectors.entropy import is_words

_SCOPE = re.compile(r"[a-z]+(?:[.-](?:[a-z]+[0-9]{0,2}|[0-9]{1,3}[a-z]?)){2,}")
_STEPS = 2
"""Dots that a scope has at least: `comment.block.actionscript.2`."""
_NAMESPACED = re.compile(r"\\{0,2}[A-Z]\w*(?:\\{1,2}[A-Z]\w*)+(?:(?:@|::)[A-Za-z]\w*)?")
"""A class of PHP behind its namespace: `Auth\\PasswordController@reset`."""
_GENERATED = re.compile(
    r"(?=__.{22}|.{48})(?=(?:.*_)?[A-Za-z0-9]*[a-z][A-Z]|.*[a-z][0-9]_)_{0,2}[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+){2,}"
)
"""Names of several things put together, in several ways of writing: `__ShopSchema_xsd_website_password`."""
_NAMING = re.compile(r"(?:password|passwd|secret|token|key|credentials?|auth)$")
_DIGITS = re.compile(r"[0-9]{1,2}")
_BETWEEN = re.compile(r"\\+|@|::")


def names_a_thing(value: str) -> bool:
    """Tell whether `value` is written as programs name what they are made of, out of words."""
    if _SCOPE.fullmatch(value):
        return value.count(".") >= _STEPS and word_like(value) >= WORDS_FROM
    if _NAMESPACED.fullmatch(value):
        return all(is_words(part) for part in _BETWEEN.split(_DIGITS.sub("", value)) if part)
    return _GENERATED.fullmatch(value) is not None and _NAMING.search(value.lower()) is not None
