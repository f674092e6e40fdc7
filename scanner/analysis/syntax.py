"""A language's grammar as data: which kinds of node are texts, names, calls, bindings and so on."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from importlib import import_module
from types import MappingProxyType

from scanner.kept import load_yaml
from strongroom.kernel.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from tree_sitter import Parser

_FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "languages")  # noqa: PTH100, PTH118, PTH120
LANGUAGES = os.path.join(_FOLDER, "languages.yaml")  # noqa: PTH118


_INTERPRETER = re.compile(rb"#!\s{0,4}/\S{0,200}?(?:/env(?:\s{1,4}-\S{1,20})?\s{1,4}|/)([a-z]{1,20})[\d.]{0,8}(?=\s)")
"""The first line of a script: `#!/bin/bash`, `#!/usr/bin/env -S ruby`."""
_NOTHING: frozenset[str] = frozenset()


class Form(Record):
    """What a kind of node is (`call`, `bind`, ...) and by which of its fields or children its parts are found."""

    kind: str
    parts: dict[str, Any]
    lists: Mapping[str, frozenset[str]] = MappingProxyType({})
    """What is listed for a part, for a look-up at every node."""

    def field(self, part: str) -> str:
        """Return the grammar's field name for a part, empty where the language has none."""
        return str(self.parts.get(part, ""))

    def listed(self, part: str) -> frozenset[str]:
        """Return the kinds of node that are listed for a part."""
        found = self.lists.get(part)
        return found if found is not None else frozenset(self.parts[part]) if part in self.parts else _NOTHING


class Syntax(Record):
    """One language. `forms` are by the grammar's name for a kind of node."""

    language: str
    grammar: str
    forms: dict[str, Form]
    own: frozenset[str]
    """Words for the object that the code belongs to: `this`, `self`."""
    base: frozenset[str]
    """Words for the class that a class is based on, where their node is that of a name."""
    join: frozenset[str]
    compare: frozenset[str]
    provides: frozenset[str]
    """Annotations that say from which setting a name has its value."""
    defines: frozenset[str]
    """Routines that bind a constant: `define('NAME', value)`."""
    copies: dict[str, int]
    """Routines that put what they are given into their first argument, each with the place of that."""
    either: frozenset[str]
    filled: frozenset[str]
    """Operators that set what stands on their right into a pattern on their left."""
    modules: str
    """How the files of a project name each other: a key of `project.yaml`'s ways."""
    raw: frozenset[str]
    """Marks before which a literal has no escapes."""
    implied_receiver: bool
    """Whether a call by a bare name may be one of an object's methods, as within Kotlin's `apply`."""
    extensions: bool
    """Members of an object may be added to its class elsewhere."""
    packages: bool
    """Whether the files of a folder see each other's names."""
    makes_by_call: bool
    """Whether a call of a class's name makes an object of it."""
    bare_fields: bool
    """Whether a method sees the fields of its object by their bare names."""
    bare_calls: bool
    """Whether a call without arguments is written like a variable, or like a field."""


@lru_cache(maxsize=1)
def languages() -> dict[str, str]:
    """Return the languages that can be analysed, by the endings of their files."""
    table: dict[str, list[str]] = load_yaml(LANGUAGES)
    return {ending: language for language, endings in table.items() for ending in endings}


def language_of(path: str, data: bytes = b"") -> str | None:
    """Return the language of the file at `path`, by its ending or name; None for one that cannot be analysed.

    Of one that has neither the first line of its `data` may say by which interpreter it is run.
    """
    name = path.rpartition("/")[2]
    ending = "." + name.lower().rpartition(".")[2] if "." in name else name
    found = languages().get(ending)
    if found is None and data.startswith(b"#!"):
        run = _INTERPRETER.match(data)
        return languages().get(f"#!{run[1].decode()}") if run is not None else None
    return found


@lru_cache(maxsize=32)
def syntax(language: str) -> Syntax:
    """Return the syntax of `language` as `languages/LANGUAGE.yaml` has it."""
    table = _table(language)
    forms = {
        node: Form(kind=given, parts={}) if isinstance(given, str) else _form(given)
        for node, given in table["forms"].items()
    }
    return Syntax(
        language=language,
        grammar=table["grammar"],
        forms=forms,
        own=frozenset(table.get("own", ())),
        base=frozenset(table.get("base", ())),
        join=frozenset(table.get("join", ())),
        compare=frozenset(table.get("compare", ())),
        provides=frozenset(table.get("provides", ())),
        defines=frozenset(table.get("defines", ())),
        copies=dict(table.get("copies", {})),
        either=frozenset(table.get("either", ())),
        filled=frozenset(table.get("filled", ())),
        modules=table.get("modules", "none"),
        raw=frozenset(table.get("raw", ())),
        implied_receiver=bool(table.get("implied_receiver", False)),
        extensions=bool(table.get("extensions", False)),
        packages=bool(table.get("packages", False)),
        makes_by_call=bool(table.get("makes_by_call", False)),
        bare_fields=bool(table.get("bare_fields", False)),
        bare_calls=bool(table.get("bare_calls", False)),
    )


def _form(given: dict[str, Any]) -> Form:
    lists = {part: frozenset(one) for part, one in given.items() if isinstance(one, list)}
    return Form(kind=given["as"], parts=given, lists=lists)


@lru_cache(maxsize=32)
def parser(grammar: str) -> Parser:
    """Return the parser of a grammar, which is the Python module that holds it."""
    from tree_sitter import Language, Parser

    module, _, variant = grammar.partition(":")
    made = getattr(import_module(module), f"language_{variant}" if variant else "language")
    return Parser(Language(made()))


def _table(language: str) -> dict[str, Any]:
    """Return what a language's file says, on top of the language that it is like."""
    table: dict[str, Any] = load_yaml(os.path.join(_FOLDER, f"{language}.yaml"))  # noqa: PTH118
    base = _table(table["like"]) if "like" in table else {}
    return {**base, **table, "forms": {**base.get("forms", {}), **table["forms"]}}


@lru_cache(maxsize=32)
def folder_file(name: str) -> str:
    """Return the path of a data file beside the languages."""
    return os.path.join(_FOLDER, name)  # noqa: PTH118
