"""A long message sealed in chunks, so that neither side holds all of it: STREAM over AES-256-GCM.

The construction is Hoang, Reyhanitabar, Rogaway and Vizár's (CRYPTO 2015, "Online Authenticated-Encryption and its
Nonce-Reuse Misuse-Resistance"), laid out as the age file format does ("Payload"): chunks of 64 KiB, and as nonce the
chunk's number in 11 bytes and one byte that is 1 for the last. A chunk that was changed, moved, doubled or taken out
does not open, nor does a message whose end was cut off. The key must be fresh for each message.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.domain.errors import DecryptionFailed

CHUNK_BYTES = 64 * 1024
TAG_BYTES = 16
_NUMBER_BYTES = 11


class Stream:
    """Seals or opens one message under a key of its own."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the sealed chunks of a message that comes in pieces of any size."""
        waiting = bytearray()
        number = 0
        for piece in pieces:
            waiting += piece
            # The last chunk is known only at the end, and is not empty: so as much is always held back.
            while len(waiting) > CHUNK_BYTES:
                yield self._cipher.encrypt(_nonce(number, last=False), bytes(waiting[:CHUNK_BYTES]), None)
                del waiting[:CHUNK_BYTES]
                number += 1
        yield self._cipher.encrypt(_nonce(number, last=True), bytes(waiting), None)

    def open(self, source: BinaryIO) -> Iterator[bytes]:
        """Yield the chunks of a sealed message, each once it is known to be the one that belongs there.

        Raises `DecryptionFailed` at the first that does not, telling how far the message is whole. What came before
        is then no message: only after the last chunk is it known that nothing was cut off.
        """
        chunk = source.read(CHUNK_BYTES + TAG_BYTES)
        for number in count():
            following = source.read(CHUNK_BYTES + TAG_BYTES)
            try:
                yield self._cipher.decrypt(_nonce(number, last=not following), chunk, None)
            except (InvalidTag, ValueError):
                raise DecryptionFailed(
                    f"It is whole up to byte {number * CHUNK_BYTES}, and then cut or changed."
                ) from None
            if not following:
                return
            chunk = following


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(_NUMBER_BYTES, "big") + bytes([last])
