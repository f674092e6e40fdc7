"""A KMS ciphertext names its key and material; no byte of it can be changed, and no other context opens it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.crypto.aead import generate_key, seal, unseal
from vault.domain.ciphertext import begun, encryption_context, take_apart
from vault.domain.errors import DecryptionFailed
from vault.domain.kms_errors import InvalidCiphertext

KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
MATERIAL_ID = "ab" * 32
KEY = generate_key()
texts = st.text(max_size=8)


def _sealed(plaintext: bytes, context: dict[str, str]) -> bytes:
    made = begun(KEY_ID, MATERIAL_ID)
    return made.front + seal(KEY, plaintext, made.associated_data(encryption_context(context)))


def _opened(blob: bytes, context: dict[str, str]) -> bytes:
    parts = take_apart(blob)
    if (parts.key_id, parts.material_id) != (KEY_ID, MATERIAL_ID):
        raise InvalidCiphertext
    return unseal(KEY, parts.box, parts.associated_data(encryption_context(context)))


@given(st.binary(min_size=1, max_size=64), st.dictionaries(texts, texts, max_size=4))
def test_it_opens_in_its_context_whatever_the_order(plaintext: bytes, context: dict[str, str]) -> None:
    assert _opened(_sealed(plaintext, context), dict(reversed(context.items()))) == plaintext


@given(st.dictionaries(texts, texts, max_size=3), st.dictionaries(texts, texts, max_size=3))
def test_no_other_context_opens_it(context: dict[str, str], other: dict[str, str]) -> None:
    if context != other:
        with pytest.raises(DecryptionFailed):
            _opened(_sealed(b"x", context), other)


def test_every_byte_of_it_counts() -> None:
    blob = _sealed(b"plaintext", {"a": "b"})
    for place in range(len(blob)):
        for flip in (1, 0x80):
            changed = bytearray(blob)
            changed[place] ^= flip
            with pytest.raises((InvalidCiphertext, DecryptionFailed)):
                _opened(bytes(changed), {"a": "b"})


@given(st.binary(max_size=200))
def test_what_is_no_ciphertext_is_refused(blob: bytes) -> None:
    with pytest.raises((InvalidCiphertext, DecryptionFailed)):
        _opened(blob, {})


def test_a_ciphertext_that_was_cut_is_refused() -> None:
    blob = _sealed(b"plaintext", {})
    for length in range(len(blob)):
        with pytest.raises((InvalidCiphertext, DecryptionFailed)):
            _opened(blob[:length], {})
