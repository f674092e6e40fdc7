"""`.strongroom/run.env`: the variables that rewritten configuration expects, as references; it holds no value.

`strongroom run --env-file .strongroom/run.env -- COMMAND` resolves them for the command alone.
"""

from __future__ import annotations

import io
from collections.abc import Mapping

from remediation.errors import NotRewritable
from remediation.naming import slug

PATH = ".strongroom/run.env"
_HEAD = "# What the configuration here expects in its environment: strongroom run --env-file {} -- COMMAND\n"


def place(tree: Mapping[str, bytes], path: str, variables: Mapping[str, str]) -> tuple[str, bytes]:
    """Return the environment file that takes the variables of the configuration at `path`, with them in it.

    There is one for all, but for configuration that expects another value under a name: that has one of its own.
    """
    for name in (PATH, f".strongroom/run_{slug(path)}.env"):
        present = tree.get(name, b"")
        known = _known(present)
        if all(known.get(key, value) == value for key, value in variables.items()):
            missing = {key: value for key, value in variables.items() if key not in known}
            return name, _merged(name, present, missing)
    raise NotRewritable(f"{name} gives its variables other values already; take them out there, then fix again")


def _known(present: bytes) -> Mapping[str | None, str | None]:
    from dotenv.parser import parse_stream

    return {each.key: each.value for each in parse_stream(io.StringIO(present.decode("utf-8", "replace")))}


def _merged(name: str, present: bytes, missing: Mapping[str, str]) -> bytes:
    text = present.decode("utf-8", "replace") or _HEAD.format(name)
    lines = [f"{key}={_quoted(value)}\n" for key, value in sorted(missing.items())]
    return (text + ("" if text.endswith("\n") else "\n") + "".join(lines)).encode("utf-8")


def _quoted(text: str) -> str:
    if "\n" in text:
        raise NotRewritable("a text of several lines cannot be handed over in the environment file")
    if all(char.isalnum() or char in "{}:/_.-@+=" for char in text):
        return text
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
