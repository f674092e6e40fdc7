"""Grants on KMS keys on the wire; no rules here."""

from __future__ import annotations

from collections.abc import Mapping

from vault.api.operations.kms_access import Request, retire_checks, unbound_checks
from vault.api.operations.kms_answers import Answer, grant_entry, page_end
from vault.api.operations.kms_table import operation
from vault.domain.context import CallContext
from vault.domain.errors import ValidationFailed
from vault.services.binding import Services
from vault.services.grants import NewGrant

_PAGE = 50


def _create(services: Services, context: CallContext, request: Request) -> Answer:
    _refuse_services(request)
    services.grants.check_tokens(request.get("GrantTokens", ()))
    new = NewGrant(
        grantee=_principal(request, "GranteePrincipal"),
        operations=tuple(request["Operations"]),
        retiring=request.get("RetiringPrincipal", ""),
        name=request.get("Name", ""),
        constraints=_constraints(request),
    )
    grant, token = services.grants.create(context, request["KeyId"], new, dry_run=request.get("DryRun", False))
    return {"GrantToken": token, "GrantId": grant.grant_id}


def _list(services: Services, context: CallContext, request: Request) -> Answer:
    _refuse_services(request)
    page = services.grants.page(
        context,
        request["KeyId"],
        grant_id=request.get("GrantId"),
        grantee=request.get("GranteePrincipal"),
        limit=request.get("Limit", _PAGE),
        marker=request.get("Marker", ""),
    )
    return {"Grants": [grant_entry(grant, context) for grant in page.items], **page_end(page)}


def _list_retirable(services: Services, context: CallContext, request: Request) -> Answer:
    _refuse_services(request)
    page = services.grants.retirable(
        context,
        _principal(request, "RetiringPrincipal"),
        limit=request.get("Limit", _PAGE),
        marker=request.get("Marker", ""),
    )
    return {"Grants": [grant_entry(grant, context) for grant in page.items], **page_end(page)}


def _revoke(services: Services, context: CallContext, request: Request) -> Answer:
    services.grants.revoke(context, request["KeyId"], request["GrantId"], dry_run=request.get("DryRun", False))
    return {}


def _retire(services: Services, context: CallContext, request: Request) -> Answer:
    grant = services.grants.named(
        context, token=request.get("GrantToken"), key_id=request.get("KeyId"), grant_id=request.get("GrantId")
    )
    services.grants.retire(grant, dry_run=request.get("DryRun", False))
    return {}


def _principal(request: Request, member: str) -> str:
    if member not in request:
        raise ValidationFailed(f"{member} is required.")
    principal: str = request[member]
    return principal


def _constraints(request: Request) -> Mapping[str, Mapping[str, str]]:
    constraints: Mapping[str, Mapping[str, str]] = request.get("Constraints", {})
    if "SourceArn" in constraints:
        raise ValidationFailed("SourceArn is not supported.")
    return constraints


def _refuse_services(request: Request) -> None:
    """Refuse services as principals by name: none acts on its own here."""
    for member in ("GranteeServicePrincipal", "RetiringServicePrincipal"):
        if member in request:
            raise ValidationFailed(f"{member} is not supported.")


OPERATIONS = (
    operation("CreateGrant", _create, recorded=("GrantId",)),
    operation("ListGrants", _list, read_only=True),
    operation("ListRetirableGrants", _list_retirable, checks=unbound_checks("ListRetirableGrants"), read_only=True),
    operation("RevokeGrant", _revoke),
    operation("RetireGrant", _retire, checks=retire_checks),
)
