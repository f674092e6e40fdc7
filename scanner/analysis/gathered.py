"""Several credentials under one name: what stands in a list or map, or in what a call makes one of."""

from __future__ import annotations

import re

from scanner.analysis.contents import made_of_pairs
from scanner.analysis.lists import listed_by, mapped_by
from scanner.analysis.looks import surely_drawn
from scanner.analysis.names import names_of
from scanner.analysis.program import Call, Entries, Expression, Items, Member, Program, Text
from scanner.analysis.reading.walk import last_word
from scanner.analysis.tables import RECEIVER, calls
from scanner.rulebook.names import normalised

_SEVERAL = re.compile(r".*(?:passwords|passwds|pwds|passphrases|secrets|tokens|keys)(?:_[a-z0-9]+)?")
_MAP = re.compile(r"(?:Dictionary|[Mm]ap|^dict)$")
"""Classes of maps that are set out where they are made."""
_MOST_ELEMENTS = 24
"""Elements of a list of credentials; a longer one is of words that are looked for."""
_DEEPEST = 3


def names_several(name: str) -> bool:
    """Tell whether a name is that of more than one credential: `apiTokens`, `DB_PASSWORDS`."""
    return _SEVERAL.fullmatch(normalised(name)) is not None


def gathered(program: Program, value: Expression) -> list[Expression]:
    """Return what a list or map that is written out in `value` holds; of a map by credentials these, its keys."""
    found = [one for one in _inside(program, value, _DEEPEST) if not isinstance(one, Entries | Items)]
    drawn = [one for one in found if not isinstance(one, Text) or surely_drawn(one.value)]
    keys = value.keys if isinstance(value, Entries | Call) and not drawn else ()
    return [*drawn, *(one for one in keys if surely_drawn(one.value))] if len(found) <= _MOST_ELEMENTS else []


def _inside(program: Program, value: Expression, left: int) -> list[Expression]:
    if not left:
        return []
    if isinstance(value, Entries):
        held = [one for _, one in value.entries]
    elif isinstance(value, Items):
        held = value.elements
    elif isinstance(value, Call):
        held = _made(program, value)
    else:
        return [value]
    return [inner for one in held for inner in _inside(program, one, left - 1)]


def _made(program: Program, call: Call) -> list[Expression]:
    """Return the elements of the list or map that a call makes, or hands on as it is: Ruby's `[...].freeze`."""
    made = listed_by(program, call) or mapped_by(program, call)
    if made is not None:
        return [made]
    table = calls(program.language).through
    way = next((table[name] for name in names_of(program, call) if name in table), None)
    of = call.called.of if isinstance(call.called, Member) else None
    if way is not None and way.way == "same" and way.start == RECEIVER and isinstance(of, Entries | Items | Call):
        return [of]
    given = [one.value for one in call.arguments]
    if made_of_pairs(call) and isinstance(given[0], Items):
        given = [*given, *given[0].elements]
    pairs = [one.elements[1] for one in given if isinstance(one, Items) and len(one.elements) == 2]
    named = [one.value for one in call.arguments if one.name] if _MAP.search(last_word(call.called)) else []
    return [*pairs, *named]
