"""Managed policies on the wire."""

from __future__ import annotations

from vault.api.operations.iam import answers
from vault.api.operations.iam.paging import page
from vault.api.operations.iam.table import Answer, Request, anything, new, operation, policy, tags_of
from vault.domain.context import CallContext
from vault.domain.iam.entities import Group, ManagedPolicy, Role, User
from vault.domain.iam.names import under
from vault.services.binding import Services
from vault.services.iam.policies import NewPolicy


def _create(services: Services, context: CallContext, request: Request) -> Answer:
    made = services.iam.policies.create(
        context,
        NewPolicy(
            name=request["PolicyName"],
            path=request.get("Path"),
            document=request["PolicyDocument"],
            description=request.get("Description", ""),
            tags=tags_of(request),
        ),
    )
    return {"Policy": answers.made_policy(made)}


def _get(services: Services, context: CallContext, request: Request) -> Answer:
    found = services.iam.directory.policy(request["PolicyArn"])
    return {"Policy": answers.policy(found, services.iam.policies.usage())}


def _list(services: Services, context: CallContext, request: Request) -> Answer:
    found = services.iam.policies.list(under(request.get("PathPrefix")), scope=request.get("Scope", "All"))
    usage = services.iam.policies.usage()
    counted = usage.bounding if request.get("PolicyUsageFilter") == "PermissionsBoundary" else usage.attached
    if request.get("OnlyAttached") or "PolicyUsageFilter" in request:
        found = [each for each in found if counted[each.arn]]
    return page(services, request, "Policies", found, lambda each: answers.listed_policy(each, usage))


def _delete(services: Services, context: CallContext, request: Request) -> Answer:
    services.iam.policies.delete(request["PolicyArn"])
    return {}


def _create_version(services: Services, context: CallContext, request: Request) -> Answer:
    default = request.get("SetAsDefault", False)
    made = services.iam.policies.add_version(context, request["PolicyArn"], request["PolicyDocument"], default=default)
    return {"PolicyVersion": answers.version(made, made.number if default else 0)}


def _get_version(services: Services, context: CallContext, request: Request) -> Answer:
    of, found = services.iam.policies.version(request["PolicyArn"], request["VersionId"])
    return {"PolicyVersion": answers.version(found, of.default, whole=True)}


def _versions(services: Services, context: CallContext, request: Request) -> Answer:
    of = services.iam.directory.policy(request["PolicyArn"])
    newest_first = of.versions[::-1]
    return page(services, request, "Versions", newest_first, lambda each: answers.version(each, of.default))


def _delete_version(services: Services, context: CallContext, request: Request) -> Answer:
    services.iam.policies.delete_version(request["PolicyArn"], request["VersionId"])
    return {}


def _set_default(services: Services, context: CallContext, request: Request) -> Answer:
    services.iam.policies.set_default(context, request["PolicyArn"], request["VersionId"])
    return {}


def _tag(services: Services, context: CallContext, request: Request) -> Answer:
    services.iam.holding.tag(services.iam.directory.own_policy(request["PolicyArn"]), tags_of(request))
    return {}


def _untag(services: Services, context: CallContext, request: Request) -> Answer:
    services.iam.holding.untag(services.iam.directory.own_policy(request["PolicyArn"]), request["TagKeys"])
    return {}


def _tags(services: Services, context: CallContext, request: Request) -> Answer:
    tags = sorted(services.iam.directory.policy(request["PolicyArn"]).tags)
    return page(services, request, "Tags", answers.tags(tuple(tags)), dict)


_LISTS = (("PolicyGroups", Group, "Group"), ("PolicyUsers", User, "User"), ("PolicyRoles", Role, "Role"))


def _entities(services: Services, context: CallContext, request: Request) -> Answer:
    bounding = request.get("PolicyUsageFilter") == "PermissionsBoundary"
    within = under(request.get("PathPrefix"))
    asked = request.get("EntityFilter")
    using = services.iam.policies.users_of(request["PolicyArn"], bounding=bounding)
    found = [each for each in using if within(each.path) and asked in (None, type(each).__name__)]
    shown = page(services, request, "found", found, lambda each: each)
    entities = shown.pop("found")
    return shown | {
        member: [{f"{title}Name": each.name, f"{title}Id": each.entity_id} for each in entities if type(each) is kind]
        for member, kind, title in _LISTS
    }


OPERATIONS = (
    operation("CreatePolicy", _create, new(ManagedPolicy, "PolicyName"), recorded=("Policy",)),
    operation("GetPolicy", _get, policy, read_only=True),
    operation("ListPolicies", _list, anything, read_only=True),
    operation("DeletePolicy", _delete, policy),
    operation("CreatePolicyVersion", _create_version, policy, recorded=("PolicyVersion",)),
    operation("GetPolicyVersion", _get_version, policy, read_only=True),
    operation("ListPolicyVersions", _versions, policy, read_only=True),
    operation("DeletePolicyVersion", _delete_version, policy),
    operation("SetDefaultPolicyVersion", _set_default, policy),
    operation("TagPolicy", _tag, policy),
    operation("UntagPolicy", _untag, policy),
    operation("ListPolicyTags", _tags, policy, read_only=True),
    operation("ListEntitiesForPolicy", _entities, policy, read_only=True),
)
