"""The Account service on the wire, as far as regions go: decoded request to service call, and back; no rules here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from vault.api.operations.secretsmanager_answers import Answer, present
from vault.api.operations.secretsmanager_members import Request
from vault.domain.context import CallContext
from vault.domain.operation import AccessCheck, Operation
from vault.services.binding import Services

_MOST = 50


def _enable(services: Services, context: CallContext, request: Request) -> Answer:
    services.regions.enable(context, request.get("AccountId"), request["RegionName"])
    return {}


def _disable(services: Services, context: CallContext, request: Request) -> Answer:
    services.regions.disable(context, request.get("AccountId"), request["RegionName"])
    return {}


def _status(services: Services, context: CallContext, request: Request) -> Answer:
    name = request["RegionName"]
    status = services.regions.status(context, request.get("AccountId"), name)
    return {"RegionName": name, "RegionOptStatus": status.value}


def _list(services: Services, context: CallContext, request: Request) -> Answer:
    page = services.regions.list(
        context,
        request.get("AccountId"),
        statuses=request.get("RegionOptStatusContains", ()),
        limit=request.get("MaxResults", _MOST),
        next_token=request.get("NextToken", ""),
    )
    shown = [{"RegionName": name, "RegionOptStatus": status.value} for name, status in page.items]
    return {"Regions": shown} | present(NextToken=page.next_token)


def _operation(
    name: str, run: Callable[[Services, CallContext, Request], Answer], *, read_only: bool = False
) -> Operation:
    def checks(services: Services, context: CallContext, request: Request) -> Sequence[AccessCheck]:
        return (AccessCheck(action=f"account:{name}", resource="*", named="*"),)

    return Operation(service="account", name=name, read_only=read_only, checks=checks, run=run)


OPERATIONS: Mapping[str, Operation] = {
    each.name: each
    for each in (
        _operation("EnableRegion", _enable),
        _operation("DisableRegion", _disable),
        _operation("GetRegionOptStatus", _status, read_only=True),
        _operation("ListRegions", _list, read_only=True),
    )
}
