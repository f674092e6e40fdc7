"""Whether a PyPI token is the macaroon that it says it is."""

from __future__ import annotations

import base64
import binascii

from scanner.checks.outcome import Outcome

_VERSION = 2
_END, _LOCATION, _IDENTIFIER, _SIGNATURE = 0, 1, 2, 6
_SIGNATURE_LENGTH = 32


def pypi(value: bytes) -> Outcome:
    """Check that what follows `pypi-` is a macaroon of version 2 with a location, an identifier and a signature.

    The format: https://github.com/rescrv/libmacaroons/blob/master/doc/format.txt; that PyPI's tokens are such:
    https://pypi.org/help/#apitoken.
    """
    text = value.partition(b"-")[2]
    try:
        data = base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
        holds = _parses(data)
    except (binascii.Error, IndexError, ValueError):
        holds = False
    return Outcome(holds=holds, detail="it is a whole macaroon" if holds else "it is no whole macaroon")


def _parses(data: bytes) -> bool:
    if data[0] != _VERSION:
        return False
    kinds, place = _section(data, 1)
    if kinds not in ([_LOCATION, _IDENTIFIER], [_IDENTIFIER]):
        return False
    while data[place] != _END:
        kinds, place = _section(data, place)
        if _IDENTIFIER not in kinds:
            return False
    kind, length, place = _header(data, place + 1)
    return kind == _SIGNATURE and length == _SIGNATURE_LENGTH and place + length == len(data)


def _section(data: bytes, place: int) -> tuple[list[int], int]:
    """Return the kinds of the fields up to the end of a section, and the place after it."""
    kinds: list[int] = []
    while data[place] != _END:
        kind, length, place = _header(data, place)
        kinds.append(kind)
        place += length
    return kinds, place + 1


def _header(data: bytes, place: int) -> tuple[int, int, int]:
    """Return kind and length of the field at `place`, and where its content stands. Raises `IndexError` at the end."""
    length, place, shift = 0, place + 1, 0
    kind = data[place - 1]
    while True:
        part = data[place]
        length |= (part & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if part < 0x80:
            break
        if shift > 28:
            raise ValueError("a length that no token has")
    if place + length > len(data):
        raise ValueError("longer than the token")
    return kind, length, place


CHECKS = {"pypi-macaroon": pypi}
