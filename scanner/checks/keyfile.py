"""Whether the text of a private key decodes to one."""

from __future__ import annotations

import base64
import binascii
import re
from itertools import pairwise

from scanner.checks.outcome import Outcome

_PEM = re.compile(rb"-----BEGIN ([A-Z ]{0,24})PRIVATE KEY( BLOCK)?-----(.*?)-----END", re.DOTALL)
_ESCAPED_LINES = re.compile(rb"[\"']\s{0,80}\+\s{0,80}[\"']|\\[rn]|[\"',.;()\s\\]|^[ \t]*(?://|#|\*)", re.MULTILINE)
"""What stands between the lines of a key inside a program: escapes, quotes, joints of strings."""
_JOINT = re.compile(rb"(?>\\[nrt]|[\"']\s{0,80}[+.,&]?\s{0,80}[\"']|[ \t]*\r?\n[ \t]*(?://|#|\*)?[ \t]*|[\"'\\]){1,8}+")
"""What joins two lines of a key in a program; the signs of a call are none."""
_RUN = re.compile(rb"[A-Za-z0-9+/]+(?:" + _JOINT.pattern + rb"[A-Za-z0-9+/]+)*")
_LINE_OF_KEY = 40
"""Digits of base64 in a row that no word of a program has."""
_PIECE, _CHANGES = 16, 0.45
"""Of base64 in shorter pieces two neighbours in three are of different kinds, of a name in a program one in three."""
_HEADER = re.compile(rb"^[A-Za-z-]{1,40}: .*$", re.MULTILINE)
_BASE64_PEM = b"LS0tLS1CRUdJTi"
_OPENSSH = b"openssh-key-v1\0"
_SEQUENCE = 0x30


def private_key(value: bytes) -> Outcome | None:
    """Check that a PEM body decodes and begins as its kind does: a DER sequence whose length fits, or OpenSSH's magic.

    RFC 7468, section 3; RFC 5958; OpenSSH's PROTOCOL.key. What is encrypted is told by its headers and not looked into.
    """
    found = _PEM.search(plain(value))
    if found is None:
        return None
    kind, block, body = found.groups()
    if not _holds_key(body):
        return Outcome(holds=False, detail="code stands where the key would", decisive=True)
    if block or b"Proc-Type" in body:
        return None
    data = _bytes(body)
    holds = data is not None and (data.startswith(_OPENSSH) if kind == b"OPENSSH " else _is_sequence(data))
    return Outcome(holds=holds, detail="the key decodes" if holds else "the key does not decode")


def _holds_key(body: bytes) -> bool:
    """Tell whether a piece of a key stands in `body`, even one cut short: code that writes a key has words only."""
    runs = (_JOINT.sub(b"", found[0]) for found in _RUN.finditer(body))
    return any(len(run) >= _LINE_OF_KEY or (len(run) >= _PIECE and _is_mixed(run)) for run in runs)


def _is_mixed(run: bytes) -> bool:
    """Tell whether small letters, capitals and digits change as often as in base64, which words never do."""
    kinds = [one.isdigit() + 2 * one.isupper() for one in run.decode("ascii")]
    return sum(one != two for one, two in pairwise(kinds)) >= _CHANGES * (len(run) - 1)


def plain(value: bytes) -> bytes:
    """Return the text of a key file, which may stand in base64."""
    if not value.startswith(_BASE64_PEM):
        return value
    try:
        return base64.b64decode(value + b"=" * (-len(value) % 4))
    except binascii.Error:
        return value


def _bytes(body: bytes) -> bytes | None:
    lines = _HEADER.sub(b"", body.replace(b"\\n", b"\n"))
    # A line of a key may begin as a comment does, so what a comment brings is taken away only where it is in the way.
    return _decoded(b"".join(lines.split())) or _decoded(_ESCAPED_LINES.sub(b"", lines))


def _decoded(text: bytes) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None


def _is_sequence(data: bytes) -> bool:
    """Tell whether `data` is one DER sequence and nothing else (X.690, section 8.1)."""
    if len(data) < 4 or data[0] != _SEQUENCE:
        return False
    if data[1] < 0x80:
        return len(data) == 2 + data[1]
    width = data[1] & 0x7F
    return 0 < width <= 3 and len(data) == 2 + width + int.from_bytes(data[2 : 2 + width], "big")


CHECKS = {"private-key": private_key}
