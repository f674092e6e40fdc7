"""Simulations of policies on the wire."""

from __future__ import annotations

from collections.abc import Sequence

from vault.api.operations.iam.paging import USUAL, page
from vault.api.operations.iam.table import Answer, Request, anything, operation
from vault.domain.context import CallContext
from vault.domain.evaluate import Verdict
from vault.domain.iam.entities import Entity
from vault.domain.iam.simulation import Match, Result, Simulated, simulate
from vault.domain.iam.spans import Place, statement_spans
from vault.services.binding import Services
from vault.services.iam.simulator import Asked

_STATEMENTS_A_PAGE = 50_000
"""So many are looked at for one request at most: others wait for it. More comes with the next page."""
_DECISIONS = {
    Verdict.ALLOW: "allowed",
    Verdict.EXPLICIT_DENY: "explicitDeny",
    Verdict.IMPLICIT_DENY: "implicitDeny",
}


def _asked(request: Request) -> Asked:
    entries = request.get("ContextEntries", ())
    keys: dict[str, str | Sequence[str]] = {
        each["ContextKeyName"]: _values(each)
        for each in entries
        if "ContextKeyName" in each and each.get("ContextKeyValues")
    }
    return Asked(
        policies=request.get("PolicyInputList", ()),
        boundaries=request.get("PermissionsBoundaryPolicyInputList", ()),
        resource_policy=request.get("ResourcePolicy", ""),
        caller=request.get("CallerArn", ""),
        keys=keys,
    )


def _values(entry: Request) -> str | Sequence[str]:
    values: list[str] = entry["ContextKeyValues"]
    return values if entry.get("ContextKeyType", "").endswith("List") else values[0]


def _custom(services: Services, context: CallContext, request: Request) -> Answer:
    return _results(services, request, services.iam.simulator.custom(_asked(request)))


def _principal(services: Services, context: CallContext, request: Request) -> Answer:
    return _results(services, request, services.iam.simulator.principal(request["PolicySourceArn"], _asked(request)))


def _results(services: Services, request: Request, what: Simulated) -> Answer:
    resources = request.get("ResourceArns") or ["*"]
    pairs = [(action, resource) for action in request["ActionNames"] for resource in resources]
    most = max(1, _STATEMENTS_A_PAGE // max(1, what.size))
    bounded = {**request, "MaxItems": min(request.get("MaxItems", USUAL), most)}
    return page(services, bounded, "EvaluationResults", pairs, lambda pair: _shown(simulate(what, *pair)))


def _shown(result: Result) -> Answer:
    shown: Answer = {
        "EvalActionName": result.action,
        "EvalResourceName": result.resource,
        "EvalDecision": _DECISIONS[result.decision.verdict],
        "MatchedStatements": [_match(each) for each in result.matches],
        "MissingContextValues": list(result.missing),
    }
    if result.bounded is not None:
        shown["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": result.bounded}
    return shown


def _match(match: Match) -> Answer:
    begin, end = statement_spans(match.source.text)[match.number]
    return {
        "SourcePolicyId": match.source.name,
        "SourcePolicyType": match.source.kind,
        "StartPosition": _position(begin),
        "EndPosition": _position(end),
    }


def _position(place: Place) -> Answer:
    return {"Line": place.line, "Column": place.column}


def _custom_keys(services: Services, context: CallContext, request: Request) -> Answer:
    return {"ContextKeyNames": services.iam.simulator.keys(request["PolicyInputList"])}


def _principal_keys(services: Services, context: CallContext, request: Request) -> Answer:
    policies = request.get("PolicyInputList", ())
    return {"ContextKeyNames": services.iam.simulator.keys(policies, request["PolicySourceArn"])}


def _source(services: Services, context: CallContext, request: Request) -> tuple[str, Entity | None]:
    return request["PolicySourceArn"], None


OPERATIONS = (
    operation("SimulateCustomPolicy", _custom, anything, read_only=True),
    operation("SimulatePrincipalPolicy", _principal, _source, read_only=True),
    operation("GetContextKeysForCustomPolicy", _custom_keys, anything, read_only=True),
    operation("GetContextKeysForPrincipalPolicy", _principal_keys, _source, read_only=True),
)
