"""Policies as they are decided by: statements with their parts, whether of an identity, a resource or a session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Effect(StrEnum):
    """What a matching statement does."""

    ALLOW = "Allow"
    DENY = "Deny"


Condition = tuple[str, str, tuple[str, ...]]
"""Operator, condition key and the values it is compared with."""


_NARROWING_OPERATORS = {
    "StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "IpAddress",
}  # fmt: skip
_NARROWING_KEYS = {
    "aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths", "aws:userid",
    "aws:username", "aws:sourceaccount", "aws:sourcearn", "aws:sourceip", "aws:sourceorgid", "aws:sourcevpc",
    "aws:sourcevpce", "kms:calleraccount",
}  # fmt: skip
_WIDE = {"*", "**", "0.0.0.0/0", "::/0"}


def _narrows(condition: Condition) -> bool:
    """Tell whether a condition holds for some callers only, whatever else they send along."""
    operator, key, values = condition
    bare = operator.removeprefix("ForAnyValue:")
    return bare in _NARROWING_OPERATORS and key.lower() in _NARROWING_KEYS and _WIDE.isdisjoint(values)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalSet:
    """Whom a statement is about; `negated` tells that it is everybody else (NotPrincipal)."""

    named: Mapping[str, tuple[str, ...]]
    """Kind (`AWS`, `Service`, `Federated`, `CanonicalUser`) to names; a bare `*` is `AWS`: `*`."""
    negated: bool = False

    @property
    def everybody(self) -> bool:
        """Tell whether any caller of any account is meant."""
        return not self.negated and "*" in self.named.get("AWS", ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement. `negated_*` tells that the patterns came from NotAction or NotResource."""

    effect: Effect
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    negated_actions: bool = False
    negated_resources: bool = False
    conditions: tuple[Condition, ...] = ()
    principals: PrincipalSet | None = None
    """Whom it is about; None in policies of identities and sessions, which are about their owner."""
    variables: bool = False
    """Whether `${...}` is a variable: policies of the version 2008-10-17, which is also the default, have none."""
    sid: str = ""

    @property
    def public(self) -> bool:
        """Tell whether the statement lets everybody in, under no condition that narrows who that is."""
        everybody = self.principals is not None and self.principals.everybody
        return self.effect is Effect.ALLOW and everybody and not any(map(_narrows, self.conditions))


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A parsed policy."""

    statements: tuple[Statement, ...] = field(default_factory=tuple)
    source: str = ""
    """Where it came from, for explanations: `session policy`, or a policy's name."""

    @property
    def public(self) -> bool:
        """Tell whether a statement plainly lets everybody in."""
        return any(statement.public for statement in self.statements)
