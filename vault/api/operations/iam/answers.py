"""How IAM shows its entities; which members an answer has depends on the operation, as recorded on AWS."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from urllib.parse import quote

from vault.api.operations.iam.table import Answer
from vault.domain.iam.entities import Entity, Group, ManagedPolicy, PolicyVersion, Role, User
from vault.domain.tags import Tags
from vault.services.iam.policies import Usage

_NOT_USED = Usage(attached=Counter(), bounding=Counter())


def document(text: str) -> str:
    """Return a policy document as answers hold it: URL-encoded (RFC 3986)."""
    return quote(text, safe="")


def tags(of: Tags) -> list[Answer]:
    """Return tags."""
    return [{"Key": key, "Value": value} for key, value in of]


def boundary(policy_arn: str) -> Answer:
    """Return a permissions boundary, nothing where there is none."""
    if not policy_arn:
        return {}
    return {
        "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": policy_arn},
    }


def _common(entity: Entity, title: str) -> Answer:
    return {
        "Path": entity.path,
        f"{title}Name": entity.name,
        f"{title}Id": entity.entity_id,
        "Arn": entity.arn,
        "CreateDate": entity.created,
    }


def user(of: User, *, whole: bool = True) -> Answer:
    """Return a user; lists show it without tags and boundary."""
    shown = _common(of, "User")
    if of.login is not None and of.login.last_used is not None:
        shown["PasswordLastUsed"] = of.login.last_used
    if whole:
        shown |= boundary(of.boundary) | ({"Tags": tags(of.tags)} if of.tags else {})
    return shown


def listed_user(of: User) -> Answer:
    """Return a user as lists show it."""
    return user(of, whole=False)


def group(of: Group) -> Answer:
    """Return a group."""
    return _common(of, "Group")


def made_role(of: Role) -> Answer:
    """Return a role as CreateRole answers it."""
    shown = _common(of, "Role") | {"AssumeRolePolicyDocument": document(of.trust)} | boundary(of.boundary)
    return shown | ({"Tags": tags(of.tags)} if of.tags else {})


def described_role(of: Role) -> Answer:
    """Return a role as UpdateRoleDescription answers it."""
    shown = _common(of, "Role") | {"AssumeRolePolicyDocument": document(of.trust)}
    return shown | ({"Description": of.description} if of.description else {})


def listed_role(of: Role) -> Answer:
    """Return a role as lists show it."""
    return described_role(of) | {"MaxSessionDuration": of.max_seconds}


def role(of: Role, used: tuple[datetime, str, str] | None) -> Answer:
    """Return a role as GetRole answers it; `used` tells when, for what and where it was last used."""
    last = {} if used is None else {"LastUsedDate": used[0], "Region": used[2]}
    shown = listed_role(of) | boundary(of.boundary) | {"RoleLastUsed": last}
    return shown | ({"Tags": tags(of.tags)} if of.tags else {})


def listed_policy(of: ManagedPolicy, usage: Usage = _NOT_USED) -> Answer:
    """Return a managed policy as lists show it."""
    return _common(of, "Policy") | {
        "DefaultVersionId": f"v{of.default}",
        "AttachmentCount": usage.attached[of.arn],
        "PermissionsBoundaryUsageCount": usage.bounding[of.arn],
        "IsAttachable": True,
        "UpdateDate": of.updated,
    }


def made_policy(of: ManagedPolicy) -> Answer:
    """Return a managed policy as CreatePolicy answers it."""
    return listed_policy(of) | ({"Tags": tags(of.tags)} if of.tags else {})


def policy(of: ManagedPolicy, usage: Usage) -> Answer:
    """Return a managed policy as GetPolicy answers it."""
    shown = listed_policy(of, usage) | {"Tags": tags(of.tags)}
    return shown | ({"Description": of.description} if of.description else {})


def attached(of: ManagedPolicy) -> Answer:
    """Return a policy that is attached."""
    return {"PolicyName": of.name, "PolicyArn": of.arn}


def version(of: PolicyVersion, default: int, *, whole: bool = False) -> Answer:
    """Return a version of a managed policy, with its document only where it is asked for alone."""
    shown: Answer = {
        "VersionId": of.version_id,
        "IsDefaultVersion": of.number == default,
        "CreateDate": of.created,
    }
    return shown | ({"Document": document(of.document)} if whole else {})
