"""How an operation of Secrets Manager is entered in the table of operations."""

from __future__ import annotations

from collections.abc import Callable

from vault.api.operations.secretsmanager_access import Checks, secret_checks
from vault.api.operations.secretsmanager_answers import Answer
from vault.api.operations.secretsmanager_members import Request
from vault.domain.context import CallContext
from vault.domain.errors import VaultError
from vault.domain.names import locate
from vault.domain.operation import Operation, Wanted
from vault.services.binding import Services


def operation(
    name: str,
    run: Callable[[Services, CallContext, Request], Answer],
    *,
    checks: Checks | None = None,
    read_only: bool = False,
    recorded: tuple[str, ...] = ("ARN", "Name", "VersionId", "DeletionDate"),
    reads_value: bool = False,
) -> Operation:
    """Return the entry of `name`; it asks for the action of that name on its secret, unless `checks` say otherwise.

    `reads_value` tells that it opens the version which its request names.
    """
    return Operation(
        service="secretsmanager",
        name=name,
        read_only=read_only,
        checks=checks or secret_checks(name),
        run=run,
        recorded_response=recorded,
        wanted=_value_wanted if reads_value else _secret_wanted,
    )


def _secret_wanted(context: CallContext, request: Request) -> Wanted | None:
    named = request.get("SecretId")
    if named is None:
        return None
    try:
        locator = locate(named, account_id=context.account_id, region=context.region)
    except VaultError:
        return None
    owned = (locator.account_id, locator.region) == (context.account_id, context.region)
    return Wanted(locator=locator) if owned else None


def _value_wanted(context: CallContext, request: Request) -> Wanted | None:
    found = _secret_wanted(context, request)
    if found is None:
        return None
    version_id, stage = request.get("VersionId"), request.get("VersionStage")
    return Wanted(locator=found.locator, value=True, version_id=version_id, stage=stage)
