"""The resource policies of functions: decoded request to service call, and back; no rules here."""

from __future__ import annotations

from vault.api.operations.lambdas.access import Request, function_checks, place_in
from vault.api.operations.lambdas.answers import Answer
from vault.api.operations.lambdas.builtin import builtin_policy
from vault.domain.context import CallContext
from vault.domain.function_errors import FunctionNotFound, InvalidFunctionParameter
from vault.domain.function_policy import Permission
from vault.domain.operation import Operation
from vault.services.binding import Services

_APART = ("EventSourceToken", "FunctionUrlAuthType", "InvokedViaFunctionUrl")


def _add(services: Services, context: CallContext, request: Request) -> Answer:
    given = [name for name in _APART if request.get(name)]
    if given:
        raise InvalidFunctionParameter(f"{', '.join(given)} cannot be asked for by a function's policy here.")
    permission = Permission(
        sid=request["StatementId"],
        action=request["Action"],
        principal=request["Principal"],
        source_arn=request.get("SourceArn", ""),
        source_account=request.get("SourceAccount", ""),
        organization=request.get("PrincipalOrgID", ""),
    )
    text = services.functions.let(place_in(context, request), permission, revision_id=request.get("RevisionId"))
    return {"Statement": text}


def _remove(services: Services, context: CallContext, request: Request) -> Answer:
    place = place_in(context, request)
    services.functions.unlet(place, request["StatementId"], revision_id=request.get("RevisionId"))
    return {}


def _get(services: Services, context: CallContext, request: Request) -> Answer:
    place = place_in(context, request)
    built_in = builtin_policy(context, place)
    if built_in is not None:
        return {"Policy": built_in}
    function = services.functions.get(place)
    if function.policy is None:
        raise FunctionNotFound("The resource you requested does not exist.")
    return {"Policy": function.policy, "RevisionId": function.revision_id}


OPERATIONS = tuple(
    Operation(service="lambda", name=name, read_only=read_only, checks=function_checks(name), run=run)
    for name, run, read_only in (
        ("AddPermission", _add, False),
        ("RemovePermission", _remove, False),
        ("GetPolicy", _get, True),
    )
)
