"""Where something stands: the scope that a variable belongs to, the names of an element, the words of a path."""

from __future__ import annotations

from scanner.analysis.program import EACH, Expression, Member, Name, Program

_ORDER = ("first", "second", "third")


def variable(program: Program, name: Name) -> tuple[int, int, str]:
    """Return what is the same for all names that stand for one variable: its program, scope and name."""
    for scope in program.enclosing(name.scope):
        taken = scope.routine is not None and name.name in scope.routine.parameters
        if scope.is_class:
            # A field may be bound to the parameter of its own name.
            return id(program), id(name), name.name
        if taken or name.name in scope.bound or name.name in scope.types:
            return id(program), id(scope), name.name
    return id(program), 0, name.name


def places(place: int) -> tuple[str, ...]:
    """Return the names of the element at a place of a list, pair or tuple."""
    words = (_ORDER[place],) if place < len(_ORDER) else ()
    return (str(place), f"[{place}]", f"_{place + 1}", f"Item{place + 1}", *words)


def any_key(name: str) -> bool:
    """Tell whether a key stands for every key: it is computed, by the variable whose name follows the mark, if any."""
    return name.startswith(EACH)


def dotted(expression: Expression | None) -> list[str]:
    """Return the words of `a.b.c`; none for anything else."""
    if isinstance(expression, Name):
        return [expression.name]
    if isinstance(expression, Member):
        before = dotted(expression.of)
        return [*before, expression.name] if before else []
    return []
