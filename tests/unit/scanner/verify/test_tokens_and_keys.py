"""What tokens and key files tell of themselves, where nobody can be asked."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from scanner.model import Verified
from scanner.rulebook.verifier import Verifier
from scanner.verify.base import Question, Said
from scanner.verify.named import answer
from strongroom.kernel.secretvalue import SecretValue
from tests.unit.scanner.verify.asking import NOON, reach_to


def said(kind: str, value: bytes) -> Said:
    asked = Question(rule_id="rule", verifier=Verifier(use=kind), value=SecretValue(value))
    return answer(asked, reach_to())


def jwt(claims: object) -> bytes:
    parts = [json.dumps({"alg": "none"}).encode(), json.dumps(claims).encode(), b"signature"]
    return b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)


def test_a_token_that_has_ended_is_inactive() -> None:
    found = said("jwt", jwt({"exp": NOON - 1}))
    assert found.state is Verified.INACTIVE
    assert found.why == "it ended on 2026-01-01, as it says itself"


def test_a_token_that_has_not_ended_is_unknown() -> None:
    found = said("jwt", jwt({"exp": NOON + 1}))
    assert found.state is Verified.UNKNOWN
    assert "2026-01-01" in found.why


@pytest.mark.parametrize("claims", [{}, {"exp": "soon"}, {"exp": True}, {"exp": -1}, {"exp": 1e300}, [], None])
def test_a_token_that_names_no_end_is_unknown(claims: object) -> None:
    assert said("jwt", jwt(claims)).why == "it names no end, and only its issuer knows whether it counts"


@pytest.mark.parametrize("value", [b"", b"a.b", b"eyJ.\xff.x", b"a.W10.c", b"." * 9])
def test_what_is_no_token_is_unknown(value: bytes) -> None:
    assert said("jwt", value).state is Verified.UNKNOWN


PEM = serialization.Encoding.PEM
PKCS8, OPENSSH = serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.OpenSSH
PLAIN = serialization.NoEncryption()


def rsa_key(form: serialization.PrivateFormat = PKCS8, lock: serialization.KeySerializationEncryption = PLAIN) -> bytes:
    return rsa.generate_private_key(65537, 2048).private_bytes(PEM, form, lock)


def test_nobody_is_asked_about_a_private_key_and_what_it_is_is_said() -> None:
    found = said("private-key", rsa_key())
    assert found.state is Verified.UNKNOWN
    assert "nobody can be asked" in found.why
    assert "2048 bits" in found.why


def test_a_key_inside_a_program_is_read_as_well() -> None:
    assert "whole" in said("private-key", rsa_key().replace(b"\n", b"\\n")).why
    assert "whole" in said("private-key", ed25519.Ed25519PrivateKey.generate().private_bytes(PEM, OPENSSH, PLAIN)).why


def test_a_key_in_base64_is_read_as_well() -> None:
    assert "whole" in said("private-key", base64.b64encode(rsa_key())).why


def openssh_locked() -> bytes:
    """Return the frame of an OpenSSH key under a passphrase (OpenSSH's PROTOCOL.key), which holds no key."""
    options = _framed(b"salt" * 4) + (16).to_bytes(4)
    public = _framed(b"ssh-ed25519") + _framed(b"x" * 32)
    head = b"openssh-key-v1\0" + _framed(b"aes256-ctr") + _framed(b"bcrypt") + _framed(options)
    data = base64.b64encode(head + (1).to_bytes(4) + _framed(public) + _framed(b"y" * 64))
    name = b"OPENSSH PRIVATE " + b"KEY"
    return b"-----BEGIN %s-----\n%s\n-----END %s-----\n" % (name, data, name)


def _framed(data: bytes) -> bytes:
    return len(data).to_bytes(4) + data


def test_a_key_that_a_passphrase_protects_is_said_to_be() -> None:
    locked = rsa_key(PKCS8, serialization.BestAvailableEncryption(b"a passphrase"))
    for key in (locked, openssh_locked()):
        assert "passphrase protects" in said("private-key", key).why


def test_a_key_that_cannot_be_read_is_said_not_to_be() -> None:
    found = said("private-key", rsa_key()[:200])
    assert found.state is Verified.UNKNOWN
    assert "cannot be read" in found.why
