"""Roles on the wire."""

from __future__ import annotations

from vault.api.operations.iam import answers
from vault.api.operations.iam.paging import page
from vault.api.operations.iam.table import Answer, Request, named, new, operation, path, tags_of
from vault.domain.context import CallContext
from vault.domain.iam.entities import Role
from vault.domain.iam.names import under
from vault.services.binding import Services
from vault.services.iam.roles import NewRole


def _create(services: Services, context: CallContext, request: Request) -> Answer:
    bounded = request.get("PermissionsBoundary")
    made = services.iam.roles.create(
        context,
        NewRole(
            name=request["RoleName"],
            path=request.get("Path"),
            trust=request["AssumeRolePolicyDocument"],
            description=request.get("Description", ""),
            max_seconds=request.get("MaxSessionDuration", 3600),
            tags=tags_of(request),
            boundary=None if bounded is None else services.iam.directory.attachable(bounded),
        ),
    )
    return {"Role": answers.made_role(made)}


def _get(services: Services, context: CallContext, request: Request) -> Answer:
    found = services.iam.roles.named(request["RoleName"])
    return {"Role": answers.role(found, services.tx.iam.last_use(found.entity_id))}


def _list(services: Services, context: CallContext, request: Request) -> Answer:
    found = services.iam.roles.list(under(request.get("PathPrefix")))
    return page(services, request, "Roles", found, answers.listed_role)


def _update(services: Services, context: CallContext, request: Request) -> Answer:
    services.iam.roles.update(
        request["RoleName"],
        description=request.get("Description"),
        max_seconds=request.get("MaxSessionDuration"),
    )
    return {}


def _describe(services: Services, context: CallContext, request: Request) -> Answer:
    changed = services.iam.roles.update(request["RoleName"], description=request["Description"], max_seconds=None)
    return {"Role": answers.described_role(changed)}


def _trust(services: Services, context: CallContext, request: Request) -> Answer:
    services.iam.roles.trust(request["RoleName"], request["PolicyDocument"])
    return {}


def _delete(services: Services, context: CallContext, request: Request) -> Answer:
    services.iam.roles.delete(request["RoleName"])
    return {}


def _tag(services: Services, context: CallContext, request: Request) -> Answer:
    services.iam.holding.tag(services.iam.directory.role(request["RoleName"]), tags_of(request))
    return {}


def _untag(services: Services, context: CallContext, request: Request) -> Answer:
    services.iam.holding.untag(services.iam.directory.role(request["RoleName"]), request["TagKeys"])
    return {}


def _tags(services: Services, context: CallContext, request: Request) -> Answer:
    return page(services, request, "Tags", answers.tags(services.iam.directory.role(request["RoleName"]).tags), dict)


def _put_boundary(services: Services, context: CallContext, request: Request) -> Answer:
    services.iam.holding.bound(Role, request["RoleName"], request["PermissionsBoundary"])
    return {}


def _delete_boundary(services: Services, context: CallContext, request: Request) -> Answer:
    services.iam.holding.bound(Role, request["RoleName"], None)
    return {}


_ROLE = named(Role, "RoleName")

OPERATIONS = (
    operation("CreateRole", _create, new(Role, "RoleName"), recorded=("Role",)),
    operation("GetRole", _get, _ROLE, read_only=True),
    operation("ListRoles", _list, path(Role), read_only=True),
    operation("UpdateRole", _update, _ROLE),
    operation("UpdateRoleDescription", _describe, _ROLE),
    operation("UpdateAssumeRolePolicy", _trust, _ROLE),
    operation("DeleteRole", _delete, _ROLE),
    operation("TagRole", _tag, _ROLE),
    operation("UntagRole", _untag, _ROLE),
    operation("ListRoleTags", _tags, _ROLE, read_only=True),
    operation("PutRolePermissionsBoundary", _put_boundary, _ROLE),
    operation("DeleteRolePermissionsBoundary", _delete_boundary, _ROLE),
)
