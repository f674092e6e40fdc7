"""The roles that functions run as: they must trust Lambda, and a function gets a session of its role for each call.

The session may do what the role may, but start no function and no rotation. Source: AWS Lambda Developer Guide,
"Defining Lambda function permissions with an execution role".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from random import Random

from vault.domain.evaluate import evaluate
from vault.domain.function_errors import InvalidFunctionParameter
from vault.domain.function_names import FunctionPlace
from vault.domain.functions import Credentials, Function
from vault.domain.iam.documents import known_trust_policy
from vault.domain.iam.entities import Role
from vault.domain.iam.names import last_name
from vault.domain.operation import AccessCheck
from vault.domain.principals import Principal
from vault.domain.sessions import SessionScope
from vault.services.iam.directory import Directory
from vault.services.iam.trusting import as_of_now
from vault.services.keyring import Keyring
from vault.services.sts import role_session
from vault.storage.store import UnitOfWork

SERVICE = "lambda.amazonaws.com"
_NOT_TRUSTED = "The role defined for the function cannot be assumed by Lambda."
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/\S+")
_GRACE = timedelta(minutes=1)
"""Beyond a function's time limit, so that none outlives its credentials."""
_SESSION_POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": ["lambda:Invoke*", "secretsmanager:RotateSecret"], "Resource": "*"},
        ],
    },
    separators=(",", ":"),
)

Identities = Callable[[UnitOfWork], AbstractContextManager[tuple[UnitOfWork, Keyring]]]
"""From a transaction to the one in which roles are read, and to what seals their sessions: both the home region's."""


class ExecutionRoles:
    """Roles for functions in one transaction."""

    def __init__(self, tx: UnitOfWork, identities: Identities, random: Random) -> None:
        self._tx = tx
        self._identities = identities
        self._random = random

    def require_trusted(self, role_arn: str, place: FunctionPlace) -> None:
        """Raise `InvalidFunctionParameter` unless a role is there and trusts Lambda with a function's account."""
        with self._identities(self._tx) as (tx, _):
            _trusted(tx, role_arn, place)

    def session(self, function: Function, now: datetime) -> Credentials:
        """Return credentials for one call of a function. Raises as `require_trusted`."""
        with self._identities(self._tx) as (tx, keyring):
            made = role_session(
                keyring,
                self._random,
                _trusted(tx, function.role, function.place),
                name=function.place.name,
                scope=SessionScope(policy=_SESSION_POLICY),
                issued=now.replace(microsecond=0),
                lasts=timedelta(seconds=function.timeout) + _GRACE,
            )
        session = made.session
        return Credentials(access_key_id=session.access_key_id, secret=session.secret, token=made.token)


def _trusted(tx: UnitOfWork, role_arn: str, place: FunctionPlace) -> Role:
    found = _ROLE_ARN.fullmatch(role_arn)
    role = None if found is None else Directory(tx, found[1]).find(Role, last_name(role_arn))
    if role is None or role.arn != role_arn or role.account_id != place.account_id:
        raise InvalidFunctionParameter(_NOT_TRUSTED)
    trust = known_trust_policy(as_of_now(tx, role).trust)
    keys = {"aws:SourceArn": place.arn, "aws:SourceAccount": place.account_id}
    check = AccessCheck(
        action="sts:AssumeRole",
        resource=role.arn,
        describe=lambda: keys,
        guarded=True,
        resource_policy=lambda: trust,
    )
    if not evaluate(service_principal(SERVICE, place.account_id), check).allowed:
        raise InvalidFunctionParameter(_NOT_TRUSTED)
    return role


def service_principal(service: str, account_id: str) -> Principal:
    """Return a service of AWS's as who calls on behalf of an account."""
    return Principal(account_id=account_id, arn=service, user_id=service, access_key_id="", service=service)
