"""The scheme in front of a token in an Authorization header (RFC 9110, section 11.4)."""

from __future__ import annotations

import re

_TEXT = r"(?:bearer|token|api-?key|bot|oauth|jwt|ssws|splunk|geniekey|klaviyo-api-key|zoho-oauthtoken)\s+(?=\S{8,}$)"
_WRITTEN = re.compile(_TEXT, re.IGNORECASE)
_RAW = re.compile(_TEXT.encode(), re.IGNORECASE)


def behind_scheme(value: str | bytes) -> int:
    """Return where the token begins in the value of a header; 0 where no scheme stands before it."""
    found = _RAW.match(value) if isinstance(value, bytes) else _WRITTEN.match(value)
    return found.end() if found else 0
