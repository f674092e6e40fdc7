"""What a private key tells of itself. Nobody can be asked about it: no host that it opens stands in it."""

from __future__ import annotations

from collections.abc import Callable

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key

from scanner.checks.keyfile import plain
from scanner.verify.base import Question, Said, unknown
from scanner.verify.reach import Reach

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_OPENSSH = b"OPENSSH PRIVATE KEY"


def ask(question: Question, reach: Reach) -> Said:
    """Return that nothing is known, and whether whoever holds the key could use it at once."""
    return unknown(f"nobody can be asked about a private key; {_usable(question.value.reveal())}")


def _usable(value: bytes) -> str:
    text = plain(value).replace(b"\\r", b"").replace(b"\\n", b"\n")
    load: Callable[..., Any] = load_ssh_private_key if _OPENSSH in text else load_pem_private_key
    try:
        key = load(text, password=None)
    except TypeError:
        return "a passphrase protects this one"
    except (ValueError, UnsupportedAlgorithm):
        return _broken(text)
    size = getattr(key, "key_size", None)
    return f"this one is whole and free of a passphrase ({f'{size} bits' if size else type(key).__name__.strip('_')})"


def _broken(text: bytes) -> str:
    if b"ENCRYPTED" in text:
        return "a passphrase protects this one"
    return "this one cannot be read as it stands here"


VERIFIERS = {"private-key": ask}
