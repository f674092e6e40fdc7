"""Simulations of policies: those that are given, and those that a user, group or role has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from vault.domain.errors import MalformedPolicyDocument, ValidationFailed
from vault.domain.iam.documents import known_identity_policy
from vault.domain.iam.entities import Group, Holder, Role, User
from vault.domain.iam.errors import InvalidInput, NoSuchEntity
from vault.domain.iam.names import last_name
from vault.domain.iam.simulation import Keys, Simulated, Source, context_keys
from vault.domain.policy import Policy
from vault.domain.policy_documents import known_resource_policy
from vault.domain.principals import Principal
from vault.services.iam.directory import Directory
from vault.services.iam.managed import OWNER

NOBODY = "simulated"
_KINDS: dict[str, type[Holder]] = {"user": User, "group": Group, "role": Role}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a simulation is asked for with, besides actions and resources."""

    policies: Sequence[str] = ()
    boundaries: Sequence[str] = ()
    resource_policy: str = ""
    caller: str = ""
    keys: Keys


class Simulator:
    """Gathers what is simulated. Raises `InvalidInput` for policies that do not parse, `NoSuchEntity`."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def custom(self, asked: Asked) -> Simulated:
        """Return what policies would decide that nobody has."""
        return self._simulated(asked, asked.caller, (), "")

    def principal(self, source_arn: str, asked: Asked) -> Simulated:
        """Return what the policies of a user, group or role would decide."""
        holder = self._holder(source_arn)
        boundary = holder.boundary if isinstance(holder, User | Role) else ""
        bounding = [self._directory.policy(boundary).text] if boundary else []
        caller = asked.caller or ("" if isinstance(holder, Group) else holder.arn)
        wanted = asked if asked.boundaries else replace(asked, boundaries=bounding)
        return self._simulated(wanted, caller, tuple(self._own(holder)), holder.entity_id)

    def keys(self, policies: Sequence[str], source_arn: str | None = None) -> list[str]:
        """Return the condition keys that policies ask for, with those of a user, group or role."""
        given = list(_sources("PolicyInputList", policies))
        held = [] if source_arn is None else list(self._own(self._holder(source_arn)))
        return context_keys(each.policy for each in (*held, *given))

    def _holder(self, source_arn: str) -> Holder:
        parts = source_arn.split(":", 5)
        kind = _KINDS.get(parts[5].partition("/")[0]) if len(parts) > 5 else None
        if kind is None or parts[2] != "iam":
            raise ValidationFailed(f"ARN {source_arn} is not valid.")
        found = self._directory.find(kind, last_name(source_arn)) if parts[4] == self._directory.account_id else None
        if found is None or found.arn != source_arn:
            raise NoSuchEntity(f"The {kind.kind} with ARN {source_arn} cannot be found.")
        return found

    def _own(self, holder: Holder) -> Iterator[Source]:
        holders = [holder]
        if isinstance(holder, User):
            holders += [self._directory.group(name) for name in holder.groups]
        for each in holders:
            for name, text in each.inline:
                yield _source(f"{each.kind}_{each.name}_{name}", each.kind, text)
            for policy in map(self._directory.policy, each.attached):
                kind = "aws-managed" if policy.account_id == OWNER else "user-managed"
                yield _source(policy.name, kind, policy.text)

    def _simulated(self, asked: Asked, caller: str, held: tuple[Source, ...], user_id: str) -> Simulated:
        if asked.resource_policy and not caller:
            raise InvalidInput("CallerArn must be given with a ResourcePolicy.")
        return Simulated(
            caller=_caller(caller, user_id, self._directory.account_id),
            sources=(*held, *_sources("PolicyInputList", asked.policies)),
            boundaries=tuple(_sources("PermissionsBoundaryPolicyInputList", asked.boundaries)),
            resource_policy=_resource_source(asked.resource_policy) if asked.resource_policy else None,
            keys={**_caller_keys(caller, user_id), **asked.keys},
        )


def _caller(arn: str, user_id: str, account_id: str) -> Principal:
    parts = arn.split(":", 5)
    owner = arn if ":role/" in arn else ""
    return Principal(
        account_id=parts[4] if len(parts) > 5 else account_id,
        arn=arn or f"arn:aws:iam::{account_id}:user/{NOBODY}",
        user_id=user_id,
        access_key_id="",
        owner_arn=owner,
    )


def _caller_keys(arn: str, user_id: str) -> Keys:
    keys = {"aws:PrincipalArn": arn} if arn else {}
    if ":user/" in arn:
        keys["aws:username"] = last_name(arn)
    return keys | ({"aws:userid": user_id} if user_id else {})


def _sources(member: str, texts: Sequence[str]) -> Iterator[Source]:
    for number, text in enumerate(texts, 1):
        yield _source(f"{member}.{number}", "IAM Policy", text)


def _source(name: str, kind: str, text: str) -> Source:
    return Source(name=name, kind=kind, text=text, policy=_parsed(known_identity_policy, text, name))


def _resource_source(text: str) -> Source:
    policy = _parsed(lambda document, _: known_resource_policy(document), text, "ResourcePolicy")
    return Source(name="ResourcePolicy", kind="resource", text=text, policy=policy)


def _parsed(parse: Callable[[str, str], Policy], text: str, name: str) -> Policy:
    try:
        return parse(text, "simulated policy")
    except MalformedPolicyDocument as error:
        raise InvalidInput(f"Invalid Input {name}: {error.message}") from None
