"""Where in a text the credential stands: behind a scheme or a mark of an encoder, within quotes of its own."""

from __future__ import annotations

import re

from scanner.detectors.scheme import behind_scheme

_PLAIN = re.compile(r"\{noop\}", re.IGNORECASE)
"""What Spring writes before a password that is kept as it is, in the place of the name of a hash."""
_LOGIN = re.compile(r"basic [^\s:]{1,80}:(?=\S{4,200}$)", re.IGNORECASE)
"""What stands in a header before a password that is encoded later (RFC 7617)."""
_QUOTED = re.compile(r"([\"'])[^\"']+\1")


def extent(text: str, *, token: bool) -> tuple[int, int | None]:
    """Return where the credential in `text` begins and ends, None for its end; before a `token` may be a scheme."""
    if _QUOTED.fullmatch(text):
        return 1, len(text) - 1
    marked = _PLAIN.match(text)
    if marked is not None:
        return marked.end(), None
    login = _LOGIN.match(text) if token else None
    return login.end() if login is not None else behind_scheme(text) if token else 0, None


def is_document(text: str) -> bool:
    """Tell whether a text is a document, which holds credentials under names."""
    return text.lstrip().startswith("{") and _PLAIN.match(text) is None
