"""The built-in rotation functions by name and by the Lambda-shaped ARN that RotateSecret takes."""

from __future__ import annotations

from collections.abc import Mapping

from vault.rotation.rotators.base import Rotator
from vault.rotation.rotators.generated import GeneratedRotator
from vault.rotation.rotators.postgres import PostgresRotator

_PREFIX = "strongroom-"

ROTATORS: Mapping[str, type[Rotator]] = {rotator.name: rotator for rotator in (GeneratedRotator, PostgresRotator)}


def function_arn(strategy: str, region: str, account_id: str) -> str:
    """Return the ARN that names a built-in function in RotateSecret."""
    return f"arn:aws:lambda:{region}:{account_id}:function:{_PREFIX}{strategy}"


def rotator_of(arn: str) -> type[Rotator] | None:
    """Return the built-in function that an ARN names, or None."""
    name = arn.rpartition(":function:")[2].removeprefix(_PREFIX)
    return ROTATORS.get(name) if f":function:{_PREFIX}{name}" in arn and arn.startswith("arn:") else None


def is_known_function(arn: str) -> bool:
    """Tell whether the vault can invoke the function of that ARN."""
    return rotator_of(arn) is not None
