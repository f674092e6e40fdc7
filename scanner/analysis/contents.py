"""What calls put into lists and maps: pairs that a map is made of, and what is set or pushed later."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.analysis.lists import listed_by
from scanner.analysis.names import names_of
from scanner.analysis.places import is_any
from scanner.analysis.program import (
    EACH,
    SPREAD,
    Call,
    Entries,
    Expression,
    Items,
    Key,
    Member,
    Name,
    Opaque,
    Program,
    Routine,
    Text,
)
from scanner.analysis.reading.walk import last_word
from scanner.analysis.syntax import syntax
from scanner.analysis.tables import calls

_PUTTING = ("set", "put", "putIfAbsent", "setProperty", "Add", "TryAdd")
"""Methods that put a value under a key into a map."""
_ADDING = (
    "append",
    "WriteString",
    "Append",
    "AppendLine",
    "AppendFormat",
    "write",
    "push",
    "push_str",
    "concat",
    "add",
)
"""Methods that add to a builder of texts."""
_BUILDERS = ("builder", "newBuilder", "toBuilder")
"""Methods of classes that give what makes an object of them, field by field."""
_EACH = ("ForEach", "forEach")
"""Methods that give each element of a list to a function."""
_MAPS = ("Map", "WeakMap")
_FROM_PAIRS = ("HashMap::from", "BTreeMap::from", "HashMap::from_iter", "BTreeMap::from_iter", "IndexMap::from")
"""Classes and calls whose objects are made of a list of pairs."""
_ENTRIES = "fromEntries"


def made_of_pairs(call: Call) -> bool:
    """Tell whether a call makes a map of a list of pairs: `new Map(pairs)`, `Object.fromEntries(pairs)`."""
    word = last_word(call.called)
    written = call.called.name if isinstance(call.called, Name) else ""
    known = written in _FROM_PAIRS or (word in _MAPS if call.new else word == _ENTRIES)
    return bool(call.arguments) and known


def in_pairs(pairs: Items, key: str) -> Iterator[Expression]:
    """Yield what stands under `key` in a map that is made of pairs."""
    for pair in (one for one in pairs.elements if isinstance(one, Items) and len(one.elements) > 1):
        under = pair.elements[0]
        if is_any(key) or (isinstance(under, Text) and under.value == key):
            yield pair.elements[1]


def paired(program: Program, given: Expression, name: str) -> Iterator[Expression]:
    """Yield the value of a pair that `name` is the key of."""
    given = (listed_by(program, given) or given) if isinstance(given, Call) else given
    if isinstance(given, Items) and len(given.elements) == 2:
        key, value = given.elements
        if isinstance(key, Text) and key.value == name:
            yield value


def as_element(program: Program, value: Expression) -> Expression:
    """Return the element of a map that has `value`: beside its key, which is not followed, where elements are pairs."""
    return _beside_key(value) if syntax(program.language).modules == "types" else value


def _beside_key(value: Expression) -> Items:
    return Items(value.start, value.end, value.scope, [Opaque(value.start, value.start, value.scope), value])


def elements_of(program: Program, call: Call) -> Iterator[Items]:
    """Yield the elements of a map that a call makes, by its arguments' names or of pairs."""
    for one in call.arguments:
        pair = listed_by(program, one.value) if isinstance(one.value, Call) else one.value
        if one.name:
            yield _beside_key(one.value)
        elif isinstance(pair, Items) and len(pair.elements) == 2 and syntax(program.language).modules == "types":
            yield _beside_key(pair.elements[1])


def stored(program: Program, holder: Name | Member) -> Iterator[Expression]:
    """Yield what is put into a list, map or the like by calls of its methods."""
    for word, position in calls(program.language).stored.items():
        for call in _on(program, holder, word):
            if len(call.arguments) > (position if position >= 0 else 0):
                yield call.arguments[position].value
    yield from _copied(program, holder)
    yield from _each_stored(program, holder)
    for outer in _around(program, holder):
        yield from stored(program, outer)


def _each_stored(program: Program, holder: Name | Member) -> Iterator[Expression]:
    """Yield the lists whose elements a method is given one after another that puts them into an object."""
    words = calls(program.language).stored
    for call in (one for word in _EACH for one in program.calls_of.get(word, ())):
        given = call.arguments[-1].value if call.arguments else None
        if isinstance(given, Member) and given.name in words and _same(program, given.of, holder):
            of = call.called.of if isinstance(call.called, Member) else None
            listed = call.arguments[0].value if len(call.arguments) > 1 else of
            yield from [listed] if listed is not None else []


def _around(program: Program, holder: Name | Member) -> Iterator[Name]:
    """Yield the variables of what is made around an object: what is put there, is put into it, as by a writer."""
    for word in calls(program.language).around:
        for call in program.calls_of.get(word, ()):
            given = call.arguments[0].value if call.new and call.arguments else None
            if isinstance(given, Name | Member) and _same(program, given, holder):
                for scope in program.enclosing(call.scope):
                    names = (name for name, held in scope.bound.items() if any(one is call for one in held))
                    yield from (Name(call.start, call.end, call.scope, name) for name in names if name != holder.name)


def _copied(program: Program, holder: Name | Member) -> Iterator[Expression]:
    """Yield what calls copy into a list or array."""
    for name, (start, end) in calls(program.language).copied.items():
        for call in program.calls_of.get(name.rpartition(".")[2], ()):
            if name not in names_of(program, call):
                continue
            target, source = _side(call, end), _side(call, start)
            if source is not None and isinstance(target, Name | Member) and target.name == holder.name:
                yield source


def _side(call: Call, place: int | str) -> Expression | None:
    if isinstance(place, str):
        return call.called.of if isinstance(call.called, Member) else None
    return call.arguments[place].value if place < len(call.arguments) else None


def _setters(name: str) -> tuple[str, ...]:
    capital = name[:1].upper() + name[1:]
    return (f"set{capital}", f"with{capital}", name)


def set_by(program: Program, of: Name, name: str) -> Iterator[Expression]:
    """Yield what calls of a variable's setters set its field `name` to."""
    calls_of = (one for word in _setters(name) for one in _on(program, of, word))
    return (one.arguments[0].value for one in calls_of if len(one.arguments) == 1)


def built_with(call: Call, name: str) -> Iterator[Expression]:
    """Yield what the calls of a builder's chain, of which `call` is the last, set the field `name` to."""
    chain: Expression | None = call
    while isinstance(chain, Call):
        if isinstance(chain.called, Member) and chain.called.name in _setters(name) and len(chain.arguments) == 1:
            yield chain.arguments[0].value
        yield from _put_by(chain, name)
        chain = chain.called.of if isinstance(chain.called, Member) else None


def built_for(program: Program, owner: str, name: str) -> Iterator[Expression]:
    """Yield what the builders of a class are given for a field by its name: `Login.builder().word("...")`."""
    for call in program.calls_of.get(name, ()):
        chain: Expression | None = call.called.of if isinstance(call.called, Member) else None
        while isinstance(chain, Call) and isinstance(chain.called, Member) and chain.called.name not in _BUILDERS:
            chain = chain.called.of
        of = chain.called.of if isinstance(chain, Call) and isinstance(chain.called, Member) else None
        if isinstance(of, Name) and of.name == owner and len(call.arguments) == 1:
            yield call.arguments[0].value


def _put_by(call: Call, key: str) -> Iterator[Expression]:
    """Yield what a call of a builder's chain puts under a key: `builder().put("word", ...)`."""
    if last_word(call.called) in _PUTTING and len(call.arguments) > 1:
        said, value = call.arguments[0].value, call.arguments[1].value
        yield from [value] if is_any(key) or (isinstance(said, Text) and said.value == key) else []


def put_in(program: Program, name: Name | Member, key: str) -> Iterator[Expression]:
    """Yield what calls put into the map or object `name` under a key."""
    under = _put(program).get(name.name, {})
    chosen = (one for held in under.values() for one in held) if is_any(key) else iter(under.get(key, ()))
    found = (value for of, value in chosen if not isinstance(of, Name | Member) or _same(program, of, name))
    return (as_element(program, one) for one in found) if key == EACH else found


def _put(program: Program) -> dict[str, dict[str | None, list[tuple[Expression | None, Expression]]]]:
    """Return what is put into each map or object of a program, by its name and the key; None for a computed key."""
    if program.put is None:
        program.put = {}
        for of, key, value in _puts(program):
            written = key.value if isinstance(key, Text) else None
            program.put.setdefault(last_word(of), {}).setdefault(written, []).append((of, value))
    return program.put


def _puts(program: Program) -> Iterator[tuple[Expression | None, Expression, Expression]]:
    """Yield map, key and value of each call that puts something into a map, or sets a field of what it is given."""
    for call in (one for word in _PUTTING for one in program.calls_of.get(word, ())):
        if isinstance(call.called, Member) and len(call.arguments) > 1:
            yield call.called.of, call.arguments[0].value, call.arguments[1].value
    for call in (one for word in calls(program.language).put for one in program.calls_of.get(word, ())):
        if len(call.arguments) > 2:
            yield call.arguments[0].value, call.arguments[1].value, call.arguments[2].value


def put_inside(program: Program, call: Call, key: str) -> Iterator[Expression]:
    """Yield what is put under a key into the map that a call makes, in a block that belongs to it."""
    for one in (held for word in _PUTTING for held in program.calls_of.get(word, ())):
        within = call.start <= one.start and one.end <= call.end and isinstance(one.called, Name)
        if within and len(one.arguments) > 1 and isinstance(one.arguments[0].value, Text):
            yield from [one.arguments[1].value] if key in (EACH, one.arguments[0].value.value) else []


def merged(program: Program, holder: Name | Member) -> Iterator[Expression]:
    """Yield the maps that are put as a whole into the one that `holder` names, a map for what is given by name."""
    for word in calls(program.language).updates:
        for call in _on(program, holder, word):
            yield from (one.value for one in call.arguments if one.name in ("", SPREAD))
            named = [(one.name, one.value) for one in call.arguments if one.name not in ("", SPREAD)]
            yield Entries(call.start, call.end, call.scope, named)


def fields_of(program: Program, made: Expression) -> list[str]:
    """Return the names of the fields of a class that a call makes: `namedtuple('Login', 'user password')`."""
    if not isinstance(made, Call):
        return []
    table = calls(program.language).structures
    place = next((table[name] for name in names_of(program, made) if name in table), len(made.arguments))
    given = made.arguments[place].value if place < len(made.arguments) else None
    if isinstance(given, Key):
        return [one.value.name for one in made.arguments[place:] if isinstance(one.value, Key)]
    if isinstance(given, Text):
        return re.split(r"[\s,]+", given.value.strip())
    each = given.elements if isinstance(given, Items) else ()
    named = [one.elements[0] if isinstance(one, Items) and one.elements else one for one in each]
    return [one.value if isinstance(one, Text) else "" for one in named]


def default_of(made: Expression, fields: list[str], name: str) -> list[Expression]:
    """Return the default of a field of a class that a call makes: they are those of its last fields."""
    given = [one.value for one in made.arguments if one.name == "defaults"] if isinstance(made, Call) else []
    elements = given[0].elements if given and isinstance(given[0], Items) else []
    place = fields.index(name) - len(fields) + len(elements) if name in fields else -1
    return [elements[place]] if 0 <= place < len(elements) else []


def pushed(program: Program, name: Name) -> list[Expression]:
    """Return what calls push on the list `name`."""
    return [argument.value for one in _on(program, name, "push") for argument in one.arguments]


def added(program: Program, name: Name) -> list[Call]:
    """Return the calls that add to the builder `name`, from its making on."""
    found: list[Call] = []
    for scope in program.enclosing(name.scope):
        for bound in scope.bound.get(name.name, ()):
            if isinstance(bound, Call):
                found.append(bound)
        if found:
            break
    for word in _ADDING:
        found.extend(_on(program, name, word))
    whole = [_whole_chain(program, one) for one in found]
    return sorted(whole, key=lambda one: one.end)


def appended_inside(program: Program, block: Routine) -> list[Expression]:
    """Return what is added, by calls without an object, to the builder to which a block belongs."""
    calls_in = (one for word in _ADDING for one in program.calls_of.get(word, ()) if isinstance(one.called, Name))
    within = sorted((one for one in calls_in if one.scope == block.inside), key=lambda one: one.start)
    return [argument.value for one in within for argument in one.arguments]


def _whole_chain(program: Program, call: Call) -> Call:
    """Return the last of the calls that add to a builder on one another."""
    further = (one for word in _ADDING for one in program.calls_of.get(word, ()))
    outer = next((one for one in further if isinstance(one.called, Member) and one.called.of is call), None)
    return _whole_chain(program, outer) if outer is not None else call


def _on(program: Program, holder: Name | Member, method: str) -> Iterator[Call]:
    """Yield the calls of a method on the object that `holder` names: the same variable, or a field of the name."""
    if method not in program.called_on:
        known: dict[str, list[Call]] = {}
        for call in program.calls_of.get(method, ()):
            if isinstance(call.called, Member):
                known.setdefault(last_word(call.called.of), []).append(call)
        program.called_on[method] = known
    for call in program.called_on[method].get(holder.name, ()):
        of = call.called.of if isinstance(call.called, Member) else None
        if not isinstance(of, Name | Member) or _same(program, of, holder):
            yield call


def _same(program: Program, one: Expression | None, other: Name | Member) -> bool:
    """Tell whether two expressions name the same variable or field."""
    if not isinstance(one, Name | Member) or one.name != other.name:
        return False
    if isinstance(one, Name) and isinstance(other, Name):
        return program.binder(one) is program.binder(other)
    return True
