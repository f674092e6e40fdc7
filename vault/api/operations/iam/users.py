"""Users on the wire."""

from __future__ import annotations

from vault.api.operations.iam import answers
from vault.api.operations.iam.paging import page
from vault.api.operations.iam.table import Answer, Request, moved, named, new, operation, path, tags_of
from vault.domain.context import CallContext
from vault.domain.iam.entities import User
from vault.domain.iam.names import root_arn, under
from vault.services.binding import Services


def _create(services: Services, context: CallContext, request: Request) -> Answer:
    bounded = request.get("PermissionsBoundary")
    made = services.iam.users.create(
        context,
        request["UserName"],
        path=request.get("Path"),
        tags=tags_of(request),
        boundary=None if bounded is None else services.iam.directory.attachable(bounded),
    )
    return {"User": answers.user(made)}


def _get(services: Services, context: CallContext, request: Request) -> Answer:
    if "UserName" not in request and services.iam.principal.is_root:
        created = services.iam.directory.settings(context.now).created
        return {"User": {"UserId": context.account_id, "Arn": root_arn(context.account_id), "CreateDate": created}}
    name = services.iam.own_name(request.get("UserName"))
    return {"User": answers.user(services.iam.directory.user(name))}


def _list(services: Services, context: CallContext, request: Request) -> Answer:
    found = services.iam.users.list(under(request.get("PathPrefix")))
    return page(services, request, "Users", found, answers.listed_user)


def _update(services: Services, context: CallContext, request: Request) -> Answer:
    services.iam.users.update(request["UserName"], new_name=request.get("NewUserName"), new_path=request.get("NewPath"))
    return {}


def _delete(services: Services, context: CallContext, request: Request) -> Answer:
    services.iam.users.delete(request["UserName"])
    return {}


def _tag(services: Services, context: CallContext, request: Request) -> Answer:
    services.iam.holding.tag(services.iam.directory.user(request["UserName"]), tags_of(request))
    return {}


def _untag(services: Services, context: CallContext, request: Request) -> Answer:
    services.iam.holding.untag(services.iam.directory.user(request["UserName"]), request["TagKeys"])
    return {}


def _tags(services: Services, context: CallContext, request: Request) -> Answer:
    return page(services, request, "Tags", answers.tags(services.iam.directory.user(request["UserName"]).tags), dict)


def _put_boundary(services: Services, context: CallContext, request: Request) -> Answer:
    services.iam.holding.bound(User, request["UserName"], request["PermissionsBoundary"])
    return {}


def _delete_boundary(services: Services, context: CallContext, request: Request) -> Answer:
    services.iam.holding.bound(User, request["UserName"], None)
    return {}


_USER = named(User, "UserName")

OPERATIONS = (
    operation("CreateUser", _create, new(User, "UserName"), recorded=("User",)),
    operation("GetUser", _get, _USER, read_only=True),
    operation("ListUsers", _list, path(User), read_only=True),
    operation("UpdateUser", _update, _USER, moved(User, "UserName")),
    operation("DeleteUser", _delete, _USER),
    operation("TagUser", _tag, _USER),
    operation("UntagUser", _untag, _USER),
    operation("ListUserTags", _tags, _USER, read_only=True),
    operation("PutUserPermissionsBoundary", _put_boundary, _USER),
    operation("DeleteUserPermissionsBoundary", _delete_boundary, _USER),
)
