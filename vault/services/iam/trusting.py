"""Whom the trust policies of roles name: users and roles are known by their ids, as their ARNs may be given again.

A policy whose user was deleted names the id that nobody has any more, also once there is another user of that name; one
whose user was renamed names the new ARN. Source: IAM User Guide, "AWS JSON policy elements: Principal".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from vault.domain.errors import MalformedPolicyDocument
from vault.domain.iam.entities import Role, Trusted, User
from vault.domain.iam.names import last_name
from vault.domain.policy_grammar import UNIQUE_ID
from vault.services.iam.directory import Directory
from vault.storage.store import UnitOfWork

_KINDS: dict[str, type[User | Role]] = {"user": User, "role": Role}
_ARN = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):(user|role)/.+")


def trusted_now(tx: UnitOfWork, document: str) -> Trusted:
    """Return the users and roles of accounts here that a trust policy names, with their ids.

    Raises `MalformedPolicyDocument` where there is none of that name.
    """
    accounts = set(tx.meta.accounts())
    return tuple(pair for name in _named(json.loads(document)) for pair in _known(tx, name, accounts))


def as_of_now(tx: UnitOfWork, role: Role) -> Role:
    """Return a role whose trust policy names whom it trusts as they are called now, or by an id that nobody has."""
    changed = {arn: now for arn, entity_id in role.trusted if (now := _called(tx, arn, entity_id)) != arn}
    if not changed:
        return role
    content = json.loads(role.trust)
    for names in _principals(content):
        listed = names["AWS"] if isinstance(names["AWS"], list) else [names["AWS"]]
        named = [changed.get(name, name) for name in listed]
        names["AWS"] = named if isinstance(names["AWS"], list) else named[0]
    return replace(role, trust=json.dumps(content))


def _known(tx: UnitOfWork, name: str, accounts: set[str]) -> Iterator[tuple[str, str]]:
    refused = MalformedPolicyDocument(f'Invalid principal in policy: "AWS":"{name}"')
    found = _ARN.fullmatch(name)
    if found is None:
        if UNIQUE_ID.fullmatch(name):
            raise refused
        return
    if found[1] in accounts:
        entity = Directory(tx, found[1]).find(_KINDS[found[2]], last_name(name))
        if entity is None or entity.arn != name:
            raise refused
        yield name, entity.entity_id


def _called(tx: UnitOfWork, arn: str, entity_id: str) -> str:
    found = _ARN.fullmatch(arn)
    assert found is not None  # noqa: S101 - it was when the policy was put
    kind: type[User | Role] = _KINDS[found[2]]
    entity = Directory(tx, found[1]).find(kind, last_name(arn))
    if entity is not None and entity.entity_id == entity_id and entity.arn == arn:
        return arn
    renamed = (each.arn for each in tx.iam.all(kind, found[1]) if each.entity_id == entity_id)
    return next(renamed, entity_id)


def _named(content: Any) -> list[str]:
    listed = (names["AWS"] if isinstance(names["AWS"], list) else [names["AWS"]] for names in _principals(content))
    return list(dict.fromkeys(name for names in listed for name in names))


def _principals(content: Any) -> Iterator[dict[str, Any]]:
    """Yield what a policy of the right form says of AWS's principals, to be read or changed."""
    statements = content["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        for member in ("Principal", "NotPrincipal"):
            names = statement.get(member)
            if isinstance(names, dict) and "AWS" in names:
                yield names
