"""Where a password goes straight into the call that logs in with it, so that the login can be tried once more.

Such a call is handed to the accessor's `with_secret` as a whole: after a rotation the first login is refused, the store
is asked again, and the second one comes in. Calls that only prepare a login (an engine, a pool) stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst
import libcst.matchers as m
from libcst.helpers import get_full_name_for_node

from remediation.connection import table
from remediation.rewriters.literals import Site
from remediation.rewriters.python_idioms import environ_default, origin, outer
from remediation.rewriters.source import PythonSource

_PARAMETERS = ("password", "value", "stored_password", "rotated_password")
_SCOPES = (cst.ClassDef, cst.FunctionDef, cst.Lambda)
# What these give depends on the function that they are called in.
_OF_THE_FUNCTION = frozenset({"super", "locals", "vars", "dir", "eval", "exec"})
# A lambda waits for nothing, yields nothing, and keeps what it binds to itself.
_NOT_IN_LAMBDAS = m.Await() | m.Yield() | m.NamedExpr()


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A call that logs in, and the name that the password gets in it."""

    call: cst.Call
    parameter: str


def login_of(source: PythonSource, site: Site) -> Login | None:
    """Return the login that the password at `site` is an argument of, None where no call can be tried again."""
    node = outer(source, site)
    call = _call_with(source, node)
    if call is None or site.is_bytes or environ_default(source, node) is not None:
        return None
    if origin(source, get_full_name_for_node(call.func) or "") not in _connecting():
        return None
    if m.findall(call, _NOT_IN_LAMBDAS) or isinstance(source.parents[call], cst.Await) or _in_class(source, call):
        return None
    read = _read_in(call)
    free = (name for name in _PARAMETERS if name not in read and not read & _OF_THE_FUNCTION)
    return next((Login(call=call, parameter=name) for name in free), None)


def _connecting() -> set[str]:
    return {name for engine in table()["engines"] for name in engine.get("connects", ())}


def _call_with(source: PythonSource, node: cst.CSTNode) -> cst.Call | None:
    """Return the call that has the text as an argument, put together from others by `+` or not."""
    parent = source.parents[node]
    while isinstance(parent, cst.BinaryOperation):
        node, parent = parent, source.parents[parent]
    call = source.parents[parent] if isinstance(parent, cst.Arg) else None
    return call if isinstance(call, cst.Call) else None


def _in_class(source: PythonSource, call: cst.Call) -> bool:
    """Tell whether a call stands in a class's own body, whose names a lambda does not see."""
    scopes = (above for _, above in source.ancestors(call) if isinstance(above, _SCOPES))
    return isinstance(next(scopes, None), cst.ClassDef)


def _read_in(call: cst.Call) -> set[str]:
    """Return the names that a call's expressions read; its keywords are none."""
    names = [each for each in m.findall(call, m.Name()) if isinstance(each, cst.Name)]
    keywords = [arg.keyword for arg in call.args]
    return {each.value for each in names if not any(each is keyword for keyword in keywords)}
