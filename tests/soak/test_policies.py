"""Policies decide as a second statement of the logic does, written apart: from the documents, by sets and by search.

It takes policies as JSON and asks the documented questions of them. Whoever changes one side should read the
documentation anew, not the other side.
"""

from __future__ import annotations

import json
import os
import random
from datetime import UTC, datetime
from typing import Any

import pytest

from vault.domain.caller_keys import caller_keys
from vault.domain.context import CallContext
from vault.domain.evaluate import evaluate
from vault.domain.operation import AccessCheck
from vault.domain.policy import Policy
from vault.domain.policy_documents import parse_identity_policy, parse_resource_policy
from vault.domain.principals import Principal

SEEDS = range(int(os.environ.get("STRONGROOM_SOAK", "3")))
SETS = 1000
"""Policy sets of one seed."""

HOME, AWAY = "123456789012", "210987654321"
SECRETS = [f"arn:aws:secretsmanager:us-east-1:{HOME}:secret:{name}" for name in ("a/x-AAAAAA", "ann/y-BBBBBB")]
ACTIONS = ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue", "kms:Decrypt"]
ACTION_PATTERNS = [
    "*",
    "secretsmanager:*",
    "secretsmanager:get*",
    "kms:?ecrypt",
    "kms:*",
    "secretsmanager:?utSecretValue",
]
RESOURCE_PATTERNS = [
    "*", SECRETS[0], f"arn:aws:secretsmanager:*:{HOME}:secret:a/*", "arn:aws:secretsmanager:*:*:secret:*-??????",
    "arn:aws:secretsmanager:us-east-1:${aws:PrincipalAccount}:secret:*",
    "arn:aws:secretsmanager:us-east-1:*:secret:${aws:username}/*",
    "arn:aws:secretsmanager:us-east-1:*:secret:${aws:PrincipalTag/home, 'a'}/*", "arn:aws:*:secret:*:*:*",
]  # fmt: skip
NAMES = [
    "*",
    HOME,
    AWAY,
    *(f"arn:aws:iam::{account}:{who}" for account in (HOME, AWAY) for who in ("root", "user/ann")),
]
NAMES += [f"arn:aws:sts::{HOME}:federated-user/ann"]
CONDITIONS: list[dict[str, dict[str, Any]]] = [
    {"StringEquals": {"aws:username": "ann"}}, {"StringNotLike": {"aws:username": "a*"}},
    {"StringLikeIfExists": {"aws:username": ["b*", "a?n"]}}, {"Null": {"aws:username": "true"}},
    {"Bool": {"aws:SecureTransport": "false"}}, {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}},
    {"ForAnyValue:StringLike": {"aws:TagKeys": "t*"}}, {"ForAnyValue:StringNotEquals": {"aws:TagKeys": "team"}},
    {"NumericLessThan": {"aws:EpochTime": "2000000000"}, "StringEquals": {"aws:PrincipalType": ["User", "Account"]}},
]  # fmt: skip


class Drawn:
    """A call with the policies that bear on it, drawn from a seed."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self.who = draw.choice(["user", "user", "root", "session", "stranger"])
        self.account = AWAY if self.who == "stranger" else HOME
        self.action, self.secret = draw.choice(ACTIONS), draw.choice(SECRETS)
        self.tags = draw.choice([None, [], ["team"], ["team", "owner"]])
        self.guarded, self.granted = draw.random() < 0.2, draw.random() < 0.1
        self.identity = [self._policy(named=False) for _ in range(draw.randrange(3))]
        self.boundary = self._policy(named=False) if draw.random() < 0.3 else None
        self.session = self._policy(named=False) if self.who == "session" else None
        self.resource = self._policy(named=True) if draw.random() < 0.6 else None

    def _policy(self, *, named: bool) -> dict[str, Any]:
        version = self._draw.choice(["2012-10-17", "2012-10-17", "2008-10-17"])
        return {"Version": version, "Statement": [self._statement(named) for _ in range(self._draw.randint(1, 3))]}

    def _statement(self, named: bool) -> dict[str, Any]:
        draw = self._draw
        said: dict[str, Any] = {"Effect": draw.choice(["Allow", "Allow", "Allow", "Deny"])}
        said[draw.choice(["Action"] * 5 + ["NotAction"])] = draw.sample(ACTION_PATTERNS, draw.randint(1, 2))
        said[draw.choice(["Resource"] * 5 + ["NotResource"])] = draw.sample(RESOURCE_PATTERNS, draw.randint(1, 2))
        if draw.random() < 0.4:
            said["Condition"] = draw.choice(CONDITIONS)
        if named:
            left_out = said["Effect"] == "Deny" and draw.random() < 0.3
            said["NotPrincipal" if left_out else "Principal"] = {"AWS": draw.sample(NAMES, draw.randint(1, 3))}
        return said

    @property
    def user(self) -> str:
        return f"arn:aws:iam::{self.account}:user/ann"

    @property
    def arn(self) -> str:
        own = {"root": f"arn:aws:iam::{HOME}:root", "session": f"arn:aws:sts::{HOME}:federated-user/ann"}
        return own.get(self.who, self.user)


@pytest.mark.parametrize("seed", SEEDS)
def test_both_statements_of_the_logic_agree(seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(SETS):
        drawn = Drawn(draw)
        assert _ours(drawn) == _theirs(drawn), vars(drawn)


def _ours(drawn: Drawn) -> str:
    principal, context = _principal(drawn), _context(drawn)
    policy = None if drawn.resource is None else parse_resource_policy(json.dumps(drawn.resource))
    check = AccessCheck(
        action=drawn.action,
        resource=drawn.secret,
        describe=lambda: {} if drawn.tags is None else {"aws:TagKeys": drawn.tags},
        account_id=HOME,
        guarded=drawn.guarded,
        resource_policy=lambda: policy,
        granted=lambda: drawn.granted,
    )
    return str(evaluate(principal, check, context).verdict)


def _principal(drawn: Drawn) -> Principal:
    def parsed(document: dict[str, Any] | None) -> Policy | None:
        return None if document is None else parse_identity_policy(json.dumps(document))

    return Principal(
        account_id=drawn.account,
        arn=drawn.arn,
        user_id="AIDAEXAMPLE",
        access_key_id="key",
        is_root=drawn.who == "root",
        identity_policies=tuple(parse_identity_policy(json.dumps(each)) for each in drawn.identity),
        boundary=parsed(drawn.boundary),
        session_policy=parsed(drawn.session),
        owner_arn=drawn.user if drawn.who == "session" else "",
    )


def _context(drawn: Drawn) -> CallContext:
    return CallContext(
        account_id=drawn.account,
        region="us-east-1",
        principal_arn=drawn.arn,
        access_key_id="key",
        request_id="request",
        now=datetime(2026, 3, 10, 12, tzinfo=UTC),
    )


def _theirs(drawn: Drawn) -> str:
    """Return the verdict by the second statement of the logic."""
    keys = {name: [value] if isinstance(value, str) else list(value) for name, value in _told(drawn).items()}
    identity = [each for policy in drawn.identity for each in _applying(policy, drawn, keys)]
    boundary = _applying(drawn.boundary, drawn, keys)
    session = _applying(drawn.session, drawn, keys)
    resource = [each for each in _applying(drawn.resource, drawn, keys) if _concerns(each, drawn)]
    if any(each["Effect"] == "Deny" for each in [*identity, *boundary, *session, *resource]):
        return "explicit deny"
    names = {name for each in resource for name in each["Principal"]["AWS"]}
    home = drawn.account == HOME
    if (drawn.guarded or not home) and not names and not drawn.granted:
        return "implicit deny"
    itself = home and (drawn.arn in names or (drawn.who != "session" and "*" in names))
    if itself and drawn.who == "session":
        return "allow"
    through = home and (itself or drawn.granted or "*" in names or (drawn.who == "session" and drawn.user in names))
    consents = [
        bool(identity) or drawn.who == "root" or through,
        drawn.boundary is None or bool(boundary) or (itself and drawn.who != "session"),
        drawn.session is None or bool(session),
    ]
    return "allow" if all(consents) else "implicit deny"


def _told(drawn: Drawn) -> dict[str, Any]:
    told: dict[str, Any] = dict(caller_keys(_principal(drawn), _context(drawn)))
    return told if drawn.tags is None else {**told, "aws:TagKeys": drawn.tags}


def _applying(policy: dict[str, Any] | None, drawn: Drawn, keys: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Return the statements of a policy whose action, resource and conditions fit."""
    if policy is None:
        return []
    variables = policy["Version"] == "2012-10-17"
    return [each for each in policy["Statement"] if _fits(each, drawn, keys, variables)]


def _fits(said: dict[str, Any], drawn: Drawn, keys: dict[str, list[str]], variables: bool) -> bool:
    negated = "NotAction" in said
    patterns = said["NotAction" if negated else "Action"]
    if any(_like(each.lower(), drawn.action.lower()) for each in patterns) is negated:
        return False
    negated = "NotResource" in said
    patterns = said["NotResource" if negated else "Resource"]
    if any(_arn_like(each, drawn.secret, keys if variables else None) for each in patterns) is negated:
        return False
    return all(_holds(name, key, said["Condition"][name][key], keys) for name, key in _pairs(said.get("Condition", {})))


def _pairs(conditions: dict[str, dict[str, Any]]) -> list[tuple[str, str]]:
    return [(name, key) for name, compared in conditions.items() for key in compared]


def _concerns(said: dict[str, Any], drawn: Drawn) -> bool:
    account = {drawn.account, f"arn:aws:iam::{drawn.account}:root"}
    if "NotPrincipal" in said:
        names = set(said["NotPrincipal"]["AWS"])
        must = {drawn.arn, drawn.user} if drawn.who == "session" else {drawn.arn}
        return not ("*" in names or (must <= names and account & names))
    said_to = set(said["Principal"]["AWS"])
    closest = {"*", drawn.arn, drawn.user} if drawn.who == "session" else {"*", drawn.arn}
    return bool((closest | account) & said_to)


def _arn_like(pattern: str, text: str, keys: dict[str, list[str]] | None) -> bool:
    if pattern == "*":
        return True
    if keys is not None:
        for written, key, default in (
            ("${aws:PrincipalAccount}", "aws:PrincipalAccount", None),
            ("${aws:username}", "aws:username", None),
            ("${aws:PrincipalTag/home, 'a'}", "aws:PrincipalTag/home", "a"),
        ):
            value = keys.get(key, [default])[0]
            if written in pattern and value is None:
                return False
            pattern = pattern.replace(written, value or "")
    wanted, given = pattern.split(":", 5), text.split(":", 5)
    return len(wanted) == len(given) and all(map(_like, wanted, given))


def _like(pattern: str, text: str) -> bool:
    """Tell whether a pattern matches, by the set of places in it that can be reached."""
    places = {0}
    for sign in [*text, None]:
        at_stars = set(places)
        while at_stars:
            place = at_stars.pop() + 1
            if pattern[place - 1 : place] == "*" and place not in places:
                places.add(place)
                at_stars.add(place)
        if sign is None:
            return len(pattern) in places
        places = {
            place if pattern[place] == "*" else place + 1
            for place in places
            if place < len(pattern) and pattern[place] in ("*", "?", sign)
        }
    return False


def _holds(operator: str, key: str, wanted: Any, keys: dict[str, list[str]]) -> bool:
    values, there = [wanted] if isinstance(wanted, str) else wanted, keys.get(key)
    tests = {
        "Null": lambda: (there is None) is (values == ["true"]),
        "StringEquals": lambda: there is not None and there[0] in values,
        "StringNotLike": lambda: there is None or not any(_like(each, there[0]) for each in values),
        "StringLikeIfExists": lambda: there is None or any(_like(each, there[0]) for each in values),
        "Bool": lambda: there is not None and there[0] in values,
        "NumericLessThan": lambda: there is not None and any(int(there[0]) < int(each) for each in values),
        "ForAllValues:StringEquals": lambda: set(there or []) <= set(values),
        "ForAnyValue:StringLike": lambda: any(_like(each, one) for each in values for one in there or []),
        "ForAnyValue:StringNotEquals": lambda: bool(set(there or []) - set(values)),
    }
    return bool(tests[operator]())
