"""The built-in rotation functions by strategy name and by the Lambda-shaped ARN that RotateSecret takes.

Only names are here: what a function needs is imported when it is sent on an errand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vault.rotation.rotators.base import Errand, Rotator

_PREFIX = "strongroom-"
_ROTATORS = "vault.rotation.rotators"
SINGLE, ALTERNATING = "single", "alternating"

_WITH_USERS = {
    "postgres": "postgres",
    "mysql": "mysql",
    "mariadb": "mysql",
    "redis": "redis_acl",
    "mongo": "mongo",
    "rabbitmq": "rabbitmq",
}
"""Kinds of servers, as `rotators/engines.yaml` has them, and the module that knows each."""

_WITHOUT_USERS = {
    "generated": "generated",
    "aws-iam": "aws_iam",
    "ssh": "ssh",
    "http-token": "http_token",
    "webhook": "webhook",
    "manual": "manual",
}

_BY_OTHERS = ("webhook", "manual")

ALIASES: Mapping[str, str] = {"postgresql-single-user": "postgres-single", "generated": "generated-single"}
"""Names of before there were several strategies, as older configurations and records have them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltIn:
    """A built-in function: the kind of credential, the strategy, and where its code is."""

    engine: str
    strategy: str
    module: str

    @property
    def knows_engines(self) -> bool:
        """Whether what it changes has to be known here: neither a person nor an endpoint of one's own does it."""
        return self.module not in _BY_OTHERS

    @property
    def name(self) -> str:
        """The name of the strategy, as configurations and `rotate --strategy` have it."""
        return f"{self.engine}-{self.strategy}"

    def rotator(self, errand: Errand) -> Rotator:
        """Return the function, ready to run an errand. Raises `RotationFailed` where something of it is missing."""
        made: Rotator = import_module(f"{_ROTATORS}.{self.module}").rotator(errand, self.engine, self.strategy)
        return made


def _built_in() -> dict[str, BuiltIn]:
    users = [
        BuiltIn(engine=engine, strategy=strategy, module=module)
        for engine, module in _WITH_USERS.items()
        for strategy in (SINGLE, ALTERNATING)
    ]
    others = [BuiltIn(engine=kind, strategy=SINGLE, module=module) for kind, module in _WITHOUT_USERS.items()]
    return {each.name: each for each in (*users, *others)}


ROTATORS: Mapping[str, BuiltIn] = _built_in()


def strategy_named(name: str) -> str:
    """Return the name that a strategy has now, also where it is asked for by an older one."""
    return ALIASES.get(name, name)


def function_arn(strategy: str, region: str, account_id: str) -> str:
    """Return the ARN that names a built-in function in RotateSecret."""
    return f"arn:aws:lambda:{region}:{account_id}:function:{_PREFIX}{strategy_named(strategy)}"


def rotator_of(arn: str) -> BuiltIn | None:
    """Return the built-in function that an ARN names, or None."""
    name = arn.rpartition(":function:")[2].removeprefix(_PREFIX)
    known = f":function:{_PREFIX}{name}" in arn and arn.startswith("arn:")
    return ROTATORS.get(strategy_named(name)) if known else None


def is_known_function(arn: str) -> bool:
    """Tell whether the vault can invoke the function of that ARN."""
    return rotator_of(arn) is not None
