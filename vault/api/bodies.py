"""How large the body of a request may be: little, but where the code of a function is uploaded, a few at a time.

A body is read before anybody knows who sent it. Source for the large bound: Lambda's own refusal, which is 50 MiB in
base64.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from vault.api.errors import wire_error
from vault.api.protocol import restjson
from vault.api.response import Response
from vault.domain.errors import VaultError
from vault.domain.function_errors import RequestTooLarge, TooManyInvocations

MAX_BODY = 1024 * 1024
MAX_CODE = 69_905_067
MOST_UPLOADS = 2
"""Large bodies that are held at once, so that strangers cannot fill the memory."""
_CODE = re.compile(r"(?P<making>POST /2015-03-31/functions/?)|PUT /2015-03-31/functions/[^/]+/code")


class Bodies:
    """The bodies that a server holds. One thread uses it, the event loop's."""

    def __init__(self) -> None:
        self._uploads = 0

    def most(self, method: str, path: str) -> int:
        """Return how many bytes a request's body may have."""
        return MAX_BODY if _operation(method, path) is None else MAX_CODE

    @contextmanager
    def room(self, size: int) -> Iterator[bool]:
        """Yield whether there is room for one more body of that many bytes, which is held while the block runs."""
        large = size > MAX_BODY
        free = not large or self._uploads < MOST_UPLOADS
        self._uploads += large and free
        try:
            yield free
        finally:
            self._uploads -= large and free


def too_large(method: str, path: str) -> Response | None:
    """Return Lambda's refusal of code that is too large; None where a body is no code."""
    operation = _operation(method, path)
    if operation is None:
        return None
    return _refused(RequestTooLarge(f"Request must be smaller than {MAX_CODE} bytes for the {operation} operation"))


def no_room() -> Response:
    """Return the refusal of an upload while others are under way."""
    return _refused(TooManyInvocations("Rate exceeded: other uploads of code are under way. Try again."))


def _operation(method: str, path: str) -> str | None:
    found = _CODE.fullmatch(f"{method} {path}")
    if found is None:
        return None
    return "CreateFunction" if found["making"] else "UpdateFunctionCode"


def _refused(error: VaultError) -> Response:
    return restjson.refuse(wire_error(error), "")
