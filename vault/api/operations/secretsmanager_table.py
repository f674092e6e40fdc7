"""How an operation of Secrets Manager is entered in the table of operations."""

from __future__ import annotations

from collections.abc import Callable

from vault.api.operations.secretsmanager_access import Checks, secret_checks
from vault.api.operations.secretsmanager_answers import Answer
from vault.api.operations.secretsmanager_members import Request
from vault.domain.context import CallContext
from vault.domain.operation import Operation
from vault.services.binding import Services


def operation(
    name: str,
    run: Callable[[Services, CallContext, Request], Answer],
    *,
    checks: Checks | None = None,
    read_only: bool = False,
    recorded: tuple[str, ...] = ("ARN", "Name", "VersionId", "DeletionDate"),
) -> Operation:
    """Return the entry of `name`; it asks for the action of that name on its secret, unless `checks` say otherwise."""
    return Operation(
        service="secretsmanager",
        name=name,
        read_only=read_only,
        checks=checks or secret_checks(name),
        run=run,
        recorded_response=recorded,
    )
