"""Each keeper with what it needs around it: the right secret, a wrong one, and none."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from vault.crypto.passphrase import Costs
from vault.seal.base import Keeper
from vault.seal.passphrase import Passphrase
from vault.seal.plain import PlainFile

QUICK = Costs(memory_kib=19 * 1024, iterations=1, lanes=1)
"""The least that a file may ask for: the suite derives many keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A keeper to put to the test."""

    new: Callable[[], Keeper]
    """The keeper that wraps, with a secret of its own."""
    right: Callable[[], Keeper]
    """A keeper as another process makes it, with the secret of what was wrapped last."""
    wrong: Callable[[], Keeper]
    """The same with another secret."""
    way_out: str
    """What the refusal of the wrong one must say."""
    told: Callable[[], list[bytes]]
    """The secrets in play, which must show nowhere."""


def fed(text: bytes) -> int:
    """Return a file descriptor that gives `text` and ends."""
    reader, writer = os.pipe()
    os.write(writer, text)
    os.close(writer)
    return reader


@contextmanager
def plain_file(folder: Path) -> Iterator[Case]:
    """The key in a file as it is; the wrong secret is an absent file."""
    yield Case(
        new=lambda: PlainFile(folder, "kept.key"),
        right=lambda: PlainFile(folder, ""),
        wrong=lambda: PlainFile(folder / "elsewhere", ""),
        way_out="cannot be read",
        told=list,
    )


@contextmanager
def passphrase(folder: Path) -> Iterator[Case]:
    """A passphrase on a file descriptor."""
    chosen, other = secrets.token_hex(12).encode(), secrets.token_hex(12).encode()
    yield Case(
        new=lambda: Passphrase(fed(chosen + b"\n"), QUICK),
        right=lambda: Passphrase(fed(chosen)),
        wrong=lambda: Passphrase(fed(other + b"\n")),
        way_out="try again with the right one",
        told=lambda: [chosen, other],
    )


KEEPERS = {"file": plain_file, "passphrase": passphrase}
