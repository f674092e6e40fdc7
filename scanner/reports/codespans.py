"""Text of a repository in Markdown: in code spans that it cannot leave, in rows of tables that it cannot split."""

from __future__ import annotations

from collections.abc import Iterable

from strongroom.kernel.inert import inert


def code(text: str) -> str:
    """Return `text` as a code span that cannot be left (CommonMark 0.31 section 6.1) nor split by a table."""
    shown = inert(text).replace("`", "\\x60").replace("|", "\\x7c")
    return f"`{shown}`" if shown.strip() else "` `"


def row(cells: Iterable[str]) -> str:
    """Return a row of a table of GitHub-flavoured Markdown; `cells` are Markdown already."""
    return f"| {' | '.join(cells)} |\n"


def head(names: Iterable[str]) -> str:
    """Return the head of a table with these columns."""
    columns = list(names)
    return row(columns) + row(["---"] * len(columns))
