"""The names of what is called: through imports, declared types and the calls that made an object."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from scanner.analysis.imports import go_names, plain_module
from scanner.analysis.program import Call, Entries, Expression, Member, Name, Program, Text
from scanner.analysis.program import Routine as _Routine
from scanner.analysis.reading.walk import last_word
from scanner.analysis.syntax import syntax
from scanner.analysis.tables import calls

_MOST_HOPS = 5
_MOST_NAMES = 24
_MOST_BINDINGS = 6
"""What a variable is bound to, as far as its methods are named by it: chains bind it anew at each step."""
RECEIVING = ("run", "apply", "with")
"""Calls that give an object to a block as its own."""
_CONSTRUCTORS = ("__construct",)
"""Methods that classes call to make what they are based on."""
_LENDING = ("open", "start", "connect")
"""Methods of classes that make an object for a block, and close it behind that."""
_INSTANCES = ("getInstance", "instance")
"""Methods of classes that give an object of them."""
_WRAPPING = ("promisify", "promisifyAll")
"""Functions that make of a function another that is called in the same way."""


def names_of(program: Program, call: Call) -> list[str]:
    """Return the names by which tables may know a call, the most telling first; `*.method` is the last."""
    known = program.names.get(id(call))
    if known is not None and known[0] is call:
        return known[1]
    found = _names_of(program, call)
    program.names[id(call)] = (call, found)
    return found


def _names_of(program: Program, call: Call) -> list[str]:
    makes = call.new or _is_of_base(program, call)
    prefix = "new " if makes else ""
    called = call.called
    if isinstance(called, Member) and called.name in _CONSTRUCTORS and called.of is not None:
        # `parent::__construct(...)` makes what the class is based on.
        found = [f"new {name}" for name in _qualified(program, called.of, _MOST_HOPS)]
        return [*found, *(one.removeprefix("new ") for one in found)]
    found = [prefix + name for name in _qualified(program, called, _MOST_HOPS)]
    if makes:
        found.extend(one.removeprefix("new ") for one in list(found))
    if isinstance(call.called, Member):
        found.extend(f"{name}.*.{call.called.name}" for name in _chained(program, call.called.of))
    if isinstance(called, Name):
        found[:0] = [f"{name}.{called.name}" for name in _implied(program, call)]
    anyones = Name | Member if syntax(program.language).implied_receiver else Member
    if isinstance(call.called, anyones):
        found.append(f"*.{call.called.name}")
    return found


def _implied(program: Program, call: Call) -> Iterator[str]:
    """Yield the names of the object to whose block a bare call belongs: `Jedis(host).apply { auth(word) }`."""
    for scope in program.enclosing(call.scope) if syntax(program.language).implied_receiver else ():
        around = program.callbacks.get(id(scope.routine)) if scope.routine is not None else None
        of = around.called.of if around is not None and isinstance(around.called, Member) else None
        if around is not None and last_word(around.called) in RECEIVING and of is not None:
            yield from _qualified(program, of, _MOST_HOPS)


def _is_of_base(program: Program, call: Call) -> bool:
    """Tell whether a call is that of the constructor of what the class around it is based on: `super(...)`."""
    base = program.bases.get(program.owner(call.scope))
    return bool(base) and isinstance(call.called, Name) and call.called.name == base


def says_any(call: Call, words: Sequence[str]) -> bool:
    """Tell whether an argument of a call, or an option in one, is one of `words`; it is where there are none."""
    said = [held for one in call.arguments for held in (one.value, *_options(one.value))]
    return not words or any((one.value if isinstance(one, Text) else last_word(one)) in words for one in said)


def _options(given: Expression) -> list[Expression]:
    return [value for _, value in given.entries] if isinstance(given, Entries) else []


def object_names(program: Program, member: Member) -> list[str]:
    """Return the names of what may have made the object that a member belongs to: its class, or a call."""
    names = _qualified(program, member.of, _MOST_HOPS) if member.of is not None else []
    return [name for one in names for name in (f"new {one}", one)]


def _chained(program: Program, expression: Expression | None) -> list[str]:
    """Return the names of the call with which a chain of two or more calls on one another begins."""
    first, further = expression, 0
    while isinstance(first, Call) and isinstance(first.called, Member) and isinstance(first.called.of, Call):
        first, further = first.called.of, further + 1
    return list(_qualified(program, first, _MOST_HOPS)) if further and first is not None else []


def _qualified(program: Program, expression: Expression, hops: int) -> list[str]:
    known = program.qualified.get(id(expression))
    if known is not None and known[0] is expression:
        return known[1]
    program.qualified[id(expression)] = (expression, [])
    found = list(dict.fromkeys(islice(_known(program, expression, hops), _MOST_NAMES)))
    program.qualified[id(expression)] = (expression, found)
    return found


def _known(program: Program, expression: Expression, hops: int) -> Iterator[str]:
    if isinstance(expression, Name):
        yield from _of_name(program, expression, hops)
    elif isinstance(expression, Member):
        if expression.of is None:
            yield from _own_field(program, expression, hops)
        for of in _qualified(program, expression.of, hops) if expression.of is not None else ():
            yield of if expression.name == "default" else f"{of}.{expression.name}"
        kind = field_type(program, expression)
        if kind:
            yield from _type_names(program, kind)
        if expression.name[:1].isupper() and syntax(program.language).modules == "types":
            # A class by its whole name, without an import: `java.sql.DriverManager`.
            yield expression.name
    elif isinstance(expression, Call):
        yield from _of_call(program, expression, hops)


def _of_call(program: Program, call: Call, hops: int) -> Iterator[str]:
    """An object is named by the call that made it; `require` and `import` of a module by the module."""
    if isinstance(call.called, Name) and call.called.name in ("require", "import") and call.arguments:
        module = call.arguments[0].value
        if isinstance(module, Text):
            yield plain_module(module.value)
        return
    wrapped = call.arguments[0].value if call.arguments and last_word(call.called) in _WRAPPING else call.called
    made = list(_qualified(program, wrapped, hops))
    of = call.called.of if isinstance(call.called, Member) else None
    if last_word(call.called) in _INSTANCES and isinstance(of, Name) and of.name[:1].isupper():
        yield from _qualified(program, of, hops)
    yield from (f"new {name}" for name in made if call.new)
    yield from made
    yield from _type_names(program, call.kind) if call.kind else ()


def _of_name(program: Program, name: Name, hops: int) -> Iterator[str]:
    parts = re.split(r"::|\\|\.", name.name)
    imported = program.imports.get(parts[0])
    if imported is not None:
        rest = parts[1:]
        packages = go_names(imported.module) if program.language == "go" else [imported.module]
        named = [imported.name] if imported.name and imported.name != "default" else []
        for whole in ([package, *named, *rest] for package in packages):
            yield ".".join(whole)
            yield from [".".join(whole[-2:])] if len(whole) > 2 and rest else []
        if program.language == "go" and parts[0] not in packages:
            yield ".".join(parts)
        if imported.name and imported.name != "default":
            yield ".".join([imported.name, *rest])
        owner = imported.module.rpartition(".")[2]
        if imported.name and not rest and owner[:1].isupper() and syntax(program.language).modules == "types":
            # A function of a class that is brought in alone: `Keys.hmacShaKeyFor`.
            yield f"{owner}.{imported.name}"
        if rest and syntax(program.language).modules == "types" and rest[-1][:1].isupper():
            # A class by its whole name, of whose package the first word is brought in, too.
            yield rest[-1]
        return
    yield ".".join(parts)
    if len(parts) > 2:
        yield ".".join(parts[-2:])
    if len(parts) > 1:
        yield parts[-1]
    if hops:
        yield from _of_variable(program, name, hops - 1)


def _of_variable(program: Program, name: Name, hops: int) -> Iterator[str]:
    for scope in program.enclosing(name.scope):
        kind = scope.types.get(name.name)
        if kind and kind != "this":
            yield from _type_names(program, kind)
        if name.name in scope.bound:
            for value in scope.bound[name.name][:_MOST_BINDINGS]:
                if value is not name and not isinstance(value, _Routine):
                    yield from _qualified(program, value, hops)
        if kind or name.name in scope.bound:
            return
        handing = program.callbacks.get(id(scope.routine)) if scope.routine is not None else None
        if handing is not None and scope.routine is not None and name.name in scope.routine.parameters:
            yield from _handed(program, handing, hops)
            return


def _handed(program: Program, call: Call, hops: int) -> Iterator[str]:
    """Yield the names of the object that a method hands to the function that it is given: Kotlin's `use`.

    Ruby's classes hand an object that they make or open to the block behind it.
    """
    of = call.called.of if isinstance(call.called, Member) else None
    made = _qualified(program, call.called, hops) if call.new else []
    yield from (f"new {name}" for name in made)
    lent = syntax(program.language).bare_calls and last_word(call.called) in _LENDING
    if of is not None and (lent or calls(program.language).hands.get(last_word(call.called)) == "same"):
        yield from _qualified(program, of, hops)


def field_type(program: Program, expression: Expression) -> str:
    """Return the declared type of a field of an object whose own type is known; empty where it is not."""
    if not isinstance(expression, Member) or expression.of is None:
        return ""
    of = expression.of
    if isinstance(of, Name):
        kind = next((one.types[of.name] for one in program.enclosing(of.scope) if of.name in one.types), "")
        owner = program.owner(of.scope) if kind == "this" else kind
    else:
        owner = field_type(program, of)
    declared = program.classes.get(owner) if owner else None
    return declared.types.get(expression.name, "") if declared is not None else ""


def _type_names(program: Program, kind: str) -> Iterator[str]:
    parts = re.split(r"::|\\|\.", kind)
    imported = program.imports.get(parts[0])
    if imported is not None:
        for package in go_names(imported.module) if program.language == "go" else [imported.module]:
            yield ".".join([package, *([imported.name] if imported.name else []), *parts[1:]])
    yield ".".join(parts)
    if len(parts) > 1:
        yield parts[-1]


def _own_field(program: Program, member: Member, hops: int) -> Iterator[str]:
    owner = program.owner(member.scope)
    for scope in program.scopes:
        if scope.is_class and scope.owner == owner and member.name in scope.types:
            yield from _type_names(program, scope.types[member.name])
    for value in program.fields.get((owner, member.name), ()) if hops else ():
        yield from _qualified(program, value, hops - 1)
    yield member.name
