"""What has to stand in a test, or in a generated file, for a program there to hold a finding at all.

There a name or a call is believed where the value looks drawn for a token, and shapes are (`filters/paths.py`): a test
that makes up a hundred passwords need not be parsed. What several literals or escapes make up is looked at as well.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache

from scanner.classifier.features import looks_drawn
from scanner.globs import Globs
from scanner.kept import load_yaml
from scanner.prefilter.found import Finder
from scanner.rulebook.model import RuleBook

_WORD = re.compile(rb"[^\s\"'`,=(){}\[\]<>/.:%$\\]{12,200}")
"""What may look drawn: none of the signs in it that `looks_drawn` takes for code's."""
_DIGIT = re.compile(rb"[0-9]")
_BETWEEN = re.compile(rb"[\"'`][\s\\]*(?:[+.][\s\\]*)?[rbufRBUF]{0,2}[\"'`]")
"""What stands between two literals that are one text."""
_ESCAPED = re.compile(rb"\\(?:x[2-7][0-9a-fA-F]|u\{?00[2-7]|N\{|U000000[2-7]|1[0-7]{2}|0[4-7][0-7])")
"""A letter, digit or sign that is written by its number."""


def weak(path: str) -> bool:
    """Tell whether a name alone tells little in the file at `path`."""
    return _weak().fit("/" + path.lower())


@lru_cache(maxsize=1)
def _weak() -> Globs:
    folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - on the way
    table: dict[str, list[str]] = load_yaml(os.path.join(folder, "filters", "paths.yaml"))  # noqa: PTH118
    return Globs([*table["generated"], *table["test"]])


def may_bear(data: bytes, book: RuleBook, finder: Finder) -> bool:
    """Tell whether something in a weak file looks drawn, or becomes a shape of `book` when it is joined."""
    if _ESCAPED.search(data) or _any_drawn(data):
        return True
    joined = _BETWEEN.sub(b"", data)
    return joined != data and (_any_drawn(joined) or any(_counts(book, one) for one in finder.found(joined).rules()))


def _counts(book: RuleBook, target: str) -> bool:
    """Tell whether the shape of a rule (`rule:ID`) is believed in a test: those of keys and addresses are not."""
    return book.by_id[target.partition(":")[2]].in_tests is None


def _any_drawn(data: bytes) -> bool:
    words = {word for word in _WORD.findall(data) if _DIGIT.search(word)}
    return any(looks_drawn(word.decode("utf-8", "replace")) for word in words)
