"""What policies would decide about a call that nobody makes, and which statements would be asked.

Source: IAM API Reference, "SimulateCustomPolicy", "SimulatePrincipalPolicy" and "GetContextKeysForCustomPolicy".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from vault.domain.evaluate import Decision, Verdict, evaluate, matched
from vault.domain.operation import AccessCheck
from vault.domain.policy import Effect, Policy, Statement
from vault.domain.principals import Principal

_VARIABLE = re.compile(r"\$\{\s*([^{},\s]+)[^{}]*\}")
_GUARDED = ("kms:", "sts:assumerole")
"""Actions on what must let callers in by its own policy, whatever theirs say."""

Keys = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A policy that is simulated, its text, and how answers name it."""

    name: str
    kind: str
    text: str
    policy: Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """Whose call is simulated, under which policies."""

    caller: Principal
    sources: tuple[Source, ...]
    boundaries: tuple[Source, ...] = ()
    resource_policy: Source | None = None
    keys: Keys

    @property
    def size(self) -> int:
        """How many statements one call is held against."""
        own = () if self.resource_policy is None else (self.resource_policy,)
        return sum(len(each.policy.statements) for each in (*self.sources, *self.boundaries, *own))

    @property
    def principal(self) -> Principal:
        """Whoever calls, with the policies."""
        statements = tuple(statement for each in self.boundaries for statement in each.policy.statements)
        return replace(
            self.caller,
            identity_policies=tuple(each.policy for each in self.sources),
            boundary=Policy(statements=statements) if self.boundaries else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A statement that was asked: its policy, and its number from 0."""

    source: Source
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What is decided about one action on one resource."""

    action: str
    resource: str
    decision: Decision
    matches: tuple[Match, ...]
    missing: tuple[str, ...]
    """Condition keys that the policies ask for and nobody gave."""
    bounded: bool | None
    """Whether the boundary allows it; None where there is none."""


def simulate(what: Simulated, action: str, resource: str) -> Result:
    """Return what is decided about one call."""
    check = AccessCheck(
        action=action,
        resource=resource,
        describe=lambda: what.keys,
        account_id=_owner(resource),
        guarded=what.resource_policy is not None and action.lower().startswith(_GUARDED),
        resource_policy=lambda: None if what.resource_policy is None else what.resource_policy.policy,
    )
    principal = what.principal
    decision = evaluate(principal, check)
    bounded = (
        any(
            principal.boundary.statements[number].effect is Effect.ALLOW
            for number in matched(principal, check, principal.boundary)
        )
        if principal.boundary is not None
        else None
    )
    return Result(
        action=action,
        resource=resource,
        decision=decision,
        matches=tuple(_matches(what, principal, check, decision)),
        missing=_missing(what, check),
        bounded=bounded,
    )


def _matches(what: Simulated, principal: Principal, check: AccessCheck, decision: Decision) -> Iterable[Match]:
    """Yield the statements that decide: those that deny where one does, else those that allow."""
    effect = Effect.DENY if decision.verdict is Verdict.EXPLICIT_DENY else Effect.ALLOW
    own = () if what.resource_policy is None else (what.resource_policy,)
    for source in (*what.sources, *what.boundaries, *own):
        for number in matched(principal, check, source.policy):
            if source.policy.statements[number].effect is effect:
                yield Match(source=source, number=number)


def _missing(what: Simulated, check: AccessCheck) -> tuple[str, ...]:
    given = {key.lower() for key in what.keys}
    own = () if what.resource_policy is None else (what.resource_policy,)
    policies = [source.policy for source in (*what.sources, *what.boundaries, *own)]
    return tuple(key for key in context_keys(policies) if key.lower() not in given)


def context_keys(policies: Iterable[Policy]) -> list[str]:
    """Return the condition keys that policies ask for, in conditions and in variables, each once."""
    found: dict[str, str] = {}
    for policy in policies:
        for statement in policy.statements:
            for key in _keys_of(statement):
                found.setdefault(key.lower(), key)
    return list(found.values())


def _keys_of(statement: Statement) -> Iterable[str]:
    texts = list(statement.resources)
    for _, key, values in statement.conditions:
        yield key
        texts.extend(values)
    for text in texts if statement.variables else ():
        yield from (name for name in _VARIABLE.findall(text) if name not in ("*", "?", "$"))


def _owner(resource: str) -> str:
    """Return the account that an ARN names, nothing for what names none."""
    parts = resource.split(":", 5)
    return parts[4] if len(parts) > 5 and parts[4].isdigit() else ""
