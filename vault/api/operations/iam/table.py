"""How an operation of IAM is entered in the table of operations: what it asks permission for, and on what."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from vault.domain.context import CallContext
from vault.domain.errors import ValidationFailed
from vault.domain.iam.entities import Entity, Group, ManagedPolicy, Role, User
from vault.domain.iam.errors import NoSuchEntity
from vault.domain.iam.names import arn
from vault.domain.operation import AccessCheck, Operation
from vault.domain.tags import Tags
from vault.services.binding import Services

Request = Mapping[str, Any]
Answer = dict[str, Any]
Run = Callable[[Services, CallContext, Request], Answer]
Keys = dict[str, str | Sequence[str]]
Resource = Callable[[Services, CallContext, Request], tuple[str, Entity | None]]
"""Returns what a call is about: an ARN, and the entity that has it where there is one."""


def operation(
    name: str, run: Run, *resources: Resource, read_only: bool = False, recorded: tuple[str, ...] = ()
) -> Operation:
    """Return the entry of an operation that asks for the action of its name on each of its resources."""

    def check(place: str, entity: Entity | None, request: Request) -> AccessCheck:
        return AccessCheck(
            action=f"iam:{name}", resource=place, named=place, describe=lambda: _keys(name, entity, request)
        )

    def checks(services: Services, context: CallContext, request: Request) -> Sequence[AccessCheck]:
        return [check(*resource(services, context, request), request) for resource in resources]

    return Operation(service="iam", name=name, read_only=read_only, checks=checks, run=run, recorded_response=recorded)


def anything(services: Services, context: CallContext, request: Request) -> tuple[str, None]:
    """Return `*`, for what is about the account."""
    return "*", None


def named(kind: type[User] | type[Group] | type[Role], member: str) -> Resource:
    """Return the resource of operations on an entity that a request names; a user may be the caller itself."""

    def resource(services: Services, context: CallContext, request: Request) -> tuple[str, Entity | None]:
        name = request.get(member)
        if name is None and kind is User:
            try:
                name = services.iam.own_name(None)
            except ValidationFailed:
                return services.iam.principal.arn, None
        found = services.iam.directory.find(kind, name or "")
        return (arn(kind.kind, context.account_id, "/", name or ""), None) if found is None else (found.arn, found)

    return resource


def new(kind: type[Entity], member: str) -> Resource:
    """Return the resource of operations that make an entity of the name and path in the request."""

    def resource(services: Services, context: CallContext, request: Request) -> tuple[str, None]:
        return arn(kind.kind, context.account_id, request.get("Path", "/"), request[member]), None

    return resource


def moved(kind: type[User] | type[Group], member: str) -> Resource:
    """Return the resource that an entity becomes by another name or path: who moves it must be let there, too."""

    def resource(services: Services, context: CallContext, request: Request) -> tuple[str, Entity | None]:
        found = services.iam.directory.find(kind, request[member])
        before = "/" if found is None else found.path
        name = request.get(f"New{member}", request[member])
        return arn(kind.kind, context.account_id, request.get("NewPath", before), name), found

    return resource


def path(kind: type[Entity]) -> Resource:
    """Return the resource of operations that list entities."""

    def resource(services: Services, context: CallContext, request: Request) -> tuple[str, None]:
        return arn(kind.kind, context.account_id, request.get("PathPrefix", "/"), ""), None

    return resource


def policy(services: Services, context: CallContext, request: Request) -> tuple[str, Entity | None]:
    """Return the managed policy that a request names."""
    wanted: str = request["PolicyArn"]
    try:
        return wanted, services.iam.directory.policy(wanted)
    except (NoSuchEntity, ValidationFailed):
        return wanted, None


def tags_of(request: Request) -> Tags:
    """Return the tags that a request holds."""
    return tuple((tag["Key"], tag["Value"]) for tag in request.get("Tags", ()))


_OF_THE_REQUEST = ("CreateUser", "CreateRole", "PutUserPermissionsBoundary", "PutRolePermissionsBoundary")


def _keys(name: str, entity: Entity | None, request: Request) -> Keys:
    """Return IAM's condition keys. Source: Service Authorization Reference, "AWS Identity and Access Management"."""
    keys: Keys = {f"aws:RequestTag/{key}": value for key, value in tags_of(request)}
    if "Tags" in request or "TagKeys" in request:
        keys["aws:TagKeys"] = [*(key for key, _ in tags_of(request)), *request.get("TagKeys", ())]
    if isinstance(entity, User | Role | ManagedPolicy):
        for key, value in entity.tags:
            keys[f"aws:ResourceTag/{key}"] = keys[f"iam:ResourceTag/{key}"] = value
    if "PolicyArn" in request and name.startswith(("Attach", "Detach")):
        keys["iam:PolicyARN"] = request["PolicyArn"]
    standing = entity.boundary if isinstance(entity, User | Role) else ""
    boundary = request.get("PermissionsBoundary", "") if name in _OF_THE_REQUEST else standing
    if boundary:
        keys["iam:PermissionsBoundary"] = boundary
    return keys
