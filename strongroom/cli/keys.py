"""One key of a person at a terminal, as the answer to a question."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import click

T = TypeVar("T")

END = ""
"""What Ctrl-D gives, and a terminal that is gone."""


def pressed(question: str, meanings: Mapping[str, T]) -> T | None:
    """Ask, and return what the one key means that is pressed next; None for every key that means nothing.

    Keys that were pressed before the question was asked count for nothing: nobody decides what they have not seen.
    Raises `KeyboardInterrupt` for Ctrl-C; the terminal is then as it was before.
    """
    click.echo(question, nl=False)
    try:
        key = click.getchar()
    except EOFError:
        key = END
    click.echo(key if key.isprintable() else "")
    return meanings.get(key)
