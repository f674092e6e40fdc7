"""What calls hand to a shell or to the system to be run: commands with their words, and scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from scanner.analysis.contents import pushed, stored
from scanner.analysis.program import (
    SPREAD,
    Argument,
    Call,
    Entries,
    Expression,
    Joined,
    Key,
    Member,
    Name,
    Program,
    Routine,
    Text,
)
from scanner.analysis.reading.commands import options
from scanner.analysis.reading.walk import last_word
from scanner.analysis.reading.words import is_option
from scanner.analysis.tables import LAST, calls
from scanner.analysis.value import Value
from scanner.analysis.values import Values

SHELL = "shell"
"""The language of what is run."""
_WITHIN = "within"
"""The place of a command that stands somewhere among the words of another: `sudo -u app mysql ...`."""
_CHAINED = "chain"
"""The place of words that are given one by one: `Command::new("mysql").arg("-u")`."""
_LINE = "line"
"""The place of a program's name, behind which all of its words stand in one text: `new ProcessStartInfo(...)`."""
_TYPED, _INPUT = ("input", "stdin_data"), "<"
"""The names under which a call is given what a command reads, and that by which the shell's table knows it."""
_PROGRAMS = (_INPUT, "-c", "-e", "-r")
"""Where an interpreter is given its program: Python by `-c`, Ruby and Node by `-e`, PHP by `-r`."""
_LINE_NAMES = ("FileName", "Arguments")
_ADDED_BY = ("arg", "args")
_ADDING = ("append", "concat")
"""Calls that make a longer list of one."""
_SPACE = re.compile(r"\s")


class Ran:
    """Answers for one program."""

    def __init__(self, program: Program, values: Values) -> None:
        self._program = program
        self._values = values

    def by(self, call: Call, names: Sequence[str], language: str) -> Iterator[Call | Value]:
        """Yield what a call of these names runs: a command as its call, or the text of a script."""
        table = calls(language)
        for place in next((table.runs[name] for name in names if name in table.runs), ()):
            if place == _WITHIN:
                found = self._within(call)
                yield from [self._command(found)] if found else []
            elif place == _CHAINED:
                yield self._command(self._chained(call))
            elif isinstance(place, int):
                yield from self._given(call, place)
            elif place == _LINE:
                yield from self._line(call)
            else:
                yield from self._scripts(call, place)

    def interpreted(self, call: Call, names: Sequence[str], language: str) -> Iterator[tuple[Value, str]]:
        """Yield the programs that a command of these names is given, each with its language: `python3 - <<EOF`."""
        known = calls(language).interprets
        other = next((known[name] for name in names if name in known), "")
        for place in _PROGRAMS if other else ():
            yield from ((one, other) for one in self._scripts(call, place) if _SPACE.search(one.text))

    def _scripts(self, call: Call, place: str) -> Iterator[Value]:
        plain = [one.value for one in call.arguments if not one.name]
        named = [one.value for one in call.arguments if one.name == place]
        for one in plain[-1:] if place == LAST else named:
            yield from self._values.of(self._program, one)

    def _line(self, call: Call) -> list[Value]:
        """Return the line that a shell would be given for a program and the text of its words."""
        plain = [one.value for one in call.arguments if not one.name]
        named = [one.value for name in _LINE_NAMES for one in call.arguments if one.name == name]
        words = plain[:2] if len(plain) > 1 else [*plain, *named]
        if len(words) != len(_LINE_NAMES):
            return []
        parts = [words[0], Text(0, 0, call.scope, " "), words[1]]
        return self._values.of(self._program, Joined(call.start, call.end, call.scope, parts))

    def _chained(self, call: Call) -> list[Expression]:
        """Return a command and the words that calls of its methods add to it, in order."""
        adding = [one for method in _ADDED_BY for one in self._program.calls_of.get(method, ())]
        ours = sorted((one for one in adding if self._root(one) is call), key=lambda one: one.end)
        given = [argument.value for one in (call, *ours) for argument in one.arguments]
        return [word for one in given for word in self._words(one)]

    def _root(self, expression: Expression) -> Expression:
        """Return the call with which a chain of calls begins, or that of the variable that it begins with."""
        while isinstance(expression, Call) and isinstance(expression.called, Member) and expression.called.of:
            expression = expression.called.of
        if isinstance(expression, Name):
            held = self._values.here(self._program, expression)
            return self._root(held[0]) if held and not isinstance(held[0], Name) else expression
        return expression

    def _given(self, call: Call, place: int) -> Iterator[Call | Value]:
        """Yield what is run of the arguments from `place` on: a text in which several words stand is a script."""
        given = [one.value for one in call.arguments if one.name in ("", SPREAD)][place:]
        words = [word for one in given for word in self._words(one)]
        if words and isinstance(words[0], Key) and len(words) > 1:
            # A command by its symbol: SSHKit's `execute :mysqldump, "-uroot"`.
            yield self._command(words, words[0].name)
        for head in self._values.of(self._program, words[0])[:1] if words else ():
            if _SPACE.search(head.text):
                yield head
            elif len(words) > 1:
                command = self._command(words, head.text)
                command.arguments.extend(self._typed(call))
                yield command

    def _typed(self, call: Call) -> Iterator[Argument]:
        """Yield what a command that is run reads from its standard input: `run(["sudo", "-S", ...], input=...)`."""
        for one in call.arguments:
            held = one.value.entries if isinstance(one.value, Entries) else [(one.name, one.value)]
            yield from (Argument(value, _INPUT) for key, value in held if key in _TYPED)

    def _words(self, given: Expression) -> Sequence[Expression]:
        """Return the words that an argument stands for: those of a list, or itself; none for settings."""
        if isinstance(given, Entries | Routine):
            return []
        lists = self._values.lists(self._program, given)
        copied = self._copied(given) if isinstance(given, Name) and not lists else None
        elements = lists[0].elements if lists else copied
        if elements is None:
            return [given]
        return [*elements, *(self._added(given) if isinstance(given, Name) else ())]

    def _copied(self, name: Name) -> Sequence[Expression] | None:
        """Return the words of the list that a new one is made of: `new ArrayList<>(List.of(...))`; None for no list."""
        made = [one for one in self._values.here(self._program, name) if isinstance(one, Call) and one.new]
        if not made or not any(True for _ in stored(self._program, name)):
            return None
        lists = [held for one in made[0].arguments for held in self._values.lists(self._program, one.value)]
        return [word for one in lists[:1] for word in one.elements]

    def _spelled(self, word: Expression) -> Expression:
        """Return the option that a variable holds, so that it is seen which one it is; any other word as it is."""
        held = self._values.here(self._program, word) if isinstance(word, Name) else []
        return held[0] if len(held) == 1 and is_option(held[0]) else word

    def _added(self, name: Name) -> list[Expression]:
        """Return the words that are added to a list later."""
        bound = [one for one in self._values.here(self._program, name) if isinstance(one, Call)]
        appended = [one for one in bound if last_word(one.called) in _ADDING]
        words = [argument.value for one in appended for argument in one.arguments]
        return [*words, *pushed(self._program, name), *stored(self._program, name)]

    def _within(self, call: Call) -> list[Expression]:
        """Return the words from the first on that is a command which takes a credential, or runs another."""
        known = calls(SHELL)
        words = [one.value for one in call.arguments if not one.name]
        for place, word in enumerate(words):
            name = _name(word.value) if isinstance(word, Text) else ""
            if name in known.sinks or name in known.runs:
                return words[place:]
        return []

    def _command(self, words: Sequence[Expression], written: str = "") -> Call:
        first, *rest = words
        rest = [self._spelled(one) for one in rest]
        name = written or (first.value if isinstance(first, Text) else "")
        called = Name(first.start, first.end, first.scope, _name(name))
        given = [*(Argument(one) for one in rest), *options(rest)]
        return Call(first.start, rest[-1].end if rest else first.end, first.scope, called, given, new=False)


def _name(written: str) -> str:
    """Return the name of a command, without the folder that it is in."""
    return written.rpartition("/")[2]
