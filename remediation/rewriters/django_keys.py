"""Django's SECRET_KEY where it rotates: what was signed with the key before stays valid through SECRET_KEY_FALLBACKS.

Source: Django documentation, "Settings", SECRET_KEY_FALLBACKS (since 4.1).
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from remediation.rewriters.literals import Site
from remediation.rewriters.python_idioms import outer
from remediation.rewriters.python_imports import Names
from remediation.rewriters.source import PythonSource
from remediation.rewriters.splice import Splice

_NAME = "SECRET_KEY_FALLBACKS"


def fallbacks(source: PythonSource, site: Site, secret: str, names: Names) -> Iterator[Splice]:
    """Yield what has the settings know the key before: a line behind the key's, or an item of the list there is."""
    call = f'{names.of("previous_secrets")}("{secret}")'
    present = [each for each in source.spans if isinstance(each, cst.Assign) and _is_list(source, each)]
    if present:
        start = source.span(present[0].value)[0] + len("[")
        gap = ", " if source.slice(present[0].value).strip("[] \n\t") else ""
        yield Splice(start=start, end=start, text=f"*{call}{gap}".encode())
    elif _NAME.encode() not in source.text:
        end = source.text.find(b"\n", source.span(outer(source, site))[1])
        place = end + 1 if end >= 0 else len(source.text)
        newline = source.module.default_newline
        lead = "" if end >= 0 else newline
        yield Splice(start=place, end=place, text=f"{lead}{_NAME} = {call}{newline}".encode())


def _is_list(source: PythonSource, statement: cst.Assign) -> bool:
    named = any(source.slice(target.target) == _NAME for target in statement.targets)
    return named and isinstance(statement.value, cst.List)
