"""From a signed request to an authenticated caller; nothing of the body is looked at before.

An unknown key takes the same way as a known one with a wrong signature (a random key stands in), so that answers
and timing do not tell which keys exist beyond what AWS's own codes do.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from strongroom.kernel.hotrecord import hot_record
from strongroom.kernel.secretvalue import SecretValue
from strongroom.wire.sigv4 import (
    Authorization,
    HttpRequest,
    SignatureError,
    SignatureFault,
    parse_authorization,
    verify,
)
from vault.api.errors import ExpiredToken, UnknownAccessKey
from vault.domain.context import CallContext
from vault.domain.principals import Principal
from vault.services.identities import Signer

FindSigner = Callable[[Any, str, str | None], Signer | None]
"""Finds, in a transaction, the signer of an access key id and, for temporary keys, its session token."""

ValidRegions = Callable[[Any, str], frozenset[str]]
"""Tells, in a transaction, which regions a request to a service may be signed for."""

NoteUse = Callable[[Any, Signer, str, str, datetime], None]
"""Notes in a transaction that somebody used a service in a region."""

_INVALID_TOKEN = "The security token included in the request is invalid."  # noqa: S105 - AWS's sentence


@hot_record
class Caller:
    """An authenticated caller and the service it addressed."""

    principal: Principal
    context: CallContext
    service: str


class Authenticator:
    """Verifies requests against the signers of a store, for the regions it serves."""

    def __init__(self, find_signer: FindSigner, regions: ValidRegions, note_use: NoteUse) -> None:
        self._find_signer = find_signer
        self._regions = regions
        self._note_use = note_use
        self._nobody = SecretValue(secrets.token_hex(20))

    def authenticate(self, tx: Any, request: HttpRequest, *, request_id: str, source_ip: str, now: datetime) -> Caller:
        """Return who signed `request`, as the transaction `tx`, begun at `now`, knows them.

        Raises `SignatureError`, `UnknownAccessKey` or `ExpiredToken`.
        """
        claims = parse_authorization(request)
        signer = self._find_signer(tx, claims.access_key_id, claims.session_token)
        try:
            verify(request, claims, (signer.secret if signer else self._nobody).reveal(), now)
        except SignatureError:
            if signer is None:
                raise UnknownAccessKey(_INVALID_TOKEN) from None
            raise
        if signer is None:
            raise UnknownAccessKey(_INVALID_TOKEN)
        if signer.expires is not None and signer.expires <= now:
            raise ExpiredToken("The security token included in the request is expired")
        self._check_region(tx, claims)
        self._note_use(tx, signer, claims.scope.service, claims.scope.region, now)
        context = CallContext(
            account_id=signer.principal.account_id,
            region=claims.scope.region,
            principal_arn=signer.principal.arn,
            access_key_id=claims.access_key_id,
            request_id=request_id,
            now=now,
            source_ip=source_ip,
            user_agent=(request.header("user-agent") or "")[:256],
            secure=request.secure,
        )
        return Caller(principal=signer.principal, context=context, service=claims.scope.service)

    def _check_region(self, tx: Any, claims: Authorization) -> None:
        if claims.scope.region not in self._regions(tx, claims.scope.service):
            raise SignatureError(SignatureFault.MISMATCH, "Credential should be scoped to a valid region.")
