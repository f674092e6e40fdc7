"""AES-256-GCM, the subkeys and their MACs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.kernel.secretvalue import SecretValue
from vault.crypto.aead import generate_key, seal, unseal
from vault.crypto.kdf import Barrier, Purpose
from vault.domain.envelope import Part, Place, untag
from vault.domain.errors import DecryptionFailed

KEY = bytes(range(32))


@given(plaintext=st.binary(max_size=200), aad=st.binary(max_size=50))
def test_what_is_sealed_opens_at_its_place(plaintext: bytes, aad: bytes) -> None:
    assert unseal(KEY, seal(KEY, plaintext, aad), aad) == plaintext


def test_a_known_answer_opens() -> None:
    # NIST GCM test vectors, gcmDecrypt256, Keylen 256, IVlen 96, PTlen 128, AADlen 0, Taglen 128, Count 0.
    key = bytes.fromhex("4c8ebfe1444ec1b2d503c6986659af2c94fafe945f72c1e8486a5acfedb8a0f8")
    nonce = bytes.fromhex("473360e0ad24889959858995")
    ciphertext = bytes.fromhex("d2c78110ac7e8f107c0df0570bd7c90c")
    tag = bytes.fromhex("c26a379b6d98ef2852ead8ce83a833a7")
    assert unseal(key, nonce + ciphertext + tag, b"").hex() == "7789b41cb3ee548814ca0b388c10b343"


def test_a_flipped_bit_anywhere_does_not_open() -> None:
    box = seal(KEY, b"value", b"place")
    for position in range(len(box) * 8):
        damaged = bytearray(box)
        damaged[position // 8] ^= 1 << position % 8
        with pytest.raises(DecryptionFailed):
            unseal(KEY, bytes(damaged), b"place")


@pytest.mark.parametrize("size", [0, 1, 11, 12, 27])
def test_what_is_too_short_does_not_open(size: int) -> None:
    with pytest.raises(DecryptionFailed):
        unseal(KEY, bytes(size), b"")


def test_another_key_or_place_does_not_open() -> None:
    box = seal(KEY, b"value", b"place")
    for key, aad in ((generate_key(), b"place"), (KEY, b"elsewhere")):
        with pytest.raises(DecryptionFailed):
            unseal(key, box, aad)


def test_the_same_plaintext_is_never_sealed_the_same_way_twice() -> None:
    assert len({seal(KEY, b"value", b"") for _ in range(100)}) == 100


def test_subkeys_differ_by_purpose_and_store() -> None:
    root = SecretValue(KEY)
    macs = {Barrier(root, store).mac(purpose, b"text") for store in ("one", "two") for purpose in Purpose}
    assert len(macs) == 2 * len(Purpose)


def test_a_mac_tells_apart_where_its_parts_end() -> None:
    barrier = Barrier(SecretValue(KEY), "store")
    assert barrier.mac(Purpose.STATE, b"ab", b"c") != barrier.mac(Purpose.STATE, b"a", b"bc")


def test_a_mac_verifies_only_its_own_parts() -> None:
    barrier = Barrier(SecretValue(KEY), "store")
    mac = barrier.mac(Purpose.STATE, b"text")
    assert barrier.verifies(mac, Purpose.STATE, b"text")
    assert not barrier.verifies(mac, Purpose.STATE, b"texu")
    assert not barrier.verifies(mac, Purpose.TRAIL, b"text")


def test_every_part_of_a_place_is_in_its_associated_data() -> None:
    place = {"store_id": "s", "account_id": "a", "region": "r", "key_id": "k", "arn": "n", "version_id": "v"}
    seen = {Place(**place).associated_data(part) for part in Part}
    seen |= {Place(**{**place, name: "other"}).associated_data(Part.VALUE) for name in place}
    assert len(seen) == len(Part) + len(place)


@pytest.mark.parametrize("sealed", [b"", b"\x00box", b"\x02box"])
def test_another_format_is_refused(sealed: bytes) -> None:
    with pytest.raises(DecryptionFailed, match="unknown format"):
        untag(sealed)
