"""One key of a person at a terminal, as the answer to a question."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

import click

T = TypeVar("T")

END = ""
"""What Ctrl-D gives, and a terminal that is gone."""


def pressed(question: str, meanings: Mapping[str, T]) -> T | None:
    """Ask, and return what the one key means that is pressed next; None for every key that means nothing.

    Keys that were pressed before the question was asked count for nothing: nobody decides what they have not seen.
    Raises `KeyboardInterrupt` for Ctrl-C, `SystemExit` where the process is told to end; the terminal is then as it
    was before.
    """
    click.echo(question, nl=False)
    with _ending_in_order():
        try:
            key = click.getchar()
        except EOFError:
            key = END
    click.echo(key if key.isprintable() else "")
    return meanings.get(key)


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """Have SIGTERM raise: by itself it would leave the terminal waiting for single keys."""

    def leave(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before if before is not None else signal.SIG_DFL)
