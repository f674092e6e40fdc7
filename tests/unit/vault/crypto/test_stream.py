"""A message in chunks opens as a whole or is refused: nothing of it can be changed, moved, doubled or cut off."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vault.crypto.aead import generate_key
from vault.crypto.stream import CHUNK_BYTES, TAG_BYTES, Stream
from vault.domain.errors import DecryptionFailed

_SEALED = CHUNK_BYTES + TAG_BYTES
_KEY = generate_key()
_MESSAGE = bytes(range(256)) * (3 * CHUNK_BYTES // 256) + b"the end"


def _sealed(message: bytes, key: bytes = _KEY) -> bytes:
    return b"".join(Stream(key).seal([message]))


def _opened(sealed: bytes, key: bytes = _KEY) -> bytes:
    return b"".join(Stream(key).open(io.BytesIO(sealed)))


@given(st.lists(st.integers(0, 2 * CHUNK_BYTES), max_size=4))
@settings(max_examples=40)
def test_whatever_pieces_it_comes_in_a_message_opens_as_it_was(sizes: list[int]) -> None:
    pieces = [bytes([number]) * size for number, size in enumerate(sizes)]
    assert _opened(b"".join(Stream(_KEY).seal(pieces))) == b"".join(pieces)


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES])
def test_a_message_of_any_size_grows_by_a_tag_for_each_chunk(size: int) -> None:
    sealed = _sealed(b"m" * size)
    assert len(sealed) == size + TAG_BYTES * max(1, -(-size // CHUNK_BYTES))
    assert _opened(sealed) == b"m" * size


@given(st.integers(0, 3 * _SEALED + 22), st.integers(0, 7))
def test_no_bit_can_be_changed(place: int, bit: int) -> None:
    sealed = bytearray(_sealed(_MESSAGE))
    sealed[place] ^= 1 << bit
    with pytest.raises(DecryptionFailed):
        _opened(bytes(sealed))


@given(st.integers(0, 3 * _SEALED + 22))
def test_no_end_can_be_cut_off(length: int) -> None:
    with pytest.raises(DecryptionFailed):
        _opened(_sealed(_MESSAGE)[:length])


@pytest.mark.parametrize("length", [0, _SEALED, 2 * _SEALED, 3 * _SEALED])
def test_an_end_cut_off_between_chunks_is_missed(length: int) -> None:
    with pytest.raises(DecryptionFailed):
        _opened(_sealed(_MESSAGE)[:length])


def _chunks(sealed: bytes) -> list[bytes]:
    return [sealed[start : start + _SEALED] for start in range(0, len(sealed), _SEALED)]


@pytest.mark.parametrize(
    "changed",
    [
        lambda chunks: [chunks[1], chunks[0], *chunks[2:]],
        lambda chunks: [chunks[0], chunks[0], *chunks[1:]],
        lambda chunks: [*chunks[:1], *chunks[2:]],
        lambda chunks: chunks[1:],
        lambda chunks: [*chunks, chunks[-1]],
        lambda chunks: [*chunks, b"more"],
    ],
)
def test_no_chunk_can_be_moved_doubled_taken_out_or_added(changed: Callable[[list[bytes]], list[bytes]]) -> None:
    with pytest.raises(DecryptionFailed):
        _opened(b"".join(changed(_chunks(_sealed(_MESSAGE)))))


def test_a_chunk_of_another_message_is_refused() -> None:
    other = _chunks(_sealed(_MESSAGE, generate_key()))
    with pytest.raises(DecryptionFailed):
        _opened(b"".join([other[0], *_chunks(_sealed(_MESSAGE))[1:]]))


def test_the_refusal_tells_how_far_it_is_whole() -> None:
    with pytest.raises(DecryptionFailed, match=f"whole up to byte {2 * CHUNK_BYTES}"):
        _opened(_sealed(_MESSAGE)[: 3 * _SEALED - 5])
