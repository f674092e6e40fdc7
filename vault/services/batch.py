"""Many values in one call: those of a list, or of what a search finds; each secret is asked for permission by itself.

What one secret refuses stands beside the values of the others. The trail gets a GetSecretValue for each secret, as
CloudTrail does (AWS API page of BatchGetSecretValue).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from vault.domain.context import CallContext
from vault.domain.errors import (
    AccessDenied,
    DecryptionFailed,
    InvalidNextToken,
    InvalidParameter,
    InvalidRequest,
    ResourceNotFound,
    ValidationFailed,
    VaultError,
)
from vault.domain.evaluate import evaluate, refusal
from vault.domain.operation import AccessCheck
from vault.domain.principals import Principal
from vault.domain.trail import call_event
from vault.services.listing import Filter, Listing, SecretQuery
from vault.services.secrets import SecretReading, Secrets
from vault.storage.store import UnitOfWork

DEFAULT_PAGE = 20

Permission = Callable[[str], AccessCheck]
"""Returns the permission that reading a secret needs."""

_OF_ONE_SECRET = (AccessDenied, DecryptionFailed, InvalidParameter, InvalidRequest, ResourceNotFound, ValidationFailed)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchQuery:
    """Which secrets are wanted: those of a list, or those that filters find.

    Raises `InvalidParameter` for both and for neither, and for a page size without filters; `InvalidNextToken` for a
    page of a list, which has none.
    """

    secret_ids: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    limit: int | None = None
    next_token: str = ""

    def __post_init__(self) -> None:
        if bool(self.secret_ids) == bool(self.filters):
            raise InvalidParameter("You must include Filters or SecretIdList, but not both.")
        if self.secret_ids and self.limit is not None:
            raise InvalidParameter("To use the MaxResults parameter, you must also use the Filters parameter.")
        if self.secret_ids and self.next_token:
            raise InvalidNextToken("The NextToken value is invalid.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why one secret of a batch was not read."""

    secret_id: str
    error: VaultError


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReading:
    """The values of a batch, what was refused, and the token of the next page, empty on the last."""

    readings: tuple[SecretReading, ...]
    refusals: tuple[Refusal, ...]
    next_token: str = ""


class Batch:
    """BatchGetSecretValue in one transaction, for one caller."""

    def __init__(
        self,
        tx: UnitOfWork,
        secrets: Secrets,
        listing: Listing,
        principal: Principal,
        spell: Callable[[VaultError], str],
    ) -> None:
        self._tx = tx
        self._secrets = secrets
        self._listing = listing
        self._principal = principal
        self._spell = spell

    def read(self, context: CallContext, query: BatchQuery, permission: Permission) -> BatchReading:
        """Return the current values of the secrets wanted. Raises `InvalidNextToken`, `InvalidParameter`."""
        if query.secret_ids:
            return self._read(context, query.secret_ids, permission)
        page = self._listing.secrets(
            context,
            SecretQuery(filters=query.filters),
            limit=query.limit or DEFAULT_PAGE,
            next_token=query.next_token,
        )
        return self._read(context, [secret.arn for secret in page.items], permission, page.next_token)

    def _read(
        self, context: CallContext, secret_ids: Iterable[str], permission: Permission, next_token: str = ""
    ) -> BatchReading:
        readings, refusals = [], []
        for secret_id in secret_ids:
            try:
                readings.append(self._one(context, secret_id, permission))
            except _OF_ONE_SECRET as error:
                refusals.append(Refusal(secret_id=secret_id, error=error))
                self._record(context, secret_id, error)
            else:
                self._record(context, secret_id)
        return BatchReading(readings=tuple(readings), refusals=tuple(refusals), next_token=next_token)

    def _one(self, context: CallContext, secret_id: str, permission: Permission) -> SecretReading:
        check = permission(secret_id)
        decision = evaluate(self._principal, check, context)
        if not decision.allowed:
            raise AccessDenied(refusal(self._principal, check, decision))
        return self._secrets.get_value(context, secret_id)

    def _record(self, context: CallContext, secret_id: str, error: VaultError | None = None) -> None:
        event = call_event(
            context,
            self._principal,
            service="secretsmanager",
            name="GetSecretValue",
            read_only=True,
            parameters={"secretId": secret_id},
            response={},
            error=None if error is None else (self._spell(error), error.message),
        )
        self._tx.trail.append(event, at=context.now)
