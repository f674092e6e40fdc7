"""The one decision: may this principal do this action on this resource? Pure; default deny; an explicit deny wins.

Order (IAM User Guide, "Policy evaluation logic"): explicit deny in any policy, then identity policies (the account
root is allowed without one), then the session policy, which only narrows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from vault.domain.operation import AccessCheck
from vault.domain.policy import Effect, Policy, Statement
from vault.domain.principals import Principal


class Verdict(StrEnum):
    """The three outcomes IAM knows."""

    ALLOW = "allow"
    EXPLICIT_DENY = "explicit deny"
    IMPLICIT_DENY = "implicit deny"


_IDENTITY = "identity-based policy"
_SESSION = "session policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The verdict and what decided it (`identity-based policy`, `session policy`)."""

    verdict: Verdict
    decided_by: str

    @property
    def allowed(self) -> bool:
        """Tell whether the call may go on."""
        return self.verdict is Verdict.ALLOW


def evaluate(principal: Principal, check: AccessCheck) -> Decision:
    """Decide `check` for `principal` from its policies alone. Never raises."""
    session = () if principal.session_policy is None else (principal.session_policy,)
    for kind, policies in ((_IDENTITY, principal.identity_policies), (_SESSION, session)):
        if _any(policies, Effect.DENY, check):
            return _decision(Verdict.EXPLICIT_DENY, kind)
    if not principal.is_root and not _any(principal.identity_policies, Effect.ALLOW, check):
        return _decision(Verdict.IMPLICIT_DENY, _IDENTITY)
    if session and not _any(session, Effect.ALLOW, check):
        return _decision(Verdict.IMPLICIT_DENY, _SESSION)
    return _decision(Verdict.ALLOW, _SESSION if session else _IDENTITY)


@lru_cache(maxsize=16)
def _decision(verdict: Verdict, decided_by: str) -> Decision:
    return Decision(verdict=verdict, decided_by=decided_by)


def refusal(principal: Principal, check: AccessCheck, decision: Decision) -> str:
    """Return AWS's sentence for a refused check; it names the resource as the caller did."""
    subject = f"User: {principal.arn} is not authorized to perform: {check.action}"
    place = f" on resource: {check.named or check.resource}"
    if decision.verdict is Verdict.EXPLICIT_DENY:
        return f"{subject}{place} with an explicit deny in an {decision.decided_by}".replace("an session", "a session")
    article = "no identity-based policy" if decision.decided_by.startswith("identity") else "no session policy"
    return f"{subject}{place} because {article} allows the {check.action} action"


def _any(policies: Iterable[Policy], effect: Effect, check: AccessCheck) -> bool:
    return any(
        statement.effect is effect and _matches(statement, check)
        for policy in policies
        for statement in policy.statements
    )


def _matches(statement: Statement, check: AccessCheck) -> bool:
    action = any(_glob(pattern.lower()).fullmatch(check.action.lower()) for pattern in statement.actions)
    if action is statement.negated_actions:
        return False
    resource = any(_glob(pattern).fullmatch(check.resource) for pattern in statement.resources)
    return resource is not statement.negated_resources


@lru_cache(maxsize=2048)
def _glob(pattern: str) -> re.Pattern[str]:
    pieces = {"*": ".*", "?": "."}
    return re.compile("".join(pieces.get(char) or re.escape(char) for char in pattern), re.DOTALL)
