"""Attaches rotation to the secrets that were moved. Nothing is rotated by it: the code has to be deployed first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from remediation.migrate import Stored, store_errors
from remediation.model import Disposition, SecretPlan, Step

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_secretsmanager.type_defs import RotationRulesTypeTypeDef

_MONTHLY: RotationRulesTypeTypeDef = {"AutomaticallyAfterDays": 30}
# When the window of a day that was asked for opens, in UTC.
_HOUR = 4
_NO_FUNCTION = frozenset(["AccessDeniedException", "ResourceNotFoundException", "InvalidParameterException"])


def attach_rotation(
    planned: Sequence[SecretPlan],
    stored: Iterable[Stored],
    client: SecretsManagerClient,
    functions: Mapping[str, str],
    rotating: Callable[[str, str], None],
    first: date | None = None,
) -> tuple[tuple[str, ...], tuple[Step, ...]]:
    """Attach the function of each secret's strategy; `functions` maps strategies to ARNs.

    `rotating` is told a secret's name and its function's before one is attached where none rotated. The first
    rotation is due in a month, and by hand only for a secret that some process keeps until it is restarted; with
    `first`, a day of the coming month, it is due on that day, and monthly from then on.
    Returns the names that rotation is attached to, and a step for a person for each that it could not be.
    """
    arns = {each.name: each.arn for each in stored}
    attached: list[str] = []
    steps: list[Step] = []
    for secret in (each for each in planned if each.rotation is not None):
        rules = _rules(secret, first)
        reason = _attached(arns[secret.name], secret, client, functions, rotating, rules)
        if reason is None:
            attached.append(secret.name)
        else:
            steps.append(_step(secret, reason))
    return tuple(attached), tuple(steps)


def _attached(
    arn: str,
    secret: SecretPlan,
    client: SecretsManagerClient,
    functions: Mapping[str, str],
    rotating: Callable[[str, str], None],
    rules: RotationRulesTypeTypeDef,
) -> str | None:
    function = functions.get(secret.rotation or "")
    if function is None:
        return "this store has no rotation function for it"
    with store_errors(secret.name):
        try:
            answer = client.describe_secret(SecretId=arn)
            present, on = answer.get("RotationLambdaARN", function), answer.get("RotationEnabled", False)
            if present != function:
                return f"it has another function, which is left as it is ({present})"
            if not on:
                rotating(secret.name, function)
                client.rotate_secret(
                    SecretId=arn, RotationLambdaARN=function, RotationRules=rules, RotateImmediately=False
                )
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code not in _NO_FUNCTION:
                raise
            return f"the store did not attach it ({code})"
    return None


def _rules(secret: SecretPlan, first: date | None) -> RotationRulesTypeTypeDef:
    if first is not None:
        return {"ScheduleExpression": f"cron(0 {_HOUR} {first.day} * ? *)"}
    return {} if secret.kept_by_processes else _MONTHLY


def _step(secret: SecretPlan, reason: str) -> Step:
    first = secret.references[0]
    return Step(
        path=first.path,
        line=first.line,
        disposition=Disposition.MANUAL,
        action=f"attach the rotation {secret.rotation}",
        reason=reason,
        secret=secret.name,
    )
