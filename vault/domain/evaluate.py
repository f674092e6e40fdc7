"""The one decision: may this principal do this action on this resource? Pure; default deny; an explicit deny wins.

    1. an explicit deny in any policy refuses
    2. a resource that must let its callers in, or one of another account, refuses unless its policy (or a grant) does
    3. in its own account, a resource's policy that names the session itself allows
    4. identity policies must allow, unless the caller is the root, or the resource's policy names it or its owner
    5. the permissions boundary must allow, unless the resource's policy names the user itself
    6. the session policy must allow

Of a policy that names the caller's account alone only the account's own policies make more.
Source: IAM User Guide, "Policy evaluation logic"; AWS KMS Developer Guide, "Key policies".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from vault.domain.caller_keys import caller_keys
from vault.domain.condition_values import KeyValues
from vault.domain.conditions import hold
from vault.domain.context import CallContext
from vault.domain.operation import AccessCheck
from vault.domain.policy import Effect, Policy, Statement
from vault.domain.principals import Named, Principal
from vault.domain.wildcards import matches, matches_arn


class Verdict(StrEnum):
    """The three outcomes IAM knows."""

    ALLOW = "allow"
    EXPLICIT_DENY = "explicit deny"
    IMPLICIT_DENY = "implicit deny"


_UNEXPLAINED = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")
"""Whoever may not assume a role is not told why: it could tell who may."""
_IDENTITY = "identity-based policy"
_RESOURCE = "resource-based policy"
_BOUNDARY = "permissions boundary"
_SESSION = "session policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The verdict and what decided it (`identity-based policy`, ...), with the Sid of the statement that did."""

    verdict: Verdict
    decided_by: str
    sid: str = ""

    @property
    def allowed(self) -> bool:
        """Tell whether the call may go on."""
        return self.verdict is Verdict.ALLOW


def evaluate(principal: Principal, check: AccessCheck, context: CallContext | None = None) -> Decision:
    """Decide `check` for `principal` from the policies of both and what is known of the call. Never raises."""
    return _Evaluation(principal, check, context).decision()


def matched(
    principal: Principal, check: AccessCheck, policy: Policy, context: CallContext | None = None
) -> tuple[int, ...]:
    """Return the numbers, from 0, of the statements of a policy that are about such a call, whatever they do."""
    evaluation = _Evaluation(principal, check, context)
    return tuple(number for number, each in enumerate(policy.statements) if evaluation.concerns(each))


class _Evaluation:
    """One decision. What policies and keys say is asked for when a statement turns on it."""

    def __init__(self, principal: Principal, check: AccessCheck, context: CallContext | None) -> None:
        self._principal = principal
        self._check = check
        self._context = context
        self._owned = check.account_id in ("", principal.account_id)
        self._resource_policy = check.resource_policy()
        self._known_keys: KeyValues | None = None

    def decision(self) -> Decision:
        """Return what the policies say."""
        denied = self._denied()
        if denied is not None:
            return denied
        named = self._named()
        if named is Named.NOT and (self._check.guarded or not self._owned):
            return _decision(Verdict.IMPLICIT_DENY, _RESOURCE)
        # Only what stands in the caller's own account can vouch for it.
        vouched = named if self._owned else Named.NOT
        return _decision(Verdict.ALLOW, _RESOURCE) if vouched is Named.SESSION else self._consented(vouched)

    def _denied(self) -> Decision | None:
        principal = self._principal
        kinds: list[tuple[str, Policy | None]] = [(_IDENTITY, policy) for policy in principal.identity_policies]
        kinds += ((_RESOURCE, self._resource_policy), (_BOUNDARY, principal.boundary))
        kinds.append((_SESSION, principal.session_policy))
        for kind, policy in kinds:
            statement = self._first(policy, Effect.DENY) if policy is not None else None
            if statement is not None:
                return _decision(Verdict.EXPLICIT_DENY, kind, statement.sid)
        return None

    def _named(self) -> Named:
        """Return how closely the resource's policy, or a grant, allows the caller."""
        named = Named.NOT
        for statement in self._resource_policy.statements if self._resource_policy is not None else ():
            if statement.effect is Effect.ALLOW and self.concerns(statement):
                named = max(named, self._level(statement))
        return Named.OWNER if named < Named.OWNER and self._check.granted() else named

    def _consented(self, vouched: Named) -> Decision:
        principal = self._principal
        allowed = next(filter(None, (self._first(each, Effect.ALLOW) for each in principal.identity_policies)), None)
        if allowed is None and not principal.is_root and vouched < Named.OWNER:
            return _decision(Verdict.IMPLICIT_DENY, _IDENTITY)
        bounded = principal.boundary is not None and vouched < Named.USER
        if bounded and principal.boundary is not None and self._first(principal.boundary, Effect.ALLOW) is None:
            return _decision(Verdict.IMPLICIT_DENY, _BOUNDARY)
        if principal.session_policy is not None:
            within = self._first(principal.session_policy, Effect.ALLOW)
            return _decision(Verdict.IMPLICIT_DENY, _SESSION) if within is None else _allowed(_SESSION, within)
        return _allowed(_IDENTITY if allowed is not None or principal.is_root else _RESOURCE, allowed)

    def _first(self, policy: Policy, effect: Effect) -> Statement | None:
        for statement in policy.statements:
            if statement.effect is effect and self.concerns(statement):
                return statement
        return None

    def concerns(self, statement: Statement) -> bool:
        """Tell whether a statement is about the call."""
        return (
            _on_action(statement.actions, self._check.action) is not statement.negated_actions
            and (statement.principals is None or self._level(statement) is not Named.NOT)
            and self._on_resource(statement) is not statement.negated_resources
            and (not statement.conditions or hold(statement.conditions, self._keys()))
        )

    def _level(self, statement: Statement) -> Named:
        return Named.NOT if statement.principals is None else self._principal.named_in(statement.principals)

    def _on_resource(self, statement: Statement) -> bool:
        # What has no resource is asked for by `*`, which only `*` allows.
        fill = self._fill if statement.variables else None
        return any(matches_arn(each, self._check.resource, fill) for each in statement.resources)

    def _fill(self, key: str) -> str | None:
        return self._keys().single(key)

    def _keys(self) -> KeyValues:
        if self._known_keys is None:
            general = {} if self._context is None else caller_keys(self._principal, self._context)
            self._known_keys = KeyValues({**general, **self._check.condition_keys})
        return self._known_keys


def refusal(principal: Principal, check: AccessCheck, decision: Decision) -> str:
    """Return AWS's sentence for a refused check; it names the resource as the caller did."""
    subject = f"User: {principal.arn} is not authorized to perform: {check.action}"
    if check.untold:
        return f"{subject} on {check.untold}"
    place = f" on resource: {check.named or check.resource}"
    if decision.verdict is Verdict.EXPLICIT_DENY:
        article = "an" if decision.decided_by == _IDENTITY else "a"
        return f"{subject}{place} with an explicit deny in {article} {decision.decided_by}"
    if check.action in _UNEXPLAINED:
        return f"{subject}{place}"
    return f"{subject}{place} because no {decision.decided_by} allows the {check.action} action"


@lru_cache(maxsize=4096)
def _on_action(patterns: tuple[str, ...], action: str) -> bool:
    return any(matches(each.lower(), action.lower()) for each in patterns)


def _allowed(decided_by: str, statement: Statement | None) -> Decision:
    return _decision(Verdict.ALLOW, decided_by, "" if statement is None else statement.sid)


@lru_cache(maxsize=256)
def _decision(verdict: Verdict, decided_by: str, sid: str = "") -> Decision:
    return Decision(verdict=verdict, decided_by=decided_by, sid=sid)
