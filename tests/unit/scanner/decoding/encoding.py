"""Encoders for the tests: each turns bytes into text that the scanner knows how to decode."""

from __future__ import annotations

import base64
import textwrap
from collections.abc import Callable
from urllib.parse import quote

Encode = Callable[[bytes], bytes]


def _escaped(form: str) -> Encode:
    return lambda data: "".join(form % byte for byte in data).encode()


def _wrapped(data: bytes) -> bytes:
    return "\n".join(textwrap.wrap(base64.b64encode(data).decode(), 64)).encode()


ENCODERS: dict[str, Encode] = {
    "base64": base64.b64encode,
    "base64 without padding": lambda data: base64.b64encode(data).rstrip(b"="),
    "base64 for URLs": base64.urlsafe_b64encode,
    "base64 wrapped over lines": _wrapped,
    "base64 after a byte order mark": lambda data: base64.b64encode(b"\xef\xbb\xbf" + data),
    "base64 of UTF-16": lambda data: base64.b64encode(data.decode().encode("utf-16-le")),
    "hex": lambda data: data.hex().encode(),
    "upper-case hex": lambda data: data.hex().upper().encode(),
    "a list of bytes": lambda data: ", ".join(f"0x{byte:02x}" for byte in data).encode(),
    "URL escapes": _escaped("%%%02X"),
    "\\x": _escaped("\\x%02x"),
    "\\u": _escaped("\\u%04X"),
    "\\u{}": _escaped("\\u{%x}"),
    "\\U": _escaped("\\U%08x"),
    "decimal references": _escaped("&#%d;"),
    "hexadecimal references": _escaped("&#x%x;"),
}
"""Encoders of every byte."""

NESTED = ("base64", "base64 for URLs", "hex", "URL escapes", "\\u")
"""Those whose output is shorter than a few times their input."""


def only_what_a_url_needs(data: bytes) -> bytes:
    """Encode as browsers do: letters and digits stay."""
    return quote(data.decode(), safe="").encode()
