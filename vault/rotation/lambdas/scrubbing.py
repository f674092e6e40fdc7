"""Takes values that are known out of a text that somebody else has written, however it may have written them.

What is cut into pieces or encoded in a way of its own is not found: such a text goes where only those read it who may
know values as well, or nowhere.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

from strongroom.kernel.secretvalue import SecretValue

MASK = "[hidden]"
_LEAST = 4
"""Characters: what is shorter stands in every text."""


def scrubbed(text: str, values: Iterable[SecretValue] | None) -> str:
    """Return a text with the values masked; nothing of it is left where they are not known."""
    if values is None:
        return MASK
    forms = {form for value in values for form in _forms(value) if len(form) >= _LEAST}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, MASK)
    return text


def _forms(value: SecretValue) -> Iterator[str]:
    yield base64.b64encode(value.reveal()).decode()
    yield value.reveal().hex()
    if not value.is_text:
        return
    plain = value.reveal_text()
    yield plain
    yield from (quote(plain), quote(plain, safe=""), quote_plus(plain))
    yield json.dumps(plain)[1:-1]
    yield json.dumps(json.dumps(plain)[1:-1])[1:-1]
    yield repr(plain)[1:-1]
    yield plain.replace("'", "''")
