"""How texts are compared without being told: one form for all ways to lay a text out, and a keyed digest of it.

Who looks for a text and who holds it both do this; equal digests then mean equal texts, and without the key a digest
tells nothing. Source of the digest: RFC 7693, BLAKE2b with a key, which needs no HMAC around it.
"""

from __future__ import annotations

from hashlib import blake2b

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

DIGEST_SIZE = 16
"""Bytes of a digest: chance makes no two texts of all that will ever be committed alike."""
SHORTEST_KEY, LONGEST_KEY = 16, 64
SHORTEST = 6
"""Bytes of a text that is compared: a shorter one stands everywhere by chance."""
LONGEST = 65_536
"""Bytes of the longest value that Secrets Manager stores (AWS API page of CreateSecret)."""


def digester(key: bytes) -> Callable[[bytes], bytes]:
    """Return what makes digests under `key`, of 16 to 64 bytes."""

    def digest(text: bytes) -> bytes:
        return blake2b(text, key=key, digest_size=DIGEST_SIZE).digest()

    return digest


def joined_digests(key: bytes, texts: Iterable[bytes]) -> bytes:
    """Return the digests of many texts one behind the other."""
    return b"".join([blake2b(text, key=key, digest_size=DIGEST_SIZE).digest() for text in texts])


def plain_form(text: bytes) -> bytes:
    """Return a text without the white space around it and around its lines, which end in a line feed.

    So a key of many lines is the same text indented, with Windows' line ends, and with or without one at its end.
    """
    bare = text.strip()
    if b"\n" not in bare and b"\r" not in bare:
        return bare
    return b"\n".join([line.strip() for line in bare.splitlines()])
