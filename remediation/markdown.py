"""Writes foreign text into Markdown so that it stays text: names of files, reasons, what stood in code.

Sources: the GitHub Flavored Markdown specification, "Code spans" and "Tables"; GitLab's quick actions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from strongroom.kernel.inert import inert

_LONGEST = 200
_MARKS = re.compile(r"[\\`*_\[\]<>#!|~&$%^]|:(?=\S)|(?<=www)\.", re.IGNORECASE)


def code(text: str) -> str:
    """Return `text` as a code span that also holds in the cell of a table: one line, nothing in it has a meaning."""
    # A table splits its cells before it looks for code, and readers differ on what escapes its bar.
    shown = _cut(inert(text)).replace("|", "\\x7c")
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    padded = f" {shown} " if shown[:1] in ("`", " ") or shown[-1:] in ("`", " ") else shown
    return f"{fence}{padded}{fence}" if shown.strip() else "(blank)"


def plain(text: str) -> str:
    """Return `text` as words on one line: no mark, link, mention or HTML comes of it."""
    shown = _MARKS.sub(lambda mark: f"&#{ord(mark[0])};", _cut(inert(text)))
    return shown.replace("@", "@\u200b")


def listed(names: Iterable[str], most: int) -> str:
    """Return names as code spans with commas between, those beyond `most` as a number."""
    every = list(names)
    shown = ", ".join(code(name) for name in every[:most])
    return shown if len(every) <= most else f"{shown} and {len(every) - most} more"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
