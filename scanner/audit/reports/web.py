"""Addresses of the web that a report may link to."""

from __future__ import annotations

from urllib.parse import urlsplit

from strongroom.kernel.inert import inert

_LONGEST = 2000


def web_address(address: str | None) -> str:
    """Return `address` if it is an `https` one that leads where it says; empty for any other.

    One with a user before its host, with a character that does not show or of more than 2,000 characters is no link.
    """
    if address is None or len(address) > _LONGEST or inert(address) != address or not address.startswith("https://"):
        return ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if parts.hostname and "@" not in parts.netloc and "\\" not in address else ""
