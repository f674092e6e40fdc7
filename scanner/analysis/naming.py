"""By which name a value is known that no credential's variable holds: what it is bound to, looked up or checked as."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from scanner.analysis.given import applied
from scanner.analysis.lists import split_by
from scanner.analysis.names import names_of
from scanner.analysis.program import Call, Either, Entries, Expression, Items, Key, Member, Name, Program, Routine, Text
from scanner.analysis.reading.walk import last_word
from scanner.analysis.tables import RECEIVER, calls
from scanner.analysis.values import Values
from scanner.rulebook.model import Rule, RuleBook
from scanner.rulebook.names import NameClassifier

_WILDCARD = "_"
"""Scala's mark for what a function takes."""
_MOST_CALLERS = 3
"""Callers of one routine that together say by which name its parameter is known."""
_HOPS = 4
"""Calls and names that are looked through for the name by which something is known."""
_CONTENTS = ("value", "val", "text", "Text", "Value", "Password", "innerText", "textContent", "valueOf")
"""Fields and methods by which what a user typed in is read from where it was typed in."""
_HIDDEN = ("password", "invisible")
"""Kinds of questions whose answers are not shown."""
_MESSAGES = re.compile(r"(?:[Ee]rr(?:or)?s?|[Mm]essages|[Ll]abels?)$")
"""Names of what says something about a credential, field by field."""
_REFUSED = re.compile(
    r"(?i)common|weak|forbid|banned|black_?list|block_?list|deny_?list|disallow|leaked|breached|worst|reserved|trivial"
)
"""Names of lists of what is refused."""
_CONTROL = re.compile(
    r"^(?:et|txt|tb|edt|edit|input)_?(?=[A-Z])|(?:_?(?:[Ff]ield|[Bb]ox|[Ii]nput|[Ee]dit|[Tt]ext|[Vv]iew|[Ee]ntry|[Tt]xt|Et))+$"
)
"""What the name of a control says beside what is typed into it."""
_PROMPT = re.compile(r"(?i)assw(?:or)?d|passphrase|passcode")
"""What asks for a password; programs often wait for all but its first letter."""
_OWN_HEADER = re.compile(r"(?i)(?:http_)?x[-_][a-z]+(?:[-_][a-z]+)*")
"""A header that no standard has, also as gateways name it."""
_IDENTIFYING = re.compile(
    r"(?i)ids?$|hash|sum$|etag|digest|signature|version|trace|span|nonce|state|forwarded|proto|host|addr|[-_]ip$|type|"
    r"source|client$|user$|name$|requested|agent|csrf|xsrf|commit|build|revision"
)
"""What is said of a header whose values are known or drawn, and let nobody in."""
DIGEST = re.compile(r"digest|hash|checksum|md5|sha\d|hmac|signature", re.IGNORECASE)
"""Names of what is computed from a content, which is compared in the way of credentials."""


class Naming:
    """Answers for one program."""

    def __init__(self, book: RuleBook, names: NameClassifier, values: Values, program: Program) -> None:
        self._book = book
        self._names = names
        self._values = values
        self._program = program
        self._table = calls(program.language)
        self._checked_names = frozenset(self._given_to_checks())

    def rule_of(self, name: str) -> Rule | None:
        """Return the rule that a name falls under: by the language's table, or by what names say in general."""
        listed = self._table.names.get(name)
        if listed is not None:
            return self._book.by_id[listed]
        return self._names.classify(name) if name else None

    def defaults(self, call: Call, names: Sequence[str]) -> Iterator[tuple[str, Expression]]:
        """Yield what `call` gives where nothing was found, by the name by which that was looked up."""
        way = next((self._table.through[one] for one in names if one in self._table.through), None)
        of = call.called.of if isinstance(call.called, Member) else None
        if way is not None and way.way == "default" and isinstance(of, Call) and call.arguments:
            yield self.known_as(of), call.arguments[-1].value

    def known_as(self, expression: Expression, hops: int = _HOPS) -> str:
        """Return the name by which an expression is known: its own, or the key that it looks up.

        Every comparison is asked about, so only what its own file binds is looked at.
        """
        if isinstance(expression, Call) and hops:
            return self._known_call(expression, hops - 1)
        if isinstance(expression, Name) and expression.name == _WILDCARD and hops:
            return self.known_as(self._holding(expression), hops - 1)
        if isinstance(expression, Either) and hops:
            return next((name for one in expression.options if (name := self.known_as(one, hops - 1))), "")
        if not isinstance(expression, Name | Member):
            return ""
        part = self._known_part(expression, hops) if isinstance(expression, Member) else None
        return part if part is not None else self._known_name(expression, hops)

    def _holding(self, wildcard: Name) -> Expression:
        """Return what a method is called on that is given a function by a mark: `get(x).filter(_ == y)`."""
        around = [one for one in self._program.calls if one.start <= wildcard.start and wildcard.end <= one.end]
        called = min(around, key=lambda one: one.end - one.start).called if around else wildcard
        return called.of if isinstance(called, Member) and called.of is not None else called

    def header_of(self, expression: Expression, hops: int = 2) -> str:
        """Return which header of a service's own an expression reads, if it identifies nothing: `X-Internal`."""
        if isinstance(expression, Call):
            texts = [one.value.value for one in expression.arguments[:1] if isinstance(one.value, Text)]
            of = expression.called.of if isinstance(expression.called, Member) else None
            inner = [one.value for one in expression.arguments[:1]] + ([of] if of is not None else [])
        elif isinstance(expression, Name | Member):
            texts = [expression.name]
            inner = self._values.here(self._program, expression)[:_HOPS] or self._handed_by(expression)
        else:
            return ""
        if texts and _OWN_HEADER.fullmatch(texts[0]) and not _IDENTIFYING.search(texts[0]):
            return texts[0]
        return next((name for one in inner if hops and (name := self.header_of(one, hops - 1))), "")

    def _handed_by(self, expression: Name | Member) -> list[Expression]:
        """Return the call that hands a function what it knows by a name: `headers.get("x").map(|value| ...)`."""
        place = self._program.binder(expression) if isinstance(expression, Name) else None
        call = self._program.callbacks.get(id(place.routine)) if place is not None else None
        return [call] if call is not None else []

    @staticmethod
    def refuses(name: str) -> bool:
        """Tell whether a list is, by its name, one of what nobody may choose: of passwords that are known to all."""
        return _REFUSED.search(name) is not None

    @staticmethod
    def tells(call: Call) -> bool:
        """Tell whether a call puts what is said about something among messages: `errors.Add("Password", ...)`."""
        of = call.called.of if isinstance(call.called, Member) else None
        return bool(_MESSAGES.search(last_word(of)) or _MESSAGES.search(last_word(call.called)))

    def computes(self, expression: Expression, hops: int = _HOPS) -> bool:
        """Tell whether an expression is named for what is computed from a content, or is made of such."""
        if DIGEST.search(last_word(expression)):
            return True
        inner: list[Expression] = []
        if isinstance(expression, Call):
            of = expression.called.of if isinstance(expression.called, Member) else None
            inner = [*(one.value for one in expression.arguments[:1]), *([of] if of is not None else [])]
        elif isinstance(expression, Name | Member):
            inner = self._values.here(self._program, expression)[:_HOPS]
        return hops > 0 and any(self.computes(one, hops - 1) for one in inner)

    def asked_by(self, call: Call) -> str:
        """Return by which name what answers a prompt is known: that of a password where the prompt asks for one."""
        given = [part for one in call.arguments for part in (one.value, *_elements(one.value))]
        asked = any(_PROMPT.search(value.text) for one in given for value in self._values.of(self._program, one))
        return "password" if asked else ""

    def _known_part(self, member: Member, hops: int) -> str | None:
        """Return by which name a member is known for what it belongs to; None where it is known by its own name."""
        if _MESSAGES.search(last_word(member.of)):
            return ""
        if self._is_asked(member.of, member.name) or self._is_login_part(member) or _is_described(member):
            return "password"
        way = self._table.through.get(f"*.{member.name}")
        same = way is not None and way.way == "same" and way.start == RECEIVER
        if hops and member.of is not None and (same or member.name in _CONTENTS):
            typed = self._typed_into(member.of, hops - 1)
            # A form's `Password` is known by its own name where its object's says nothing.
            own = self.rule_of(typed) is None and self.rule_of(member.name) is not None
            return None if own else typed
        return "" if same and hops else None

    def _typed_into(self, control: Expression, hops: int) -> str:
        """Return by which name is known what a control or holder holds: what stands in a `passwordField` is one."""
        name = self.known_as(control, hops)
        bare = _CONTROL.sub("", name) if self.rule_of(name) is None else name
        return bare if self.rule_of(bare) is not None else name

    def filled_in(self, target: Member) -> str:
        """Return by which name a field of a page is known whose content a program sets; empty for all else."""
        found = target.of if target.name in _CONTENTS else None
        return self.known_as(found) if isinstance(found, Call) else ""

    def _known_name(self, expression: Name | Member, hops: int) -> str:
        if self.rule_of(expression.name) is None and hops:
            bound = self._values.here(self._program, expression)[:_HOPS]
            telling = [
                one for one in bound if isinstance(one, Call | Either | Member | Name) and not _asked_of_class(one)
            ]
            names = [self.known_as(one, hops - 1) for one in telling]
            kinds = [one.types.get(expression.name, "") for one in self._program.enclosing(expression.scope)]
            used = self._known_by_use(expression, hops - 1) if isinstance(expression, Name) else ""
            return next((name for name in (used, *names, *kinds) if self.rule_of(name)), expression.name)
        return expression.name

    def _known_call(self, call: Call, hops: int) -> str:
        if any(DIGEST.search(one) for one in (last_word(call.called), *names_of(self._program, call))):
            return ""
        if self._is_asked(call, "0"):
            return "password"
        inner = [one.value for one in call.arguments if isinstance(one.value, Call)]
        asked = [one.value for held in (call, *inner) for one in held.arguments]
        keys = [one for one in asked if isinstance(one, Text | Key)]
        texts = [one.value if isinstance(one, Text) else one.name for one in keys] or self._constants(call)
        word = re.sub(r"^[Gg]et(?=[A-Z_])_?", "", last_word(call.called))
        for name in (*texts[:1], word):
            if self.rule_of(name) is not None:
                return name
        if not call.arguments and isinstance(call.called, Member) and word in _CONTENTS:
            return self._typed_into(call.called.of, hops) if call.called.of is not None else ""
        if self._is_asked(call, "0"):
            return "password"
        handed = self._values.handed_on(self._program, call)
        names = [self.known_as(one, hops) for one in handed]
        return next((name for name in names if name), "")

    def _constants(self, call: Call) -> list[str]:
        """Return what constants say that a call is given: the name of a header, or of a setting."""
        given = [one.value for one in call.arguments if isinstance(one.value, Name | Member)]
        bound = [held for one in given for held in self._values.here(self._program, one)]
        return [one.value for one in bound if isinstance(one, Text)]

    def _known_by_use(self, name: Name, hops: int) -> str:
        """Return by which name the value of a variable is known: it is checked elsewhere, or given under that name."""
        place = self._program.binder(name)
        if place is None:
            return ""
        if (id(place), name.name) in self._checked_names:
            return "password"
        taken = place.routine is not None and name.name in place.routine.parameters
        call = self._program.callbacks.get(id(place.routine)) if taken else None
        if call is None:
            return self._known_by_callers(place.routine, name.name, hops) if taken and place.routine is not None else ""
        parameters = place.routine.parameters if place.routine is not None else []
        if self._is_asked(call, str(parameters.index(name.name))):
            return "password"
        inner = call.called if isinstance(call.called, Call) else call
        texts = [one.value.value for one in inner.arguments if isinstance(one.value, Text)] or self._constants(inner)
        return texts[0] if texts and self.rule_of(texts[0]) is not None else ""

    def _known_by_callers(self, routine: Routine, parameter: str, hops: int) -> str:
        """Return by which name all callers know what they give for a parameter, if that is one of a credential."""
        place = routine.parameters.index(parameter)
        called = self._program.calls_of.get(routine.name, []) if routine.name else []
        given = [one.arguments[place].value for one in called if place < len(one.arguments) and not one.new]
        telling = len(given) == len(called) <= _MOST_CALLERS
        names = {self.known_as(one, hops) for one in given} if telling else set()
        return next((one for one in names if all(self.rule_of(held) for held in names)), "")

    def _is_asked(self, call: Expression | None, place: str) -> bool:
        """Tell whether a call hands over the password that a user gives as its result or parameter at `place`."""
        if not self._table.asked or not isinstance(call, Call):
            return False
        held = [one for one in (call, applied(self._program, call)) if one is not None]
        names = [name for one in held for name in names_of(self._program, one)]
        return any(str(self._table.asked.get(one)) == place for one in names)

    def _is_login_part(self, member: Member) -> bool:
        """Tell whether a member is the second part of a decoded text that a colon takes apart: a Basic header."""
        parted = split_by(self._program, member) if member.name == "1" else None
        return parted is not None and parted[1] == ":" and self._is_decoded(parted[0], _HOPS)

    def _is_decoded(self, expression: Expression, hops: int) -> bool:
        if isinstance(expression, Name) and hops:
            held = self._values.here(self._program, expression)[:_HOPS]
            return any(self._is_decoded(one, hops - 1) for one in held)
        if not isinstance(expression, Call) or not hops:
            return False
        given = [one.value for one in expression.arguments]
        if self._decodes(expression) or any(isinstance(one, Text) and one.value == "base64" for one in given):
            return True
        of = expression.called.of if isinstance(expression.called, Member) else None
        return any(self._is_decoded(one, hops - 1) for one in (*given, *([of] if of is not None else [])))

    def _decodes(self, call: Call) -> bool:
        ways = [self._table.through[one] for one in names_of(self._program, call) if one in self._table.through]
        return any(one.way == "base64" for one in ways)

    def _given_to_checks(self) -> Iterator[tuple[int, str]]:
        """Yield the variables that are checked against what is stored, each with the scope that binds it."""
        for call in self._program.calls if self._table.checked else ():
            position = next(
                (self._table.checked[one] for one in names_of(self._program, call) if one in self._table.checked), None
            )
            if position is not None and position < len(call.arguments):
                given = call.arguments[position].value
                place = self._program.binder(given) if isinstance(given, Name) else None
                if place is not None and isinstance(given, Name):
                    yield id(place), given.name


def _is_described(member: Member) -> bool:
    """Tell whether a member is what a call asks for that is told so: `prompts({type: 'password', name: 'word'})`."""
    given = [one.value for one in member.of.arguments] if isinstance(member.of, Call) else []
    told = [one for held in given for one in (held.elements if isinstance(held, Items) else [held])]
    texts = [
        {key: value.value for key, value in one.entries if isinstance(value, Text)}
        for one in told
        if isinstance(one, Entries)
    ]
    return any(one.get("type") in _HIDDEN and one.get("name") == member.name for one in texts)


def _elements(expression: Expression) -> list[Expression]:
    return expression.elements if isinstance(expression, Items) else []


def _asked_of_class(bound: Expression) -> bool:
    """Tell whether a class is asked for something of its own, which no user gives: Ruby's `Dir.pwd`."""
    of = bound.called.of if isinstance(bound, Call) and isinstance(bound.called, Member) else None
    return isinstance(bound, Call) and not bound.arguments and isinstance(of, Name) and of.name[:1].isupper()
