"""What a grammar's nodes mean to a rewriter: which are literals, what joins them, where no call may stand.

The tables are `LANGUAGE.yaml` beside this file; `go.yaml` says what each key is for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from remediation.errors import NotRewritable

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_FOLDER = Path(__file__).parent
_OPENING = re.compile(rb"""(?P<prefix>[^"'`]*)(?P<quote>"{3,}|'{3}|["'`])""")
_MARKS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A kind of place that a person has to see to: a node, its field that holds the literal (any if none), and why."""

    node: str
    field: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Syntax:
    """One language's table."""

    grammar: str
    literals: Mapping[str, str | Mapping[str, str]]
    """The style of escapes (`escapes.yaml`) of each kind of literal, by what it begins with where that tells."""
    interpolations: frozenset[str]
    joins: frozenset[str]
    """Nodes that join texts with `+`, or without anything."""
    loose: frozenset[str]
    """Nodes in which a sum needs no parentheses."""
    routines: frozenset[str]
    """Nodes whose body runs when it is called, not when the program starts."""
    statements: frozenset[str]
    strategies: Mapping[str, str]
    refusals: Sequence[Refusal]
    data: Mapping[str, Any]
    """What only this language's own module asks for."""

    def parse(self, data: bytes) -> Node:
        """Return the root of the parsed file, whether or not all of it could be read."""
        return _parser(self.grammar).parse(data).root_node


@cache
def _parser(grammar: str) -> Parser:
    from tree_sitter import Language, Parser

    module, _, variant = grammar.partition(":")
    made = getattr(import_module(f"tree_sitter_{module}"), f"language_{variant}" if variant else "language")
    return Parser(Language(made()))


def _table(name: str) -> Mapping[str, Any]:
    said: Mapping[str, Any] = yaml.safe_load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return {**_table(said["like"]), **said} if "like" in said else said


@cache
def syntax(name: str) -> Syntax:
    """Return the table of a language."""
    table = _table(name)
    refusals = tuple(
        Refusal(node=row["node"], field=row.get("field"), reason=row["reason"]) for row in table["refusals"]
    )
    return Syntax(
        grammar=table["grammar"],
        literals=table["literals"],
        interpolations=frozenset(table.get("interpolations", ())),
        joins=frozenset(table["joins"]),
        loose=frozenset(table["loose"]),
        routines=frozenset(table["routines"]),
        statements=frozenset(table["statements"]),
        strategies=table["strategies"],
        refusals=refusals,
        data=table.get("own", {}),
    )


def opening(data: bytes, literal: Node) -> tuple[bytes, bytes]:
    """Return what a literal begins with, prefix and quotes, and the quotes alone, with which it ends."""
    marks = _marks(data, literal)
    if marks is not None:
        return marks
    found = _OPENING.match(data, literal.start_byte, literal.end_byte)
    if found is None or not data[: literal.end_byte].endswith(found["quote"]):
        raise NotRewritable("the literal is written in a way that is not known")
    return found[0], found["quote"]


def _marks(data: bytes, literal: Node) -> tuple[bytes, bytes] | None:
    """Return what begins and ends a literal where its grammar says so: `%q(…)`, or the lines of a heredoc."""
    if literal.type in ("heredoc_body", "nowdoc_body"):
        last = literal.children[-1]
        first = data.find(b"\n", literal.start_byte) + 1
        end = last.start_byte if last.type == "heredoc_end" else literal.end_byte
        return data[literal.start_byte : first], data[end : literal.end_byte]
    if data[literal.start_byte : literal.start_byte + 1] != b"%" or len(literal.children) < _MARKS:
        return None
    return literal.children[0].text or b"", literal.children[-1].text or b""


def style(syntax: Syntax, data: bytes, literal: Node) -> str:
    """Return the style of escapes that a literal is written in."""
    known = syntax.literals[literal.type]
    if isinstance(known, str):
        return known
    head = opening(data, literal)[0].decode()
    return known.get(head.rstrip("([{<|!/") if head.startswith("%") else head, known[""])
