"""One key of a person at a terminal, as the answer to a question."""

from __future__ import annotations

import os
import signal
import sys
import termios
import tty
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

import click

T = TypeVar("T")

END = ""
"""What Ctrl-D gives, and a terminal that is gone."""
_CTRL_C, _CTRL_D = "\x03", "\x04"
_LONGEST_KEY = 32
"""Bytes: a character of UTF-8, or what an arrow sends."""


def pressed(question: str, meanings: Mapping[str, T]) -> T | None:
    """Ask, and return what the one key means that is pressed next; None for every key that means nothing.

    Keys that were pressed before the question was asked count for nothing: nobody decides what they have not seen. One
    that is pressed once it can be read counts. Raises `KeyboardInterrupt` for Ctrl-C, `SystemExit` where the process is
    told to end; the terminal is then as it was before.
    """
    with _ending_in_order():
        try:
            with _single_keys() as terminal:
                click.echo(question, nl=False)
                key = os.read(terminal, _LONGEST_KEY).decode("utf-8", "replace")
        except (OSError, termios.error):
            key = END
    if _CTRL_C in key:
        raise KeyboardInterrupt
    key = END if key == _CTRL_D else key
    click.echo(key if key.isprintable() else "")
    return meanings.get(key)


@contextmanager
def _single_keys() -> Iterator[int]:
    """Have the terminal give each key as it is pressed, from now on; it is as before once the block ends."""
    place = sys.stdin.fileno()
    before = termios.tcgetattr(place)
    ours = termios.tcgetattr(place)
    # Ctrl-C comes as a key, too: a terminal signals only whoever it belongs to.
    ours[tty.LFLAG] &= ~(termios.ECHO | termios.ICANON | termios.ISIG | termios.IEXTEN)
    ours[tty.CC][termios.VMIN], ours[tty.CC][termios.VTIME] = 1, 0
    try:
        termios.tcsetattr(place, termios.TCSAFLUSH, ours)
        yield place
    finally:
        termios.tcsetattr(place, termios.TCSADRAIN, before)


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
