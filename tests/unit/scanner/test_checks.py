"""What formats let anyone check: right and wrong values of each, and what that does to a finding."""

from __future__ import annotations

import base64
import json
import zlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from scanner.checks.named import NAMES, check
from scanner.config import ScanConfig
from scanner.model import Confidence, EvidenceKind
from tests.unit.scanner.conftest import Found
from tests.unit.scanner.making import token

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SEED_KEY = "github"


def in_base(number: int, alphabet: str, width: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, len(alphabet))
        text = alphabet[digit] + text
    return text.rjust(width, "0")


def github_token(prefix: str = "ghp_") -> str:
    body = token(SEED_KEY, "[A-Za-z0-9]{30}")
    return prefix + body + in_base(zlib.crc32(body.encode()), BASE62, 6)


def gitlab_token() -> str:
    payload = "glpat-" + token("gitlab", "[A-Za-z0-9]{36}") + ".10"
    return payload + in_base(zlib.crc32(payload.encode()), BASE62[:10] + BASE62[36:], 7)


def grafana_token() -> str:
    key = "glsa_" + token("grafana", "[A-Za-z0-9]{32}")
    return key + "_" + zlib.crc32(key.encode()).to_bytes(4, "little").hex()


def pypi_token() -> str:
    fields = b"\x02\x01\x08pypi.org\x02\x10" + b"i" * 16 + b"\x00\x00\x06\x20" + bytes(range(32))
    return "pypi-" + base64.urlsafe_b64encode(fields).decode().rstrip("=")


def web_token() -> str:
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": "1234", "name": "Ada"})
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, token("jwt", "[A-Za-z0-9]{43}")])


GOOD = {
    "github-crc32": github_token(),
    "gitlab-crc32": gitlab_token(),
    "grafana-crc32": grafana_token(),
    "pypi-macaroon": pypi_token(),
    "jwt": web_token(),
    "bech32": "A12UEL5L",
}


@pytest.mark.parametrize("name", GOOD)
def test_a_right_value_passes(name: str) -> None:
    outcome = check(name, GOOD[name].encode())
    assert outcome is not None
    assert outcome.holds


@pytest.mark.parametrize("name", ["github-crc32", "gitlab-crc32", "grafana-crc32", "bech32"])
def test_a_value_with_one_other_character_fails(name: str) -> None:
    value = GOOD[name]
    changed = value[:-1] + ("2" if value[-1] != "2" else "3")
    outcome = check(name, changed.encode())
    assert outcome is not None
    assert not outcome.holds


@pytest.mark.parametrize("name", NAMES)
def test_no_check_raises_on_what_is_nothing_of_its_kind(name: str) -> None:
    for value in (b"", b"_", b".", b"a" * 60, b"\xff" * 20, b"eyJ.eyJ.x", b"-----BEGIN PRIVATE KEY-----AA-----END"):
        outcome = check(name, value)
        assert outcome is None or isinstance(outcome.holds, bool)


def test_an_account_is_read_from_a_newer_access_key_id() -> None:
    bits = (123456789012 << 7 | 1 << 47).to_bytes(6, "big") + bytes(4)
    outcome = check("aws-account", b"AKIA" + base64.b32encode(bits))
    assert outcome is not None
    assert "123456789012" in outcome.detail


def test_a_right_checksum_makes_sure_and_a_wrong_one_leaves_medium(found: Found) -> None:
    right = github_token()
    wrong = right[:-1] + ("0" if right[-1] != "0" else "1")
    for value, confidence in ((right, Confidence.HIGH), (wrong, Confidence.MEDIUM)):
        (finding,) = found("deploy.conf", f"token {value}\n")
        assert finding.confidence is confidence
        assert any(reason.kind is EvidenceKind.CHECK for reason in finding.evidence)


def test_a_web_token_whose_header_is_no_json_is_low_and_one_that_hides_its_body_medium(found: Found) -> None:
    header, _, signature = web_token().split(".")
    body = token("body", "eyJ[A-Za-z0-9]{60}")
    low = ScanConfig(min_confidence=Confidence.LOW)
    for value, confidence in (
        (f"{header[:-1]}.{body}.{signature}", Confidence.LOW),
        (f"{header}.{body}.{signature}", Confidence.MEDIUM),
    ):
        assert [one.confidence for one in found("deploy.conf", f"x {value}\n", low)] == [confidence]


def test_the_halves_of_a_pair_name_each_other(found: Found) -> None:
    key, secret = "AKIA" + token("id", "[A-Z2-7]{16}"), token("secret", "[A-Za-z0-9/+]{40}")
    findings = found("credentials.conf", f"aws_access_key_id = {key}\naws_secret_access_key = {secret}\n")
    details = [reason.detail for one in findings for reason in one.evidence if reason.kind is EvidenceKind.PAIR]
    assert details == [
        "pair: aws-secret-access-key stands on line 2",
        "pair: aws-access-key-id stands on line 1",
    ]


def _pem_with(mark: str) -> str:
    while True:
        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        if mark in pem:
            return pem


@pytest.mark.parametrize("mark", ["+", "\n//"], ids=["a plus", "a line that begins as a comment does"])
def test_a_key_decodes_whatever_its_base64_holds(mark: str) -> None:
    outcome = check("private-key", _pem_with(mark).encode())
    assert outcome is not None
    assert outcome.holds


@pytest.mark.parametrize("joint", ['\\n" +\n  "', "\\n' + '", '\\n"\n"', '\\n" .\n"'])
def test_a_key_in_pieces_of_a_program_decodes(joint: str) -> None:
    outcome = check("private-key", joint.join(_pem_with("+").splitlines()).encode())
    assert outcome is not None
    assert outcome.holds
