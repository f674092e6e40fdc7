"""Grants on KMS keys: made, listed and taken back. A repeated one with a name is the one that is there.

Source: AWS KMS API Reference, "CreateGrant", "RetireGrant". Grant tokens are sealed, so nobody can make one.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vault.domain.context import CallContext
from vault.domain.errors import DecryptionFailed, ValidationFailed
from vault.domain.grants import Grant
from vault.domain.key_specs import spec_named
from vault.domain.keys import Key
from vault.domain.kms_errors import DryRun, InvalidGrantId, InvalidGrantToken, KeyNotFound
from vault.services.keyring import Keyring
from vault.services.keys import Keys
from vault.services.markers import MarkedPage, Markers
from vault.storage.store import UnitOfWork

_PURPOSE = "kms-grant"
_ID = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGrant:
    """What CreateGrant is asked to make."""

    grantee: str
    operations: tuple[str, ...]
    retiring: str = ""
    name: str = ""
    constraints: Mapping[str, Mapping[str, str]]


class Grants:
    """The operations on grants in one transaction. A `key_id` is a key's id or ARN; all raise `KeyNotFound`."""

    def __init__(self, tx: UnitOfWork, keyring: Keyring, keys: Keys) -> None:
        self._tx = tx
        self._keyring = keyring
        self._keys = keys

    def create(self, context: CallContext, key_id: str, new: NewGrant, *, dry_run: bool = False) -> tuple[Grant, str]:
        """Make a grant; return it with its token.

        Raises `KeyDisabled`, `InvalidKeyState`, `AccessDenied`, `InvalidArn`, `ValidationFailed`, `DryRun`.
        """
        key = self._keys.own(context, "CreateGrant", key_id)
        key.check_enabled()
        made = Grant(
            grant_id=os.urandom(32).hex(),
            key_id=key.key_id,
            account_id=key.account_id,
            region=key.region,
            created=context.now,
            grantee=new.grantee,
            operations=new.operations,
            retiring=new.retiring,
            name=new.name,
            constraints=new.constraints,
        )
        made.check_fits(spec_named(key.spec), key.usage)
        if dry_run:
            raise DryRun
        kept = self._same(made) or made
        if kept is made:
            self._tx.grants.add(made)
        return kept, self._token(kept)

    def page(
        self,
        context: CallContext,
        key_id: str,
        *,
        grant_id: str | None = None,
        grantee: str | None = None,
        limit: int,
        marker: str = "",
    ) -> MarkedPage[Grant]:
        """Return a page of a key's grants, or of those of a grantee or id. Raises `InvalidGrantId`, `InvalidMarker`."""
        key = self._keys.lookup.anyones(context, key_id, aliases=False)
        found = [
            grant
            for grant in self._tx.grants.of_key(key.key_id)
            if grantee in (None, grant.grantee) and (grant_id is None or grant.grant_id == _checked(grant_id))
        ]
        markers = Markers(self._keyring, ["grants", key.key_id, grant_id, grantee])
        return markers.page_of_all(found, limit, marker, _id)

    def retirable(self, context: CallContext, principal: str, *, limit: int, marker: str = "") -> MarkedPage[Grant]:
        """Return a page of the grants that `principal` may retire. Raises `InvalidMarker`."""
        found = self._tx.grants.retirable(context.account_id, context.region, principal)
        markers = Markers(self._keyring, ["retirable", context.account_id, context.region, principal])
        return markers.page_of_all(found, limit, marker, _id)

    def revoke(self, context: CallContext, key_id: str, grant_id: str, *, dry_run: bool = False) -> None:
        """Take a grant back. Raises `InvalidGrantId`, `DryRun`."""
        key = self._keys.lookup.anyones(context, key_id, aliases=False)
        self._remove(self._of(key, grant_id), dry_run=dry_run)

    def retire(self, grant: Grant, *, dry_run: bool = False) -> None:
        """Give up a grant that `named` found. Raises `DryRun`."""
        self._remove(grant, dry_run=dry_run)

    def named(self, context: CallContext, *, token: str | None, key_id: str | None, grant_id: str | None) -> Grant:
        """Return the grant of a token, or of a key and an id.

        Raises `ValidationFailed` for neither and for both, `InvalidGrantToken`, `InvalidGrantId`.
        """
        if (token is None) == (key_id is None or grant_id is None):
            raise ValidationFailed("Must specify either a grant token or both a key ID and a grant ID")
        if token is not None:
            return self.of_token(token)
        return self._of(self._keys.lookup.anyones(context, key_id or "", aliases=False), grant_id or "")

    def check_tokens(self, tokens: Sequence[str]) -> None:
        """Raise `InvalidGrantToken` for a token that is not ours, or whose grant is gone."""
        for token in tokens:
            self.of_token(token)

    def of_token(self, token: str) -> Grant:
        """Return the grant of a token. Raises `InvalidGrantToken`."""
        try:
            opened = self._keyring.open_token(_PURPOSE, base64.b64decode(token.encode("ascii"), validate=True))
        except (UnicodeEncodeError, binascii.Error, DecryptionFailed):
            raise InvalidGrantToken from None
        grant = self._tx.grants.find(opened.decode("ascii"))
        if grant is None:
            raise InvalidGrantToken
        return grant

    def _same(self, made: Grant) -> Grant | None:
        if not made.name:
            return None
        return next((each for each in self._tx.grants.of_key(made.key_id) if each.asked == made.asked), None)

    def _of(self, key: Key, grant_id: str) -> Grant:
        grant = self._tx.grants.find(_checked(grant_id))
        if grant is None or grant.key_id != key.key_id:
            raise KeyNotFound(f"Grant ID {grant_id} not found")
        return grant

    def _remove(self, grant: Grant, *, dry_run: bool) -> None:
        if dry_run:
            raise DryRun
        self._tx.grants.remove(grant.grant_id)

    def _token(self, grant: Grant) -> str:
        return base64.b64encode(self._keyring.seal_token(_PURPOSE, grant.grant_id.encode("ascii"))).decode("ascii")


def _id(grant: Grant) -> str:
    return grant.grant_id


def _checked(grant_id: str) -> str:
    if not _ID.fullmatch(grant_id):
        raise InvalidGrantId(f"Invalid grant ID {grant_id}")
    return grant_id
