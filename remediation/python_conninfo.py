"""Logins in Python texts of names and values, as libpq takes them: `host=db user=shop password=… dbname=orders`.

Source: PostgreSQL documentation, "Connection Strings", "Keyword/Value Connection Strings".
"""

from __future__ import annotations

import re

from remediation.connection import constant
from remediation.model import Connection
from remediation.rewriters.code import logins
from remediation.rewriters.literals import Site
from remediation.rewriters.source import PythonSource

_EXPRESSION = re.compile("[\ue000-\uf8ff]")
# A value with these stands in quotes, or spelled otherwise than it is, and what a rotation makes would have to as well.
_SPELLED = frozenset("'\\ ")
_ENGINE = "postgres"


def read(source: PythonSource, site: Site) -> Connection | None:
    """Return the login of a text by what stands around its password, None where the text shows none."""
    if site.whole or site.in_url or not site.value.is_text or set(site.value.reveal_text()) & _SPELLED:
        return None
    before, after = _known(source, site, site.before), _known(source, site, site.after)
    if ";" in before + after:
        return None  # Other drivers part their names and values by semicolons.
    found = logins.in_text(before, after)
    return found if found is not None and found.engine == _ENGINE else None


def _known(source: PythonSource, site: Site, text: str) -> str:
    """Return a text with the constants of the module in the place of their names."""
    return _EXPRESSION.sub(lambda mark: constant(source, site.expression(mark[0])) or mark[0], text)
