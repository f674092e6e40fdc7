"""Texts that a program sets where its surroundings hold no credential under a name that it has asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.analysis.naming import Naming
from scanner.analysis.program import Call, Program, Text
from scanner.analysis.reading.walk import last_word

_LOOKING_UP = re.compile(r"env|propert|setting|config|^get_?string$", re.IGNORECASE)
"""What calls are called that ask the surroundings for something by its name."""


def set_instead(program: Program, naming: Naming) -> Iterator[tuple[str, Text]]:
    """Yield the credential's name that is asked for, and the text that its variable is given elsewhere in its scope."""
    for scope in program.scopes:
        for name, values in scope.bound.items():
            texts = [one for one in values if isinstance(one, Text)]
            calls = [one for one in values if isinstance(one, Call) and _LOOKING_UP.search(last_word(one.called))]
            if texts and calls and naming.rule_of(name) is None:
                asked = next((known for one in calls if naming.rule_of(known := naming.known_as(one))), "")
                yield from ((asked, text) for text in texts if asked)
