"""Options of the command line: the defaults that a program declares for them, and where it reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.analysis.program import Call, Entries, Expression, Member, Program, Text
from scanner.analysis.reading.walk import last_word
from scanner.analysis.tables import calls

_LONG = re.compile(r"(?:^|--)(?P<name>[A-Za-z][\w-]*)(?=[ =,<\[]|$)")
"""The long name among those by which an option is declared: `-w, --mail-word <word>`, or `mail-word` alone."""
_DEFAULT = "default"


def option_defaults(program: Program, read: Expression, name: str) -> Iterator[Expression]:
    """Yield the defaults of the option `name` where `read` is what gives all options: `program.opts()`, `argv`."""
    words = calls(program.language).options
    asked = read.called if isinstance(read, Call) else read
    if not isinstance(asked, Member) or asked.name not in words.get("read", ()):
        return
    for call in (one for word in words.get("declared", ()) for one in program.calls_of.get(word, ())):
        option = call.arguments[0].value if call.arguments else None
        if isinstance(option, Text) and name in _names(option.value):
            yield from _defaults_of(call)


def options_given(program: Program, call: Call) -> Expression | None:
    """Return what stands for all options where `call` is given a function that takes them; None for other calls."""
    words = calls(program.language).options
    if last_word(call.called) not in words.get("given", ()) or not isinstance(call.called, Member):
        return None
    return Member(call.start, call.end, call.scope, call.called.of, next(iter(words["read"])))


def _names(declared: str) -> set[str]:
    """Return the names by which a program reads an option: as it is written, and in the way of variables."""
    found = _LONG.search(declared)
    written = found["name"] if found is not None else ""
    return {written, re.sub(r"-(\w)", lambda one: one[1].upper(), written)}


def _defaults_of(call: Call) -> Iterator[Expression]:
    """Yield what a declaration says for the default: its last text behind the description, or an entry."""
    for place, one in enumerate(call.arguments[1:], 1):
        if isinstance(one.value, Entries):
            yield from (value for key, value in one.value.entries if key == _DEFAULT)
        elif place > 1:
            yield one.value
