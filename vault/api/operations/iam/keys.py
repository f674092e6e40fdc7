"""Access keys on the wire."""

from __future__ import annotations

from collections.abc import Mapping

from vault.api.operations.iam.paging import page
from vault.api.operations.iam.table import Answer, Request, named, operation
from vault.domain.context import CallContext
from vault.domain.errors import AccessDenied
from vault.domain.iam.entities import Entity, User, UserKey
from vault.domain.iam.names import arn
from vault.services.binding import Services

_STATUS: Mapping[bool, str] = {True: "Active", False: "Inactive"}


def _shown(user: str, key: UserKey) -> Answer:
    return {
        "UserName": user,
        "AccessKeyId": key.access_key_id,
        "Status": _STATUS[key.active],
        "CreateDate": key.created,
    }


def _create(services: Services, context: CallContext, request: Request) -> Answer:
    name = services.iam.own_name(request.get("UserName"))
    made = services.iam.access_keys.create(context, name)
    return {"AccessKey": _shown(name, made.key) | {"SecretAccessKey": made.secret.reveal_text()}}


def _list(services: Services, context: CallContext, request: Request) -> Answer:
    name = services.iam.own_name(request.get("UserName"))
    found = services.iam.access_keys.of(name)
    return page(services, request, "AccessKeyMetadata", found, lambda key: _shown(name, key))


def _update(services: Services, context: CallContext, request: Request) -> Answer:
    name = services.iam.own_name(request.get("UserName"))
    services.iam.access_keys.set_active(name, request["AccessKeyId"], request["Status"] == "Active")
    return {}


def _delete(services: Services, context: CallContext, request: Request) -> Answer:
    name = services.iam.own_name(request.get("UserName"))
    services.iam.access_keys.delete(name, request["AccessKeyId"])
    return {}


def _last_used(services: Services, context: CallContext, request: Request) -> Answer:
    key_id = request["AccessKeyId"]
    found = services.iam.access_keys.last_use(key_id)
    if found is None:
        # AWS says no more, so that nobody learns which keys there are.
        action, subject = "iam:GetAccessKeyLastUsed", services.iam.principal.arn
        raise AccessDenied(f"User: {subject} is not authorized to perform {action} on resource: access key {key_id}")
    used = {"ServiceName": found.service, "Region": found.region}
    return {
        "UserName": found.user,
        "AccessKeyLastUsed": used | ({} if found.at is None else {"LastUsedDate": found.at}),
    }


def _owner(services: Services, context: CallContext, request: Request) -> tuple[str, Entity | None]:
    name = services.iam.access_keys.owner(request["AccessKeyId"]) or ""
    found = services.iam.directory.find(User, name) if name else None
    return (arn(User.kind, context.account_id, "/", name or "*"), None) if found is None else (found.arn, found)


_USER = named(User, "UserName")

OPERATIONS = (
    operation("CreateAccessKey", _create, _USER),
    operation("ListAccessKeys", _list, _USER, read_only=True),
    operation("UpdateAccessKey", _update, _USER),
    operation("DeleteAccessKey", _delete, _USER),
    operation("GetAccessKeyLastUsed", _last_used, _owner, read_only=True),
)
