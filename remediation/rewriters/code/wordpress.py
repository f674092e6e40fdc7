"""The login of a WordPress site, whose parts are constants of their own in `wp-config.php`.

Source: WordPress Advanced Administration Handbook, "Editing wp-config.php" (database settings).
"""

from __future__ import annotations

import re

from remediation.model import Connection
from remediation.rewriters.code.texts import Site
from remediation.rewriters.configuration import grammar

_PART = re.compile(r"""\bdefine\(\s*(['"])DB_(NAME|USER|HOST)\1\s*,\s*(['"])([^'"\\$]*)\3\s*\)""")
_PASSWORD = re.compile(r"""\bdefine\(\s*['"]DB_PASSWORD['"]\s*,""")


def login(site: Site, data: bytes) -> Connection | None:
    """Return the login whose password a literal is, None where it is none of WordPress's."""
    call = next((one for one in grammar.lineage(site.literal) if one.type == "function_call_expression"), None)
    if not site.whole or call is None or _PASSWORD.match(grammar.text(call)) is None:
        return None
    found = _PART.findall(data.decode("utf-8", "replace"))
    parts = {name: text for _, name, _, text in found}
    if len(found) != len(parts) or not parts.get("USER") or not parts.get("HOST"):
        return None
    host, _, port = parts["HOST"].partition(":")
    return Connection(
        engine="mysql",
        host=host or None,
        port=int(port) if port.isdigit() else None,
        username=parts["USER"],
        dbname=parts.get("NAME") or None,
    )
