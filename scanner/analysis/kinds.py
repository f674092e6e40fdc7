"""The structures that expressions of Go are declared to be of, through the files and packages of a project."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.analysis.program import Call, Expression, Member, Name, Program
from scanner.analysis.project import Project
from scanner.analysis.reading.walk import last_word

_MOST_HOPS = 6


def fields_by_kind(
    project: Project, program: Program, of: Expression, name: str
) -> Iterator[tuple[Program, Expression]]:
    """Yield what the field `name` of what `of` is declared to be is bound to, where its type stands elsewhere."""
    for other, kind in _kinds(project, program, of, _MOST_HOPS):
        yield from project.held(other, kind, name)
        for member in _members(program, of):
            # A structure within another is set field by field: `conf.Mail.Password = ...`.
            yield from ((other, one) for one in other.fields.get((f"={member}", name), ()))


def _members(program: Program, of: Expression) -> list[str]:
    """Return by which name the structure is a field of another that an expression, or its variable, stands for."""
    bound = [of]
    if isinstance(of, Name):
        bound = next((one.bound[of.name] for one in program.enclosing(of.scope) if of.name in one.bound), [])
    return [one.name for one in bound if isinstance(one, Member)]


def _kinds(project: Project, program: Program, of: Expression, hops: int) -> Iterator[tuple[Program, str]]:
    """Yield the structure that an expression is declared to be, by its name, and a file that declares it."""
    if not hops:
        return
    if isinstance(of, Name):
        yield from _of_name(project, program, of, hops)
    elif isinstance(of, Member) and of.of is not None:
        for other, owner in _kinds(project, program, of.of, hops - 1):
            held = (other.classes[kind].types for kind in (owner, *other.kinds.get(owner, ())) if kind in other.classes)
            for types in (one for one in held if of.name in one):
                yield from _placed(project, other, types[of.name])
    elif isinstance(of, Call) and of.new:
        yield from _placed(project, program, of.called.name if isinstance(of.called, Name) else last_word(of.called))
    elif isinstance(of, Call):
        for other, routine in project.routines(program, of)[:1]:
            for returned in routine.returned[:1]:
                yield from _kinds(project, other, returned, hops - 1)


def _of_name(project: Project, program: Program, name: Name, hops: int) -> Iterator[tuple[Program, str]]:
    for scope in program.enclosing(name.scope):
        kind = scope.types.get(name.name, "")
        if kind:
            yield from _placed(project, program, program.owner(name.scope) if kind == "this" else kind)
            return
        for one in scope.bound.get(name.name, ())[:1]:
            yield from _kinds(project, program, one, hops - 1)
            return


def _placed(project: Project, program: Program, kind: str) -> Iterator[tuple[Program, str]]:
    """Yield the file in which a structure stands: this one, one of its package, or of the package that it names."""
    package, _, word = kind.rpartition(".")
    for other in project.declaring(program, package, word):
        yield other, word
