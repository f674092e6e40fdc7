"""Shells: commands with their options, functions whose parameters are numbers, and expansions with defaults."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from scanner.analysis.program import (
    Argument,
    Call,
    Either,
    Entries,
    Expression,
    Imported,
    Items,
    Joined,
    Member,
    Name,
    Routine,
    Scope,
    Text,
)
from scanner.analysis.reading.loops import READING, Loops
from scanner.analysis.reading.numbered import PARAMETERS, SETTING, SHIFTING
from scanner.analysis.reading.walk import last_word
from scanner.analysis.reading.words import is_option, words_in
from scanner.analysis.syntax import Form

if TYPE_CHECKING:
    from tree_sitter import Node

_SOURCING = (".", "source")
_SAYING = ("echo", "printf", "cat")
"""Commands whose output is what a function of a shell gives back."""
_INPUT = "<"
"""The name of the argument that a command reads from its standard input."""
_KEYED = re.compile(r"\[(?P<key>[^\]]{1,100})\]=")
_BETWEEN = "IFS"
"""The name of the argument of `read` that parts the words of a line."""
_FILTER = "jq"
_GIVEN = ("--arg", "--argjson")
"""Options that name a variable of a filter, and say its value."""
_WITH_VALUE = "dnNptu"
"""Options of `read` that take what comes next."""
_SEPARATOR = re.compile(r"^IFS=[$'\"\\]*([^\s'\"$\\])")
_LOCAL = ("local ", "declare ", "typeset ")
_MOST_LINES = 20
"""Lines of one text that are told apart."""
_LETTER = 2
"""Characters of an option of one letter."""
_CLUSTER = re.compile(r"-[A-Za-z]{2,6}")
"""Options of one letter, of which the last may take what comes next: `-sSfu user:password`."""
_WILD = re.compile(r"[*?\[(]")
_WHOLE = ("@", "*")
"""Subscripts that stand for all elements of an array."""
_INDIRECT = "!"
_TELLING = 3
"""Letters with which the names of variables have to begin that another is said to name."""
_MOST_WORDS = 60
"""Elements of an array that a command is given."""


class Commands(Loops):
    """Reads commands as calls: `-u x` and `--user=x` are arguments with a name."""

    def _command(self, _form: Form, node: Node, scope: int) -> Expression | None:
        name = node.child_by_field_name("name")
        for child in node.named_children:
            if child.type == "variable_assignment":
                self.read(child, scope)
        if name is None:
            return None
        words = [self.expression(child, scope) for child in node.children_by_field_name("argument")]
        given = [inner for one in words for inner in self._elements(one)]
        word = self.written(name).rpartition("/")[2]
        self._note(word, given, node, scope)
        if word == "printf" and len(given) > 2 and _last_text(given[0]) == "-v":
            target, given = given[1], given[2:]
            self._printed(target, node, given, scope)
        plain = [Argument(one) for one in given]
        called = Name(name.start_byte, name.end_byte, scope, word)
        named = list(options(given))
        call = Call(node.start_byte, node.end_byte, scope, called, [*plain, *named], new=False)
        call.arguments.extend(self._contents(named))
        self._give(call, node, scope)
        self.program.calls.append(call)
        self.program.calls_of.setdefault(word, []).append(call)
        if word == READING:
            self._part_by(call, node)
            self._take_in(call)
        return call

    def _note(self, word: str, given: Sequence[Expression], node: Node, scope: int) -> None:
        """Remember what some commands say of what stands behind them."""
        sourced = _last_text(given[0]) if word in _SOURCING and given else ""
        if sourced:
            self.program.imports[f"*{sourced}"] = Imported(module=sourced)
        elif word == READING:
            self._typed_in_secret(given, scope)
        elif word == _FILTER:
            self.program.named.extend(_keyed_in(given))
        elif word == SETTING:
            self._set_parameters(given, self._held(given[-1]) if given and isinstance(given[-1], Name) else [], scope)
        elif word == SHIFTING:
            self._shift(node, given, scope)

    def _part_by(self, call: Call, node: Node) -> None:
        """Remember what parts the words of the lines that `read` takes in, where it stands in front."""
        between = _SEPARATOR.search(self.written(node))
        if between is not None:
            call.arguments.append(Argument(Text(0, 0, call.scope, between[1]), _BETWEEN))

    def _printed(self, target: Expression, node: Node, given: Sequence[Expression], scope: int) -> None:
        """Bind the variable to which `printf -v` writes."""
        called = Name(node.start_byte, node.start_byte, scope, "printf")
        call = Call(node.start_byte, node.end_byte, scope, called, [Argument(one) for one in given], new=False)
        if isinstance(target, Text):
            self.program.scopes[scope].bound.setdefault(target.value, []).append(call)

    def _take_in(self, call: Call) -> None:
        """Bind the variables that `read` fills to the words of each line that it is given."""
        names = _filled_by([one.value for one in call.arguments if not one.name])
        between = [one.value for one in call.arguments if one.name == _BETWEEN]
        parting = between[0] if between else Text(0, 0, call.scope, " ")
        lines = [line for one in call.arguments if one.name == _INPUT for line in _lines_of(one.value)]
        bound = self.program.scopes[call.scope].bound
        for line in lines:
            parted = Call(line.start, line.end, call.scope, call.called, [Argument(line), Argument(parting)], new=False)
            for place, name in enumerate(names):
                part = Member(line.start, line.end, call.scope, parted, str(place)) if len(names) > 1 else line
                bound.setdefault(name, []).append(part)

    def _read_since(self, first: int, given: Expression | None, node: Node, scope: int) -> None:
        """Give what is piped or redirected into a loop to the commands in it that read lines."""
        reading = [one for one in self.program.calls[first:] if last_word(one.called) == READING]
        for call in (one for one in reading if all(argument.name != _INPUT for argument in one.arguments)):
            if given is not None:
                call.arguments.append(Argument(given, _INPUT))
            else:
                self._give(call, node, scope)
            self._take_in(call)

    def _declared_here(self, _form: Form, node: Node, scope: int) -> None:
        """A declaration: one of a local variable says that no other scope knows it."""
        for child in node.named_children:
            self.read(child, scope)
        if self.written(node).startswith(_LOCAL):
            words = [self.written(child).partition("=")[0] for child in node.named_children]
            self.program.scopes[scope].types.update(dict.fromkeys(words, ""))

    def _elements(self, given: Expression) -> Sequence[Expression]:
        """Return the words that `"${array[@]}"` stands for, as far as they are known here; any other as it is."""
        if isinstance(given, Member) and isinstance(given.of, Name) and given.name in _WHOLE:
            held = self._held(given.of)
            # What is added to an array later is bound beside what it began with.
            lists = [one for one in held if isinstance(one, Items)]
            found = [inner for one in lists for word in one.elements for inner in self._spelled(word)]
            return found[:_MOST_WORDS] if lists else [given]
        return self._spelled(given)

    def _spelled(self, word: Expression) -> Sequence[Expression]:
        """Return the words that a variable with options stands for: `$OPTS`; any other word as it is."""
        held = self._held(word) if isinstance(word, Name) else []
        return words_in(held[0]) if len(held) == 1 and is_option(held[0]) else [word]

    def _held(self, name: Name) -> list[Expression]:
        """Return what is bound to a variable so far, in the nearest scope."""
        found = (one.bound[name.name] for one in self.program.enclosing(name.scope) if one.bound.get(name.name))
        return next(found, [])

    def _give(self, call: Call, node: Node, scope: int) -> None:
        """Add to a command what is redirected to its input, a text or lines that follow; others may go on behind it."""
        redirects = [
            child
            for child in node.children_by_field_name("redirect")
            if (form := self.forms.get(child.type)) is not None and form.kind == "given"
        ]
        for child in (one for redirect in redirects for one in redirect.named_children if not self.skipped(one)):
            found = self.read(child, scope)
            if isinstance(found, Call) and child.type == "pipeline":
                self._first_of(found).arguments.append(Argument(call, _INPUT))
            elif found is not None:
                call.arguments.append(Argument(found, _INPUT))

    def _redirected(self, form: Form, node: Node, scope: int) -> Expression | None:
        body, first = self.part(form, node, "body"), len(self.program.calls)
        found = self.read(body, scope) if body is not None else None
        if isinstance(found, Call):
            self._give(found, node, scope)
            self._hold(node, found, scope)
            if last_word(found.called) == READING:
                self._take_in(found)
        else:
            self._read_since(first, None, node, scope)
        self._save(node, found, scope)
        return found

    def _pipeline(self, _form: Form, node: Node, scope: int) -> Expression | None:
        """Commands of which each reads what the one before it says."""
        before: Expression | None = None
        for child in node.named_children:
            made = len(self.program.calls)
            found = self.read(child, scope)
            if isinstance(found, Call) and before is not None:
                first = self._first_of(found)
                first.arguments.append(Argument(before, _INPUT))
            elif before is not None:
                self._read_since(made, before, child, scope)
            before = found
        return before

    @staticmethod
    def _first_of(call: Call) -> Call:
        """Return the command at the front of a pipeline, which is parsed as the rest of one around it."""
        given = next((one.value for one in call.arguments if one.name == _INPUT), None)
        while isinstance(given, Call):
            call, given = given, next((one.value for one in given.arguments if one.name == _INPUT), None)
        return call

    def _shell_array(self, _form: Form, node: Node, scope: int) -> Expression:
        """A list of words, or a map where each is `[key]=value`."""
        keys = [_KEYED.match(self.written(child)) for child in node.named_children]
        if not keys or not all(keys):
            return Items(
                node.start_byte, node.end_byte, scope, [self.expression(one, scope) for one in node.named_children]
            )
        entries = [
            (key["key"].strip("'\""), self._behind(child, child.start_byte + len(key[0].encode()), scope))
            for key, child in zip(keys, node.named_children, strict=True)
            if key is not None
        ]
        self.program.named.extend(entries)
        return Entries(node.start_byte, node.end_byte, scope, entries)

    def _behind(self, node: Node, start: int, scope: int) -> Expression:
        """Return the part of a word that begins at byte `start`."""
        parts = [self.expression(one, scope) for one in node.named_children if one.start_byte >= start]
        if not parts:
            return self.said(start, node.end_byte, scope, raw=True)
        return parts[0] if len(parts) == 1 else self.join(node, scope, parts)

    def _typed_in_secret(self, given: Sequence[Expression], scope: int) -> None:
        """What is read without an echo is a password, whatever it is called."""
        words = [one.value for one in given if isinstance(one, Text)]
        silent = any(word.startswith("-") and not word.startswith("--") and "s" in word for word in words)
        if silent and words and not words[-1].startswith("-"):
            self.program.scopes[scope].types[words[-1]] = "password"

    def _shell_function(self, form: Form, node: Node, scope: int) -> Expression:
        name, body = self.written(self.part(form, node, "name")), self.part(form, node, "body")
        inside = len(self.program.scopes)
        routine = Routine(node.start_byte, node.end_byte, scope, name, "", inside)
        routine.parameters = list(PARAMETERS)
        self.program.scopes.append(Scope(parent=scope, owner="", routine=routine))
        self.program.routines.setdefault(name, []).append(routine)
        first = len(self.program.calls)
        if body is not None:
            self.read(body, inside)
        said = [one for one in self.program.calls[first:] if one.scope == inside and last_word(one.called) in _SAYING]
        routine.returned.extend(said)
        place, around = self.program.scopes[inside], self.program.scopes[scope]
        for word, held in place.bound.items():
            if word not in place.types:
                # What a function sets is seen by all, unless it says that it is local.
                around.bound.setdefault(word, []).extend(held)
        return routine

    def _glob(self, _form: Form, node: Node, scope: int) -> Expression | None:
        """A pattern of a choice: without a wildcard it is the one text that it stands for."""
        return None if _WILD.search(self.written(node)) else self.said(node.start_byte, node.end_byte, scope, raw=True)

    def _expansion(self, _form: Form, node: Node, scope: int) -> Expression | None:
        """`${NAME:-default}`: the variable, or what takes its place."""
        found = [one for child in node.named_children if (one := self.read(child, scope)) is not None]
        if not found:
            return None
        name, *rest = found
        signs = [self.written(child) for child in node.children if not child.is_named]
        if _INDIRECT in signs and isinstance(name, Name):
            return self._named_by(name, node, scope)
        cutting = [child for child in node.named_children if child.type == "regex"]
        if cutting and len(signs) > 1 and isinstance(name, Name):
            return self._cut(name, signs[1], self.written(cutting[0]))
        operator = next((sign for sign in signs if sign[:1] in (":", "-", "=")), "")
        if not rest or operator not in (":-", "-", ":=", "="):
            return name
        if isinstance(name, Name):
            self.program.named.append((name.name, rest[0]))
            if "=" in operator:
                self.program.scopes[scope].bound.setdefault(name.name, []).append(rest[0])
        return Either(node.start_byte, node.end_byte, scope, [name, rest[0]])

    def _named_by(self, name: Name, node: Node, scope: int) -> Expression:
        """`${!NAME}`: the variables whose name the text in a variable is, or begins."""
        held = [one.parts[0] if isinstance(one, Joined) and one.parts else one for one in self._held(name)]
        fronts = tuple(one.value for one in held if isinstance(one, Text) and len(one.value) >= _TELLING)
        known = [one for one in self.program.scopes[0].bound if one.startswith(fronts)] if fronts else []
        places = [Name(node.start_byte, node.end_byte, scope, one) for one in known[:_MOST_WORDS]]
        return Either(node.start_byte, node.end_byte, scope, list(places)) if places else name


def _last_text(given: Expression) -> str:
    """Return a word as it is written, or the end of one whose front is made up when it runs."""
    last = given.parts[-1] if isinstance(given, Joined) and given.parts else given
    return last.value.lstrip("/") if isinstance(given, Joined) and isinstance(last, Text) else _text(last)


def _text(given: Expression) -> str:
    return given.value if isinstance(given, Text) else ""


def _filled_by(words: Sequence[Expression]) -> list[str]:
    """Return the variables that `read` with these words fills."""
    names: list[str] = []
    skipped = False
    for word in map(_text, words):
        if not skipped and word.isidentifier():
            names.append(word)
        skipped = word.startswith("-") and word[-1:] in _WITH_VALUE
    return names


def _keyed_in(given: Sequence[Expression]) -> Iterator[tuple[str, Expression]]:
    """Yield the keys under which a filter puts what it is given: `jq --arg w "$W" '{password: $w}'`."""
    said = " ".join(map(_text, given))
    for place, one in enumerate(given[:-2]):
        if _text(one) in _GIVEN:
            keys = re.findall(rf"""["']?([\w-]+)["']?\s*[:=]\s*\${re.escape(_text(given[place + 1]))}\b""", said)
            yield from ((key, given[place + 2]) for key in keys[:1])


def _lines_of(given: Expression) -> list[Expression]:
    """Return the lines of a literal, each as one; anything else as it is."""
    if not isinstance(given, Text) or given.starts is not None or "\n" not in given.value:
        return [given]
    lines: list[Expression] = []
    at = given.start
    for line in given.value.split("\n")[:_MOST_LINES]:
        lines += [Text(at, at + len(line), given.scope, line)] if line.strip() else []
        at += len(line) + 1
    return lines


def options(given: Sequence[Expression]) -> Iterator[Argument]:
    """Yield what options are given, by their names: in the same word, or in the next."""
    for place, one in enumerate(given):
        front = one.parts[0] if isinstance(one, Joined) and one.parts else one
        if not isinstance(front, Text) or not front.value.startswith("-"):
            continue
        name, equals, _ = front.value.partition("=")
        if equals and not name.startswith("--") and len(name) > _LETTER:
            # What an option of one letter is given may hold such a sign.
            yield Argument(_rest(one, front, _LETTER), name[:_LETTER])
        if equals:
            yield Argument(_rest(one, front, len(name) + 1), name)
        elif isinstance(one, Joined):
            yield Argument(_rest(one, front, len(front.value)), name)
        else:
            glued = not name.startswith("--") and len(name) > 2 and not (name[1:].isalpha() and name.islower())
            if glued:
                yield Argument(_rest(one, front, _LETTER), name[:_LETTER])
            if place + 1 < len(given):
                yield Argument(given[place + 1], name)
                yield from [Argument(given[place + 1], f"-{name[-1]}")] if _CLUSTER.fullmatch(name) else []


def _rest(whole: Expression, front: Text, size: int) -> Expression:
    """Return what stands behind the first `size` characters of a word."""
    left = Text(front.start + size, front.end, front.scope, front.value[size:])
    if isinstance(whole, Joined):
        parts = [*([left] if left.value else []), *whole.parts[1:]]
        return parts[0] if len(parts) == 1 else Joined(whole.start, whole.end, whole.scope, parts)
    return left
