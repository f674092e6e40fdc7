"""Calls that take credentials: the table, and the arguments of a call that it names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import libcst as cst
import yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter that takes a credential, or (without a rule) a connection URL that may hold one."""

    keyword: str
    position: int | None = None
    element: int | None = None
    rule: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkTable:
    """Parameters by the dotted name of their call, and the names of calls that hand a text through."""

    calls: dict[str, tuple[Parameter, ...]]
    transparent: frozenset[str]


@lru_cache(maxsize=1)
def sink_table() -> SinkTable:
    """Return the table of `sinks.yaml`."""
    read = yaml.safe_load(files(__package__).joinpath("sinks.yaml").read_text(encoding="utf-8"))
    calls: dict[str, tuple[Parameter, ...]] = {}
    for entry in read["sinks"]:
        parameters = tuple(Parameter(**parameter) for parameter in entry["parameters"])
        for call in entry["calls"]:
            calls[call] = calls.get(call, ()) + parameters
    return SinkTable(calls=calls, transparent=frozenset(read["transparent"]))


def arguments(call: cst.Call, parameters: tuple[Parameter, ...]) -> Iterator[tuple[Parameter, cst.BaseExpression]]:
    """Yield each parameter that `call` gives, with the expression given."""
    for parameter in parameters:
        given = _given(call, parameter)
        value = _element(given, parameter) if given is not None else None
        if value is not None:
            yield parameter, value


def _given(call: cst.Call, parameter: Parameter) -> cst.BaseExpression | None:
    for index, argument in enumerate(call.args):
        if argument.star:
            continue
        if argument.keyword is None and index == parameter.position:
            return argument.value
        if argument.keyword is not None and argument.keyword.value == parameter.keyword:
            return argument.value
    return None


def _element(value: cst.BaseExpression, parameter: Parameter) -> cst.BaseExpression | None:
    if parameter.element is None:
        return value
    if isinstance(value, cst.Tuple | cst.List) and len(value.elements) > parameter.element:
        return value.elements[parameter.element].value
    return None
