"""Calls of functions: whether rotation may, and what one is run with.

Source: Secrets Manager User Guide, "Lambda rotation function execution role permissions".
"""

from __future__ import annotations

from datetime import datetime

from strongroom.kernel.secretvalue import SecretValue
from vault.domain.errors import IntegrityFailure
from vault.domain.evaluate import evaluate
from vault.domain.function_names import place_of
from vault.domain.function_policy import INVOKE, parsed_policy
from vault.domain.functions import Function, Invocation
from vault.domain.operation import AccessCheck
from vault.domain.secret import Secret
from vault.services.execution_roles import ExecutionRoles, service_principal
from vault.services.functions import Functions
from vault.services.keyring import Keyring
from vault.services.known_values import known_values
from vault.storage.store import UnitOfWork

ROTATION = "secretsmanager.amazonaws.com"


class FunctionCalls:
    """Calls in one transaction."""

    def __init__(self, tx: UnitOfWork, keyring: Keyring, functions: Functions, roles: ExecutionRoles) -> None:
        self._tx = tx
        self._keyring = keyring
        self._functions = functions
        self._roles = roles

    def of_arn(self, arn: str) -> Function | None:
        """Return the function that an ARN names, None where there is none or it was changed outside the store."""
        place = place_of(arn)
        try:
            return None if place is None else self._functions.find(place)
        except IntegrityFailure:
            return None

    def rotates(self, arn: str, secret: Secret) -> bool:
        """Tell whether a function is there, in the secret's region, and its policy lets rotation of the secret in."""
        function = self.of_arn(arn)
        if function is None or function.place.region != secret.region:
            return False
        keys = {"aws:SourceAccount": secret.account_id, "aws:SourceArn": secret.arn}
        check = AccessCheck(
            action=INVOKE,
            resource=function.arn,
            describe=lambda: keys,
            guarded=True,
            resource_policy=lambda: parsed_policy(function),
        )
        return evaluate(service_principal(ROTATION, function.place.account_id), check).allowed

    def invocation(self, function: Function, event: SecretValue, request_id: str, now: datetime) -> Invocation:
        """Return what a call is run with.

        Raises `InvalidFunctionParameter` where the function's role is gone or trusts Lambda no more,
        `FunctionKeyUnusable`, and `IntegrityFailure` and `DecryptionFailed` where code or environment are not as they
        were left.
        """
        return Invocation(
            place=function.place,
            runtime=function.runtime,
            handler=function.handler,
            timeout=function.timeout,
            memory=function.memory,
            code=self._functions.code(function),
            environment=self._functions.environment(function, now),
            credentials=self._roles.session(function, now),
            event=event,
            request_id=request_id,
        )

    def values(self, arn: str) -> list[SecretValue] | None:
        """Return what may be in the words of a function that rotates a secret; None where that is not known."""
        return known_values(self._tx, self._keyring, arn)
