"""What is asked of an account as a whole, on the wire."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from vault.api.operations.iam import answers
from vault.api.operations.iam.paging import page
from vault.api.operations.iam.table import Answer, Request, anything, operation
from vault.domain.context import CallContext
from vault.domain.iam.entities import Group, Holder, ManagedPolicy, Role, User
from vault.services.binding import Services
from vault.services.iam.managed import aws_policies
from vault.services.iam.policies import Usage
from vault.services.iam.trusting import as_of_now

_STARTED = "No report exists. Starting a new report generation task"


def _set_alias(services: Services, context: CallContext, request: Request) -> Answer:
    services.iam.account.set_alias(request["AccountAlias"], context.now)
    return {}


def _remove_alias(services: Services, context: CallContext, request: Request) -> Answer:
    services.iam.account.remove_alias(request["AccountAlias"], context.now)
    return {}


def _aliases(services: Services, context: CallContext, request: Request) -> Answer:
    alias = services.iam.directory.settings(context.now).alias
    return page(services, request, "AccountAliases", [alias] if alias else [], str)


def _summary(services: Services, context: CallContext, request: Request) -> Answer:
    return {"SummaryMap": dict(services.iam.account.summary(context.now))}


def _make_report(services: Services, context: CallContext, request: Request) -> Answer:
    if services.iam.account.ask_for_report(context.now):
        return {"State": "COMPLETE"}
    return {"State": "STARTED", "Description": _STARTED}


def _report(services: Services, context: CallContext, request: Request) -> Answer:
    text, reported = services.iam.account.report(context.now)
    return {"Content": text.encode("utf-8"), "ReportFormat": "text/csv", "GeneratedTime": reported}


def _held(services: Services, holder: Holder) -> Answer:
    title = type(holder).__name__
    attached = [answers.attached(services.iam.directory.policy(each)) for each in holder.attached]
    inline = [{"PolicyName": name, "PolicyDocument": answers.document(text)} for name, text in holder.inline]
    return ({f"{title}PolicyList": inline} if inline or title != "User" else {}) | {"AttachedManagedPolicies": attached}


def _user(services: Services, user: User) -> Answer:
    shown = answers.user(user)
    shown.pop("PasswordLastUsed", None)
    return shown | _held(services, user) | {"GroupList": list(user.groups)}


def _group(services: Services, group: Group) -> Answer:
    return answers.group(group) | _held(services, group)


def _role(services: Services, role: Role) -> Answer:
    shown = answers.role(role, services.tx.iam.last_use(role.entity_id))
    for member in ("Description", "MaxSessionDuration"):
        shown.pop(member, None)
    return shown | _held(services, role) | {"InstanceProfileList": []}


def _policy(of: ManagedPolicy, usage: Usage) -> Answer:
    versions = [answers.version(each, of.default, whole=True) for each in of.versions[::-1]]
    shown = answers.listed_policy(of, usage) | {"PolicyVersionList": versions}
    return shown | ({"Description": of.description} if of.description else {})


Shown = Callable[[Any], Answer]


def _details(services: Services, context: CallContext, request: Request) -> Answer:
    """Answer everything there is, page by page: users first, then groups, roles and policies."""
    wanted = request.get("Filter") or ["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"]
    iam, account, usage = services.tx.iam, context.account_id, services.iam.policies.usage()
    used = [each for each in aws_policies().values() if usage.attached[each.arn] or usage.bounding[each.arn]]
    lists: Sequence[tuple[str, str, Sequence[Any], Shown]] = (
        ("User", "UserDetailList", iam.all(User, account), lambda each: _user(services, each)),
        ("Group", "GroupDetailList", iam.all(Group, account), lambda each: _group(services, each)),
        ("Role", "RoleDetailList", iam.all(Role, account), lambda each: _role(services, as_of_now(services.tx, each))),
        ("LocalManagedPolicy", "Policies", iam.all(ManagedPolicy, account), lambda each: _policy(each, usage)),
        ("AWSManagedPolicy", "Policies", used, lambda each: _policy(each, usage)),
    )
    everything = [(member, each, shown) for kind, member, found, shown in lists if kind in wanted for each in found]
    answer = page(services, request, "all", everything, lambda item: (item[0], item[2](item[1])))
    members: Answer = {member: [] for _, member, _, _ in lists}
    for member, shown in answer.pop("all"):
        members[member].append(shown)
    return members | answer


OPERATIONS = (
    operation("CreateAccountAlias", _set_alias, anything),
    operation("DeleteAccountAlias", _remove_alias, anything),
    operation("ListAccountAliases", _aliases, anything, read_only=True),
    operation("GetAccountSummary", _summary, anything, read_only=True),
    operation("GenerateCredentialReport", _make_report, anything),
    operation("GetCredentialReport", _report, anything, read_only=True),
    operation("GetAccountAuthorizationDetails", _details, anything, read_only=True),
)
