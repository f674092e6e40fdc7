"""Groups on the wire."""

from __future__ import annotations

from vault.api.operations.iam import answers
from vault.api.operations.iam.paging import page
from vault.api.operations.iam.table import Answer, Request, moved, named, new, operation, path
from vault.domain.context import CallContext
from vault.domain.iam.entities import Group, User
from vault.domain.iam.names import under
from vault.services.binding import Services


def _create(services: Services, context: CallContext, request: Request) -> Answer:
    made = services.iam.groups.create(context, request["GroupName"], path=request.get("Path"))
    return {"Group": answers.group(made)}


def _get(services: Services, context: CallContext, request: Request) -> Answer:
    found = services.iam.directory.group(request["GroupName"])
    members = services.iam.directory.members(found.name)
    return {"Group": answers.group(found)} | page(services, request, "Users", members, answers.listed_user)


def _list(services: Services, context: CallContext, request: Request) -> Answer:
    found = services.iam.groups.list(under(request.get("PathPrefix")))
    return page(services, request, "Groups", found, answers.group)


def _update(services: Services, context: CallContext, request: Request) -> Answer:
    services.iam.groups.update(
        request["GroupName"], new_name=request.get("NewGroupName"), new_path=request.get("NewPath")
    )
    return {}


def _delete(services: Services, context: CallContext, request: Request) -> Answer:
    services.iam.groups.delete(request["GroupName"])
    return {}


def _add(services: Services, context: CallContext, request: Request) -> Answer:
    services.iam.groups.add(request["GroupName"], request["UserName"])
    return {}


def _remove(services: Services, context: CallContext, request: Request) -> Answer:
    services.iam.groups.remove(request["GroupName"], request["UserName"])
    return {}


def _of_user(services: Services, context: CallContext, request: Request) -> Answer:
    return page(services, request, "Groups", services.iam.groups.of(request["UserName"]), answers.group)


_GROUP = named(Group, "GroupName")

OPERATIONS = (
    operation("CreateGroup", _create, new(Group, "GroupName"), recorded=("Group",)),
    operation("GetGroup", _get, _GROUP, read_only=True),
    operation("ListGroups", _list, path(Group), read_only=True),
    operation("UpdateGroup", _update, _GROUP, moved(Group, "GroupName")),
    operation("DeleteGroup", _delete, _GROUP),
    operation("AddUserToGroup", _add, _GROUP),
    operation("RemoveUserFromGroup", _remove, _GROUP),
    operation("ListGroupsForUser", _of_user, named(User, "UserName"), read_only=True),
)
