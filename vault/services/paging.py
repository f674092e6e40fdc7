"""Page tokens: sealed, so they can be neither read nor made, and bound to the query they belong to."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from strongroom.kernel.canonical import canonical_json, sha256_hex
from vault.domain.errors import DecryptionFailed, InvalidNextToken
from vault.services.keyring import Keyring

_PURPOSE = "paging"


class Pages:
    """The page tokens of one query, which `described` tells from every other in JSON values."""

    def __init__(self, keyring: Keyring, described: Any) -> None:
        self._keyring = keyring
        self._bound = sha256_hex(canonical_json(described))

    def token(self, position: list[Any]) -> str:
        """Return the token of the page that goes on behind `position`, which is JSON values."""
        sealed = self._keyring.seal_token(_PURPOSE, canonical_json([self._bound, position]))
        return base64.urlsafe_b64encode(sealed).decode()

    def position(self, token: str) -> list[Any]:
        """Return the position that a token holds. Raises `InvalidNextToken` for one that is not of this query."""
        try:
            sealed = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
            owner, position = json.loads(self._keyring.open_token(_PURPOSE, sealed))
        except (UnicodeEncodeError, binascii.Error, DecryptionFailed):
            raise InvalidNextToken("The NextToken value is invalid.") from None
        if owner != self._bound:
            raise InvalidNextToken("The NextToken value belongs to another request.")
        return list(position)
