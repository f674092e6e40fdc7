"""Policies decide as AWS documents it, case by case; each case names the page it comes from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from vault.domain.context import CallContext
from vault.domain.evaluate import evaluate
from vault.domain.operation import AccessCheck
from vault.domain.policy import Policy
from vault.domain.policy_documents import parse_identity_policy, parse_resource_policy
from vault.domain.principals import Principal

HERE = Path(__file__).parent
ACCOUNT, STRANGER = "123456789012", "210987654321"
SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:prod/db-AbCdEf"
CONTEXT = CallContext(
    account_id=ACCOUNT,
    region="us-east-1",
    principal_arn=f"arn:aws:iam::{ACCOUNT}:user/ann",
    access_key_id="key",
    request_id="request",
    now=datetime(2026, 3, 10, 12, tzinfo=UTC),
)


def _conditions() -> Iterator[Any]:
    for group in yaml.safe_load((HERE / "conditions.yaml").read_text()):
        for row in group["rows"]:
            yield pytest.param(*row, id=" ".join(map(str, row)))


def _decisions() -> Iterator[Any]:
    for group in yaml.safe_load((HERE / "decisions.yaml").read_text()):
        for case in group["cases"]:
            yield pytest.param(case, id=case["says"])


@pytest.mark.parametrize(("operator", "key", "wanted", "given", "holds"), list(_conditions()))
def test_a_condition_holds_as_documented(operator: str, key: str, wanted: Any, given: Any, holds: bool) -> None:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {operator: {key: wanted}}}
    policy = parse_identity_policy(json.dumps({"Version": "2012-10-17", "Statement": statement}))
    # What the call tells of itself stands in the way of keys that it must not have.
    described = {"aws:username": "ann", "aws:PrincipalAccount": ACCOUNT} | ({} if given is None else {key: given})
    check = AccessCheck(action="secretsmanager:GetSecretValue", resource=SECRET, describe=lambda: described)
    assert evaluate(_caller("user", identity=(policy,)), check).allowed is holds


@pytest.mark.parametrize("case", list(_decisions()))
def test_policies_decide_as_documented(case: dict[str, Any]) -> None:
    old, resource = case.get("old", False), case.get("resource")
    caller = _caller(
        case.get("caller", "user"),
        identity=_parsed(case, "identity"),
        boundary=next(iter(_parsed(case, "boundary")), None),
        session=next(iter(_parsed(case, "session")), None),
    )
    policy = None if resource is None else parse_resource_policy(_document(resource, old))
    check = AccessCheck(
        action="secretsmanager:GetSecretValue",
        resource=SECRET,
        account_id=ACCOUNT,
        guarded=case.get("key", False),
        resource_policy=lambda: policy,
        granted=lambda: case.get("granted", False),
    )
    assert str(evaluate(caller, check, CONTEXT).verdict) == case["expect"]


def test_there_are_enough_cases() -> None:
    assert len([*_conditions(), *_decisions()]) >= 150


def _parsed(case: dict[str, Any], kind: str) -> tuple[Policy, ...]:
    return (parse_identity_policy(_document(case[kind], case.get("old", False))),) if kind in case else ()


def _caller(
    who: str,
    *,
    identity: tuple[Policy, ...] = (),
    boundary: Policy | None = None,
    session: Policy | None = None,
) -> Principal:
    account = STRANGER if who == "stranger" else ACCOUNT
    user = f"arn:aws:iam::{account}:user/ann"
    arns = {"root": f"arn:aws:iam::{account}:root", "session": f"arn:aws:sts::{account}:federated-user/ann"}
    return Principal(
        account_id=account,
        arn=arns.get(who, user),
        user_id="AIDAEXAMPLE",
        access_key_id="key",
        is_root=who == "root",
        identity_policies=identity,
        boundary=boundary,
        session_policy=session,
        owner_arn=user if who == "session" else "",
    )


def _document(statements: list[dict[str, Any]], old: bool) -> str:
    version = "2008-10-17" if old else "2012-10-17"
    return json.dumps({"Version": version, "Statement": [_statement(each) for each in statements]})


def _statement(said: dict[str, Any]) -> dict[str, Any]:
    verb = next(each for each in ("allow", "deny", "allow_not", "deny_not") if each in said)
    statement = {
        "Effect": "Allow" if verb.startswith("allow") else "Deny",
        "NotAction" if verb.endswith("_not") else "Action": said[verb],
    }
    statement |= {"NotResource": said["not_of"]} if "not_of" in said else {"Resource": said.get("of", "*")}
    for name, member in (("whom", "Principal"), ("not_whom", "NotPrincipal")):
        if name in said:
            statement[member] = said[name] if isinstance(said[name], dict) or said[name] == "*" else {"AWS": said[name]}
    return statement | ({"Condition": said["when"]} if "when" in said else {})
