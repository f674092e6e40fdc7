"""Doubts what a text says to be an example of how something is called: `for instance --password Correct-Horse-9`."""

from __future__ import annotations

import re

from scanner.filters.base import Subject, Verdict
from scanner.model import Confidence

_SAYING = re.compile(
    r"\b(?:for (?:instance|example)|e\. ?g\.|such as|examples?:|usage:|zum beispiel|z\. ?b\.|par exemple|por ejemplo)"
    r"[^\"'`]{0,80}[\"'`]?$",
    re.IGNORECASE,
)
"""Words before an example, in the same sentence: a literal that begins behind them is one, too."""
_LOOK_BACK = 160
_DOCUMENTING = re.compile(r"\s*(?:/\*\*|\*(?![/*=])|///)\s")
"""How a line begins that documents a program: it shows calls, mostly with words for credentials in them."""


def example(subject: Subject) -> Verdict | None:
    """Return why a value is no more than an example; None where nothing on its line says so."""
    if subject.known_shape or subject.used:
        return None
    before = subject.before(_LOOK_BACK)
    if _SAYING.search(before) is None and _DOCUMENTING.match(before) is None:
        return None
    return Verdict(reason="given as an example", ceiling=Confidence.LOW, yields=True)
