"""Random passwords after the rules of GetRandomPassword (AWS API page of that name)."""

from __future__ import annotations

import random
import string
from dataclasses import dataclass

from strongroom.kernel.secretvalue import SecretValue
from vault.domain.errors import InvalidParameter

DEFAULT_LENGTH = 32
MAX_LENGTH = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordRules:
    """What a password may and must hold; the defaults are AWS's."""

    length: int = DEFAULT_LENGTH
    exclude_characters: str = ""
    exclude_lowercase: bool = False
    exclude_uppercase: bool = False
    exclude_numbers: bool = False
    exclude_punctuation: bool = False
    include_space: bool = False
    require_each_included_type: bool = True

    @property
    def alphabets(self) -> list[str]:
        """Return the characters of each included type that exclusion has left; the space comes last."""
        types = (
            ("" if self.exclude_lowercase else string.ascii_lowercase),
            ("" if self.exclude_uppercase else string.ascii_uppercase),
            ("" if self.exclude_numbers else string.digits),
            ("" if self.exclude_punctuation else string.punctuation),
            (" " if self.include_space else ""),
        )
        left = ("".join(each for each in kind if each not in self.exclude_characters) for kind in types)
        return [kind for kind in left if kind]


def generate_password(rules: PasswordRules, source: random.Random) -> SecretValue:
    """Return a password drawn from `source`, which must be a cryptographic one.

    Raises `InvalidParameter` when nothing is left to draw from, or the length is out of bounds or too short to hold
    each included type.
    """
    if not 1 <= rules.length <= MAX_LENGTH:
        raise InvalidParameter(f"PasswordLength must be between 1 and {MAX_LENGTH}.")
    alphabets = rules.alphabets
    if not alphabets:
        raise InvalidParameter("The request excludes every character, so no password can be generated.")
    required = _required(rules, alphabets)
    pool = "".join(alphabets)
    drawn = [source.choice(kind) for kind in required]
    drawn += source.choices(pool, k=rules.length - len(drawn))
    source.shuffle(drawn)
    return SecretValue("".join(drawn))


def _required(rules: PasswordRules, alphabets: list[str]) -> list[str]:
    """Return the types that must occur. A space is no type of AWS's, so it is required only where there is room."""
    if not rules.require_each_included_type:
        return []
    types = [kind for kind in alphabets if kind != " "]
    if rules.length < len(types):
        raise InvalidParameter("Password length too short based on the required types.")
    return alphabets if rules.length >= len(alphabets) else types
