"""Checksums that tokens end with: CRC-32 in several bases, Bech32 and Base58Check."""

from __future__ import annotations

import hashlib
import zlib

from scanner.checks.outcome import Outcome

_DIGITS = "0123456789"
_LOWER = "abcdefghijklmnopqrstuvwxyz"
_BASE36 = _DIGITS + _LOWER
_BASE62 = _DIGITS + _LOWER.upper() + _LOWER
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_GITHUB_TAIL, _GITLAB_TAIL, _GRAFANA_TAIL = 6, 7, 8


def github(value: bytes) -> Outcome:
    """Check that the last six characters are the CRC-32, in base 62, of what stands between them and the prefix.

    GitHub and npm, https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/.
    """
    body = value.partition(b"_")[2]
    expected = _in_base(zlib.crc32(body[:-_GITHUB_TAIL]), _BASE62, _GITHUB_TAIL)
    return _outcome(body[-_GITHUB_TAIL:] == expected, "CRC-32")


def gitlab(value: bytes) -> Outcome | None:
    """Check the CRC-32, in base 36, that a routable token ends with; older tokens have none.

    GitLab, https://handbook.gitlab.com/handbook/engineering/architecture/design-documents/cells/routable_tokens/.
    """
    if b"." not in value:
        return None
    expected = _in_base(zlib.crc32(value[:-_GITLAB_TAIL]), _BASE36, _GITLAB_TAIL)
    return _outcome(value[-_GITLAB_TAIL:] == expected, "CRC-32")


def grafana(value: bytes) -> Outcome | None:
    """Check that the last eight hex digits are the CRC-32 of the rest, least significant byte first.

    Grafana's service account tokens, https://github.com/grafana/grafana/tree/main/pkg/components/satokengen.
    """
    key, mark, tail = value.rpartition(b"_")
    if not (key.startswith(b"glsa_") and mark and len(tail) == _GRAFANA_TAIL):
        return None
    expected = zlib.crc32(key).to_bytes(4, "little").hex().encode()
    return _outcome(tail.lower() == expected, "CRC-32")


def bech32(value: bytes) -> Outcome:
    """Check a Bech32 string as BIP 173 defines it (age's keys are such, and so are Nostr's)."""
    human, _, data = value.decode("ascii", "replace").lower().rpartition("1")
    residue = 1
    for number in [*(ord(one) >> 5 for one in human), 0, *(ord(one) & 31 for one in human), *map(_BECH32.find, data)]:
        top = residue >> 25
        residue = (residue & 0x1FFFFFF) << 5 ^ number
        for place, generator in enumerate(_BECH32_GENERATOR):
            residue ^= generator if top >> place & 1 else 0
    return _outcome(residue == 1 and all(one in _BECH32 for one in data), "Bech32")


def base58check(value: bytes) -> Outcome:
    """Check the four bytes of double SHA-256 that a Base58Check string ends with (BIP 32 keys)."""
    number = 0
    for one in value.decode("ascii", "replace"):
        digit = _BASE58.find(one)
        if digit < 0:
            return _outcome(False, "Base58Check")
        number = number * len(_BASE58) + digit
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    digest = hashlib.sha256(hashlib.sha256(data[:-4]).digest()).digest()
    return _outcome(len(data) > 4 and digest[:4] == data[-4:], "Base58Check")


def _in_base(number: int, alphabet: str, width: int) -> bytes:
    text = ""
    while number:
        number, digit = divmod(number, len(alphabet))
        text = alphabet[digit] + text
    return text.rjust(width, "0").encode()


def _outcome(holds: bool, name: str) -> Outcome:
    return Outcome(holds=holds, detail=f"its {name} checksum {'is right' if holds else 'is wrong'}")


CHECKS = {
    "github-crc32": github,
    "gitlab-crc32": gitlab,
    "grafana-crc32": grafana,
    "bech32": bech32,
    "base58check": base58check,
}
