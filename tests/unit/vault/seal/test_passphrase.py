"""The keeper that a passphrase opens."""

from __future__ import annotations

import base64
import os
import secrets
from dataclasses import replace
from pathlib import Path

import pytest

from strongroom.kernel.errors import UsageError
from strongroom.kernel.secretvalue import SecretValue
from tests.contract.seal.keepers import QUICK, fed
from vault.crypto.aead import generate_key
from vault.crypto.passphrase import Costs, stretch
from vault.domain.errors import Sealed
from vault.seal.asking import line_of
from vault.seal.base import Envelope
from vault.seal.passphrase import LEAST_BYTES, Passphrase

ROOT_KEY = SecretValue(generate_key())


def _wrapped(passphrase: bytes) -> Envelope:
    return Passphrase(fed(passphrase), QUICK).wrap(ROOT_KEY, "a store")


def test_the_derivation_is_that_of_the_reference_implementation() -> None:
    # https://github.com/P-H-C/phc-winner-argon2/blob/master/src/test.c, version 0x13, Argon2id, t=2, m=2^16, p=1
    derived = stretch(
        SecretValue("password"), b"somesalt".ljust(8), Costs(memory_kib=65536, iterations=2, lanes=1)
    ).reveal()  # fmt: skip
    assert derived.hex() == "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"


def test_the_default_costs_are_kept_in_the_envelope() -> None:
    envelope = Passphrase(fed(secrets.token_bytes(24).hex().encode())).wrap(ROOT_KEY, "a store")
    kept = {name: envelope.parameters[name] for name in ("kdf", "memory_kib", "iterations", "lanes")}
    assert kept == {"kdf": "argon2id", "memory_kib": 65536, "iterations": 3, "lanes": 4}
    assert len(base64.b64decode(envelope.parameters["salt"])) == 16


def test_only_the_first_line_is_read() -> None:
    first, second = (secrets.token_hex(8).encode() for _ in range(2))
    descriptor = fed(first + b"\r\n" + second)
    keeper = Passphrase(descriptor, QUICK)
    envelope = keeper.wrap(ROOT_KEY, "a store")
    assert Passphrase(fed(first)).unwrap(envelope) == ROOT_KEY
    assert line_of(descriptor) == SecretValue(second)


def test_a_short_passphrase_is_refused_for_a_new_key() -> None:
    with pytest.raises(UsageError, match="shorter than 12 bytes"):
        _wrapped(b"x" * (LEAST_BYTES - 1))


def test_a_line_without_an_end_is_refused() -> None:
    with pytest.raises(UsageError, match="longer than 4096 bytes"):
        line_of(fed(b"x" * 5000))


def test_a_descriptor_that_is_not_open_is_named() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    os.close(writer)
    with pytest.raises(UsageError, match=f"file descriptor {reader} cannot be read"):
        line_of(reader)


def test_without_descriptor_or_terminal_the_way_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    envelope = _wrapped(secrets.token_bytes(24).hex().encode())
    monkeypatch.setattr("vault.seal.passphrase.on_terminal", lambda descriptor: False)
    with pytest.raises(Sealed, match="--root-key passphrase-fd:3"):
        Passphrase().unwrap(envelope)


@pytest.mark.parametrize(
    "change",
    [
        {"memory_kib": 1024},
        {"memory_kib": 2**31},
        {"iterations": 0},
        {"iterations": 10**6},
        {"lanes": 0},
        {"lanes": 1000},
        {"salt": ""},
        {"salt": "*"},
        {"kdf": "pbkdf2"},
    ],
)
def test_an_envelope_that_asks_for_too_little_or_too_much_is_refused_before_anything_is_read(
    change: dict[str, object],
) -> None:
    envelope = _wrapped(secrets.token_bytes(24).hex().encode())
    edited = replace(envelope, parameters={**envelope.parameters, **change})
    with pytest.raises(Sealed, match="restore it from a backup"):
        Passphrase(fed(b"")).unwrap(edited)


def test_a_cheaper_derivation_within_bounds_does_not_open(tmp_path: Path) -> None:
    passphrase = secrets.token_hex(12).encode()
    costs = Costs(memory_kib=20 * 1024, iterations=2, lanes=1)
    envelope = Passphrase(fed(passphrase), costs).wrap(ROOT_KEY, "a store")
    edited = replace(envelope, parameters={**envelope.parameters, "iterations": 1})
    with pytest.raises(Sealed):
        Passphrase(fed(passphrase)).unwrap(edited)
