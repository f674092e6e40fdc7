"""Credentials that nobody uses, drawn anew each time and never near the border of what a scan takes for one."""

from __future__ import annotations

import secrets

_LETTERS = "BCDFGHJKLMNPQRSTVWXZbcdfghjkmnpqrstvwxz"  # no vowels, so no words
_DIGITS = "23456789"


def made_up_credential(length: int = 16) -> str:
    """Return letters with digits among them, no character twice: a value of random hex may be too plain to count."""
    chance = secrets.SystemRandom()
    letters, digits = chance.sample(_LETTERS, length - 4), chance.sample(_DIGITS, 4)
    inner = letters[1:] + digits
    chance.shuffle(inner)
    return letters[0] + "".join(inner)
