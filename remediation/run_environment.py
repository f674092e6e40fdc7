"""`.strongroom/run.env`: the variables that rewritten configuration expects, as references; it holds no value.

`strongroom run --env-file .strongroom/run.env -- COMMAND` resolves them for the command alone.
"""

from __future__ import annotations

import io
from collections.abc import Mapping

from remediation.errors import NotRewritable

PATH = ".strongroom/run.env"
COMMAND = f"strongroom run --env-file {PATH} --"
_HEAD = f"# What the configuration here expects in its environment. Start it with: {COMMAND} COMMAND\n"


def merged(present: bytes, variables: Mapping[str, str]) -> bytes:
    """Return the file with `variables` in it; what it holds of other names stays as it is."""
    from dotenv.parser import parse_stream

    text = present.decode("utf-8", "replace") or _HEAD
    known = {each.key: each.value for each in parse_stream(io.StringIO(text))}
    lines = [f"{name}={_quoted(value)}\n" for name, value in sorted(variables.items()) if name not in known]
    for name, value in variables.items():
        if name in known and known[name] != value:
            raise NotRewritable(f"{PATH} gives {name} another value already, and one environment holds one")
    return (text + ("" if text.endswith("\n") else "\n") + "".join(lines)).encode("utf-8")


def _quoted(text: str) -> str:
    if "\n" in text:
        raise NotRewritable("a text of several lines cannot be handed over in the environment file")
    if all(char.isalnum() or char in "{}:/_.-@+=" for char in text):
        return text
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
