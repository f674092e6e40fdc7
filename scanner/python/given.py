"""The arguments of a call that a table of sinks names."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from scanner.python.sinks import Parameter


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
