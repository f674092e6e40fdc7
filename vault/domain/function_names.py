"""How requests name functions: by name, by `ACCOUNT:function:NAME`, or by ARN, each with a version behind it or none.

There is one version of a function, `$LATEST`. Source: AWS Lambda API Reference, "Invoke", parameter FunctionName.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from vault.domain.errors import ValidationFailed
from vault.domain.function_errors import FunctionNotFound, InvalidFunctionParameter

LATEST = "$LATEST"
MANAGED = "strongroom-"
"""How the names of the functions begin that are built in."""
MOST_CHARACTERS = 64
_NAMED = re.compile(
    r"(?:arn:aws[a-z-]*:lambda:(?P<region>[a-z0-9-]+):(?P<owner>\d{12}):function:|(?P<account>\d{12}):function:"
    r"|function:)?(?P<name>[A-Za-z0-9_.-]+)(?::(?P<version>\$LATEST|[A-Za-z0-9_-]+))?"
)
_OTHER_VERSION = "The derived qualifier from the function name does not match the specified qualifier."


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionPlace:
    """Where a function is, or would be."""

    account_id: str
    region: str
    name: str

    @property
    def arn(self) -> str:
        """The function's ARN."""
        return f"arn:aws:lambda:{self.region}:{self.account_id}:function:{self.name}"


def locate_function(named: str, *, account_id: str, region: str, version: str | None = None) -> FunctionPlace:
    """Return the place of a function that a caller of that account and region names, with a version or none.

    Raises `FunctionNotFound` for another region or version, `InvalidFunctionParameter` for two versions at odds, and
    `ValidationFailed` for a name that is none.
    """
    found = _NAMED.fullmatch(named)
    if found is None:
        raise ValidationFailed(f"Value '{named[:256]}' at 'functionName' is not the name of a function.")
    if len(found["name"]) > MOST_CHARACTERS:
        raise ValidationFailed(
            f"1 validation error detected: Value '{found['name']}' at 'functionName' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MOST_CHARACTERS}"
        )
    if found["region"] not in (None, region):
        told = f"Functions from '{found['region']}' are not reachable in this region ('{region}')"
        raise FunctionNotFound(told)
    place = FunctionPlace(
        account_id=found["owner"] or found["account"] or account_id, region=region, name=found["name"]
    )
    _check_version(place, found["version"], version)
    return place


def place_of(arn: str) -> FunctionPlace | None:
    """Return the place that a function's ARN names, None for another text."""
    found = _NAMED.fullmatch(arn)
    if found is None or found["owner"] is None or found["version"] not in (None, LATEST):
        return None
    return FunctionPlace(account_id=found["owner"], region=found["region"], name=found["name"])


def _check_version(place: FunctionPlace, in_name: str | None, asked: str | None) -> None:
    if in_name is not None and asked is not None and in_name != asked:
        raise InvalidFunctionParameter(_OTHER_VERSION)
    version = in_name or asked
    if version not in (None, LATEST):
        raise FunctionNotFound(f"Function not found: {place.arn}:{version}")


def require_own(place: FunctionPlace) -> None:
    """Raise `InvalidFunctionParameter` for the name of a function that is built in, or could become one."""
    if place.name.startswith(MANAGED):
        raise InvalidFunctionParameter(
            f"Functions whose names begin with {MANAGED} are managed by Strongroom: {place.name} cannot be made, "
            "changed, invoked or deleted."
        )
