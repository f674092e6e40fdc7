"""How an operation of KMS is entered in the table of operations."""

from __future__ import annotations

from collections.abc import Callable

from vault.api.operations.kms_access import Checks, Request, key_checks
from vault.api.operations.kms_answers import Answer
from vault.domain.context import CallContext
from vault.domain.operation import Operation
from vault.services.binding import Services


def operation(
    name: str,
    run: Callable[[Services, CallContext, Request], Answer],
    *,
    checks: Checks | None = None,
    read_only: bool = False,
    recorded: tuple[str, ...] = (),
) -> Operation:
    """Return the entry of `name`; it asks for the action of that name on its key, unless `checks` say otherwise."""
    return Operation(
        service="kms",
        name=name,
        read_only=read_only,
        checks=checks or key_checks(name),
        run=run,
        recorded_response=recorded,
    )
