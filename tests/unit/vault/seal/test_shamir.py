"""The keeper that several people open together."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Sequence
from dataclasses import replace

import pytest

from strongroom.kernel.errors import UsageError
from strongroom.kernel.secretvalue import SecretValue
from tests.contract.seal.keepers import fed
from vault.crypto.aead import generate_key
from vault.domain.errors import Sealed
from vault.seal.base import Envelope
from vault.seal.shamir import Shamir

ROOT_KEY = SecretValue(generate_key())


def _made(shares: int = 4, threshold: int = 2) -> tuple[Envelope, list[bytes]]:
    handed: list[bytes] = []

    def hand_out(given: Sequence[SecretValue]) -> None:
        handed.extend(share.reveal() for share in given)

    return Shamir(shares, threshold, hand_out).wrap(ROOT_KEY, "a store"), handed


def _opened(envelope: Envelope, *shares: bytes) -> SecretValue:
    return Shamir(source=fed(b"\n".join(shares))).unwrap(envelope)


def test_any_two_of_four_shares_open() -> None:
    envelope, shares = _made()
    assert len(shares) == 4
    assert all(_opened(envelope, *pair) == ROOT_KEY for pair in itertools.permutations(shares, 2))


def test_a_share_is_33_words_of_the_standard() -> None:
    assert {len(share.split()) for share in _made()[1]} == {33}


def test_too_few_shares_are_counted() -> None:
    envelope, shares = _made(5, 3)
    with pytest.raises(Sealed, match="2 of 3 needed shares"):
        _opened(envelope, *shares[:2])


def test_a_share_with_a_wrong_word_is_named() -> None:
    envelope, shares = _made()
    words = shares[1].split()
    words[20] = b"academic" if words[20] != b"academic" else b"acid"
    with pytest.raises(Sealed, match="Share 2 is not a share, or one of its words is wrong"):
        _opened(envelope, shares[0], b" ".join(words))


def test_what_is_no_share_is_named_and_not_shown() -> None:
    envelope, _ = _made()
    with pytest.raises(Sealed, match="Share 1 is not a share") as refused:
        _opened(envelope, b"\xff anything at all")
    assert "anything" not in str(refused.value)


def test_a_share_of_another_set_is_named() -> None:
    envelope, shares = _made()
    _, foreign = _made()
    with pytest.raises(Sealed, match="Share 2 belongs to another set"):
        _opened(envelope, shares[0], foreign[1])


def test_a_whole_foreign_set_under_a_forged_number_does_not_open() -> None:
    envelope, _ = _made()
    other, foreign = _made()
    forged = replace(envelope, parameters=other.parameters)
    with pytest.raises(Sealed, match="do not open the root key"):
        _opened(forged, *foreign[:2])


def test_the_same_share_twice_is_named() -> None:
    envelope, shares = _made()
    with pytest.raises(Sealed, match="Share 2 was given before; 2 different ones of 4"):
        _opened(envelope, shares[3], shares[3])


@pytest.mark.parametrize(("shares", "threshold"), [(5, 1), (2, 3), (17, 3), (0, 0)])
def test_impossible_numbers_are_refused(shares: int, threshold: int) -> None:
    with pytest.raises(UsageError, match="2 <= threshold <= shares <= 16"):
        _made(shares, threshold)


def test_without_anybody_to_see_the_shares_none_are_made() -> None:
    with pytest.raises(UsageError, match="nobody would see the shares"):
        Shamir().wrap(ROOT_KEY, "a store")


def test_without_the_library_the_command_that_installs_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "shamir_mnemonic", None)
    with pytest.raises(UsageError) as refused:
        Shamir(hand_out=list).wrap(ROOT_KEY, "a store")
    assert "pip install 'strongroom[shamir]'" in refused.value.hint
