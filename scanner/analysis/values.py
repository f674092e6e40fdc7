"""What an expression may stand for: texts, each with the literals it is made of and the way it came from there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice

from scanner.analysis.arguments import CALLING, HOPS
from scanner.analysis.composed import Composed
from scanner.analysis.contents import stored
from scanner.analysis.given import applied
from scanner.analysis.inside import MOST_VALUES
from scanner.analysis.lists import first, listed_by, mapped_by, settled_by, split_by, taken_from
from scanner.analysis.names import names_of, says_any
from scanner.analysis.program import (
    EACH,
    UNNAMED,
    Call,
    Either,
    Expression,
    Items,
    Joined,
    Key,
    Member,
    Name,
    Program,
    Routine,
    Text,
)
from scanner.analysis.project import Project
from scanner.analysis.settings import setting_of
from scanner.analysis.syntax import syntax
from scanner.analysis.tables import LAST, RECEIVER, Through, calls
from scanner.analysis.value import SLICE, WAYS, Piece, Step, Value, changed_by, cut_out, part_of
from strongroom.kernel.record import replace

_UNCHANGED = ("same", "default", "builder")
"""Ways on which a text that is handed on stays what it is known as."""
_SETTING_NAMES = ("name", "value")
"""Names by which an annotation is given the key of a setting."""


class Values(Composed):
    """Follows the expressions of a project's files; one serves a file that is analysed, and those that it uses."""

    def __init__(self, project: Project, telling: Callable[[str], bool]) -> None:
        """`telling` says whether a key names a credential."""
        super().__init__(project, telling)
        self._known: dict[int, list[Value]] = {}
        self._following: set[int] = set()
        """Lists of what is bound that are being followed."""
        self._cuts = 0
        """How often something was not followed further: what was found on the way may not be all."""

    def of(self, program: Program, expression: Expression | None, hops: int = HOPS) -> list[Value]:
        """Return what `expression` of `program` may stand for."""
        if expression is None or hops <= 0 or self._left < 0:
            self._cuts += 1
            return []
        key = id(expression)
        if key in self._known:
            return self._known[key]
        if key in self._open:
            self._cuts += 1
            return []
        self._left -= 1
        self._open.add(key)
        cuts = self._cuts
        try:
            found = list(islice(self._of(program, expression, hops), MOST_VALUES))
        finally:
            self._open.discard(key)
        if not self._open or cuts == self._cuts:
            self._known[key] = found
            self._keep.append(expression)
        return found

    def within(self, steps: int, program: Program, expression: Expression) -> list[Value]:
        """Return what so many steps tell of what `expression` may stand for, where more would not be worth it."""
        left = self._left
        self._left = min(steps, left)
        granted = self._left
        found = self.of(program, expression)
        self._left = left - (granted - max(self._left, 0))
        return found

    def _of(self, program: Program, expression: Expression, hops: int) -> Iterator[Value]:
        if isinstance(expression, Text):
            step = Step(program, expression, "the literal")
            yield Value((Piece(expression.value, expression, program),), (step,))
        elif isinstance(expression, Joined):
            yield from self._joined(program, expression.parts, hops)
        elif isinstance(expression, Either | Routine):
            of = expression.options if isinstance(expression, Either) else map(first, expression.returned)
            for option in of:
                yield from self.of(program, option, hops - isinstance(expression, Routine))
        elif isinstance(expression, Items):
            yield from self._characters(program, expression, hops)
        elif isinstance(expression, Call):
            yield from self._result(program, expression, hops)
        elif isinstance(expression, Name | Member):
            yield from self._held(program, expression, hops)

    def _held(self, program: Program, holder: Name | Member, hops: int) -> Iterator[Value]:
        """Yield what is bound to a name or member, and what is put into it; a method may be called without brackets."""
        if isinstance(holder, Member) and SLICE.fullmatch(holder.name):
            cut = changed_by(partial(cut_out, part=holder.name))
            for value in self.of(program, holder.of, hops - 1):
                yield cut(value) or value
            return
        parted = split_by(program, holder)
        for value in self.of(program, parted[0], hops - 1) if parted is not None else ():
            part = part_of(value, parted[1], int(holder.name)) if parted is not None else None
            yield from [part] if part is not None else []
        if isinstance(holder, Member) and f"*.{holder.name}" in calls(program.language).through:
            called = Call(holder.start, holder.end, holder.scope, holder, [], new=False)
            table = calls(program.language).through
            way = next(table[name] for name in names_of(program, called) if name in table)
            if way.start == RECEIVER:
                yield from self._handed_on(program, called, way, hops)
        found = self._under_key(program, holder, hops) if isinstance(holder, Member) else []
        if found:
            yield from (value for owner, held in found for value in self.of(owner, held, hops - 1))
            return
        yield from self._bound_to_it(program, holder, hops)
        for put in stored(program, holder):
            for value in self.of(program, put, hops - 1):
                yield value.then(Step(program, put, f"put into {holder.name}"))

    def _under_key(self, program: Program, item: Member, hops: int) -> list[tuple[Program, Expression]]:
        """Return what stands under the key that a variable says by which an item is taken, if what it says is known."""
        if item.key is None or item.of is None or syntax(program.language).modules not in ("types", "go"):
            return []
        keys = {value.text for value in self.of(program, item.key, hops - 1) if value.known}
        # Of several, one may be asked for on the way to a credential, and another on the way to all else.
        return self.entry(program, item.of, keys.pop(), hops - 1) if len(keys) == 1 else []

    def _bound_to_it(self, program: Program, holder: Name | Member, hops: int) -> Iterator[Value]:
        held = self.bound(program, holder, hops)
        if id(held) in self._following:
            # What a variable is made of itself adds nothing to it: `all = all.with(one)`.
            self._cuts += 1
            return
        self._following.add(id(held))
        try:
            for owner, bound in held:
                for value in self.of(owner, bound, hops - 1):
                    yield value.then(Step(program, holder, f"read as {holder.name}"))
        finally:
            self._following.discard(id(held))

    def _result(self, program: Program, call: Call, hops: int) -> Iterator[Value]:
        """Yield what a call returns: by the tables, or by what the routine of this name returns."""
        table = calls(program.language)
        listed = listed_by(program, call)
        if isinstance(call.called, Routine) or listed is not None:
            yield from self._made_there(program, call.called if listed is None else listed, hops)
            return
        taken = taken_from(program, call)
        for one in (*([taken] if taken is not None else []), *settled_by(program, call)):
            yield from self.of(program, one, hops - 1)
        mapped = mapped_by(program, call)
        for _, one in mapped.entries if mapped is not None else ():
            yield from self.of(program, one, hops - 1)
        routines = list(self._project.routines(program, call))
        names = names_of(program, call)
        for name in names:
            through = table.through.get(name)
            if through is not None and through.otherwise and not says_any(call, through.when):
                through = replace(through, way=through.otherwise, when=())
            if through is not None and says_any(call, through.when):
                if not (name.startswith("*.") and _is_of_class(call, routines)):
                    yield from self._handed_on(program, call, through, hops)
                # A project's own `get` is not that of maps.
                own = [one for one in routines if _is_method(names, one[1])]
                yield from self._results(program, call, own if name.startswith("*.") else [], hops)
                return
        yield from self._results(program, call, routines, hops)
        yield from self._by_called(program, call, hops, named=bool(routines))
        for owner, bound in self._read_by(program, call, hops - 1):
            yield from self.of(owner, bound, hops - 1)

    def _made_there(self, program: Program, made: Expression | None, hops: int) -> Iterator[Value]:
        """Yield what a function returns that is called where it stands, or what a list spells."""
        if isinstance(made, Items):
            yield from self._characters(program, made, hops)
        else:
            yield from self.of(program, made, hops)

    def _by_called(self, program: Program, call: Call, hops: int, *, named: bool) -> Iterator[Value]:
        """Yield what comes of what is called: another call's function, a variable, a class of one field."""
        if isinstance(call.called, Call):
            yield from self._called_again(program, call.called, hops - 1)
        if isinstance(call.called, Member) and call.called.name in CALLING and not named:
            held = self.bound(program, call.called.of, hops - 1) if isinstance(call.called.of, Name | Member) else []
            made = [(owner, one) for owner, one in held if isinstance(one, Routine)]
            yield from self._results(program, call, made, hops)
        if isinstance(call.called, Name) and not named:
            yield from self._by_name(program, call, call.called, hops)
        of_class = isinstance(call.called, Name) and call.called.name in program.classes
        # A structure of Go is no text, whatever it is made of; a text that is given another type is one.
        if of_class and len(call.arguments) == 1 and not (call.new and program.language == "go"):
            yield from self.of(program, call.arguments[0].value, hops - 1)

    def _results(
        self, program: Program, call: Call, routines: Sequence[tuple[Program, Routine]], hops: int
    ) -> Iterator[Value]:
        for owner, routine in routines:
            for returned in routine.returned:
                # A default that a caller gives is what that caller gets back, and no other.
                options = self._options(owner, returned)
                several = any(_given_for(call, routine, one) is not None for one in options)
                for part in options if several else [returned]:
                    given = _given_for(call, routine, part)
                    at, what = (program, given) if given is not None else (owner, first(part))
                    for value in self.of(at, what, hops - 1):
                        yield value.then(Step(program, call, f"returned by {routine.name or 'a function'}"))

    def _options(self, owner: Program, returned: Expression) -> list[Expression]:
        """Return the values of which a routine returns one, the last where there is no other."""
        if isinstance(returned, Either):
            return returned.options
        table = calls(owner.language).through
        names = names_of(owner, returned) if isinstance(returned, Call) else []
        way = next((table[name] for name in names if name in table), None)
        if way is None or way.way != "default" or not isinstance(returned, Call):
            return []
        return [*self._given(returned, RECEIVER), *self._given(returned, way.start)]

    def _called_again(self, program: Program, made: Call, hops: int) -> Iterator[Value]:
        """Yield what a function returns that another call returned."""
        for owner, value in self.returned(program, made):
            yield from self.of(owner, value, hops)

    def _by_name(self, program: Program, call: Call, called: Name, hops: int) -> Iterator[Value]:
        """Yield what a variable gives that is called: a map under a key, or a block that it holds."""
        for owner, one in self.applied_to(program, call, hops - 1):
            yield from self.of(owner, one, hops - 1)
        for owner, bound in self.bound(program, called, hops - 1):
            if isinstance(bound, Routine):
                yield from self.of(owner, bound, hops - 1)
            if isinstance(bound, Name) and bound.name == called.name:
                # A field that is given with its object.
                functions = [(at, one) for at, one in self.bound(owner, bound, hops - 2) if isinstance(one, Routine)]
                yield from self._results(program, call, functions, hops - 1)
            # What is given here means nothing in another program.
            given = call.arguments if owner is program else []
            if isinstance(bound, Member):
                method = Call(bound.start, bound.end, bound.scope, bound, given, new=False)
                yield from self.of(owner, method, hops - 1)
            made = applied(owner, bound) if isinstance(bound, Call) else None
            if made is not None:
                made.arguments.extend(given)
                yield from self.of(owner, made, hops - 1)

    def _handed_on(self, program: Program, call: Call, through: Through, hops: int) -> Iterator[Value]:
        given = self._given(call, through.start)
        if through.way in ("merge", "pairs", "zipped"):
            return
        if through.way == "default":
            before = self._given(call, RECEIVER) if through.start == LAST else []
            given = [inner for one in given for inner in (one.returned if isinstance(one, Routine) else [one])]
            given = [*before, *given]
        if through.way in ("item", "elements", "path"):
            for owner, held in self._items(program, call, through, given, hops - 1):
                yield from self.of(owner, held, hops - 1)
            return
        if through.way in ("setting", "get"):
            asked = self._set_as if through.way == "setting" else self._asked_for
            yield from asked(program, call, through, given, hops)
            return
        if through.way not in WAYS:
            yield from self._composed(program, call, through, given, hops)
            return
        for one in given:
            for value in self.of(program, one, hops - 1):
                changed = WAYS[through.way](value)
                if changed is not None:
                    yield changed

    def _set_as(
        self, program: Program, call: Call, _through: Through, given: list[Expression], hops: int
    ) -> Iterator[Value]:
        """Yield what property files hold under a key, and what a call gives where they hold nothing."""
        named = [one.value for one in call.arguments if one.name in _SETTING_NAMES]
        for value in (held for one in named[:1] or given for held in self.of(program, one, hops - 1)):
            key, default = setting_of(value.text)
            for owner, put in (
                one for of in self._given(call, RECEIVER) for one in self.entry(program, of, key, hops - 1)
            ):
                yield from self.of(owner, put, hops - 1)
            for owner, text in self._project.settings.under(program, key):
                yield Value((Piece(text.value, text, owner),), (*value.steps, Step(owner, text, f"the setting {key}")))
            changed = changed_by(_default_of)(value) if default else None
            yield from [changed] if changed is not None else []
        for one in call.arguments[1:2]:
            yield from self.of(program, one.value, hops - 1)

    def _asked_for(
        self, program: Program, call: Call, through: Through, given: list[Expression], hops: int
    ) -> Iterator[Value]:
        """Yield what stands in a map under the key that is asked for; where it is not known, all that it holds."""
        found = list(self._items(program, call, through, given, hops - 1)) if call.arguments else []
        for owner, held in found or [(program, one) for one in given]:
            yield from self.of(owner, held, hops - 1)

    def _items(
        self, program: Program, call: Call, through: Through, given: list[Expression], hops: int
    ) -> Iterator[tuple[Program, Expression]]:
        """Yield items of a map: all, or that which a call asks for, and what it gives where there is none."""
        before = 0 if through.start == RECEIVER else int(through.start) + 1
        arguments = [one.value for one in call.arguments[before:]]
        if through.way == "elements" or not arguments:
            yield from (held for one in given for held in self.entry(program, one, EACH, hops))
            return
        found = [(program, one) for one in given]
        for asked in arguments if through.way == "path" else arguments[:1]:
            keys = [asked.name] if isinstance(asked, Key) else [one.text for one in self.of(program, asked, hops)]
            asked_for = keys or [EACH]
            found = [held for owner, one in found for key in asked_for for held in self.entry(owner, one, key, hops)]
        yield from found
        yield from ((program, one) for one in arguments[1:2] if through.way == "item")

    def handed_on(self, program: Program, call: Call) -> list[Expression]:
        """Return the expressions whose text a call hands on as it is; none for other calls."""
        table = calls(program.language).through
        named = [table[name] for name in names_of(program, call) if name in table]
        ways = [one for one in named if says_any(call, one.when)]
        return [one for way in ways[:1] if way.way in _UNCHANGED for one in self._given(call, way.start)]


def _is_of_class(call: Call, routines: Sequence[tuple[Program, Routine]]) -> bool:
    """Tell whether a call names the class whose routine it means: no method of texts or lists of that name is meant."""
    of = call.called.of if isinstance(call.called, Member) else None
    return isinstance(of, Name) and any(routine.owner == of.name for _, routine in routines)


def _is_method(names: Sequence[str], routine: Routine) -> bool:
    """Tell whether one of a call's names is that of a method in its class."""
    known = f"{routine.owner.removesuffix(UNNAMED)}.{routine.name}"
    return bool(routine.owner) and any(name in (known, f"new {known}") for name in names)


def _default_of(text: str) -> str:
    return setting_of(text)[1]


def _given_for(call: Call, routine: Routine, returned: Expression) -> Expression | None:
    """Return what a call gives for a parameter that the routine hands back as it is."""
    if not isinstance(returned, Name) or returned.name not in routine.parameters:
        return None
    place = routine.parameters.index(returned.name)
    named = next((one.value for one in call.arguments if one.name == returned.name), None)
    return named or (call.arguments[place].value if place < len(call.arguments) else None)
