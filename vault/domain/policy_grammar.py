"""The grammar of IAM's policies, parsed strictly: what is not known is refused by name, never ignored.

    policy      Version, Id, Statement (one or a list)
    statement   Sid, Effect, and one each of Principal | NotPrincipal, Action | NotAction, Resource | NotResource;
                Condition. Policies of identities and sessions have no principals
    principal   "*" or a map of AWS, Service, Federated, CanonicalUser to one or a list
    condition   operator -> condition key -> one value or a list

Source: IAM User Guide, "Grammar of the IAM JSON policy language" and "IAM JSON policy elements reference".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vault.domain.policy import Condition, Effect, Policy, PrincipalSet, Statement

VERSIONS = ("2012-10-17", "2008-10-17")
_POLICY_MEMBERS = {"Version", "Id", "Statement"}
_STATEMENT_MEMBERS = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}
_PRINCIPAL_MEMBERS = {"Principal", "NotPrincipal"}
_ACTION = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+")
_RESOURCE = re.compile(r"\*|arn:[^:]+:[^:]+:[^:]*:[^:]*:.+", re.DOTALL)
_CONDITION_KEY = re.compile(r"[A-Za-z0-9-]+:\S(.*\S)?", re.DOTALL)
_ANY_ACTION = re.compile(r"\*|[^:]*:[^:]*")
_ANY_RESOURCE = re.compile(r"\*|[^:]*:[^:]+:.+", re.DOTALL)
_ARN_PARTS = 6
_OPERATOR = re.compile(
    r"(ForAnyValue:|ForAllValues:)?"
    r"(String(Not)?(Equals|EqualsIgnoreCase|Like)|Numeric(Not)?Equals|Numeric(Less|Greater)Than(Equals)?"
    r"|Date(Not)?Equals|Date(Less|Greater)Than(Equals)?|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like))"
    r"(IfExists)?|Null"
)
UNIQUE_ID = re.compile(r"A(IDA|ROA)[A-Z0-9]{12,124}")
_PRINCIPALS = {
    "AWS": re.compile(r"\*|\d{12}|arn:aws[a-z-]*:(iam|sts)::\d{12}:[^*?\s]+"),
    "Service": re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+"),
    "Federated": re.compile(r"arn:aws[a-z-]*:iam::\d{12}:(saml|oidc)-provider/\S+|[a-z0-9-]+(\.[a-z0-9-]+)+"),
    "CanonicalUser": re.compile(r"[0-9a-f]{64}"),
}


class GrammarFault(Exception):
    """What breaks the grammar, in words for ValidateResourcePolicy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """What the statements of a kind of policy have."""

    principals: bool
    resources: bool

    @property
    def lax(self) -> bool:
        """Whether it is looked at as IAM looks at policies of identities (`vault.domain.iam.policy_form`)."""
        return not self.principals

    @property
    def members(self) -> set[str]:
        """The members that a statement may have."""
        without = set() if self.resources else {"Resource", "NotResource"}
        return (_STATEMENT_MEMBERS | (_PRINCIPAL_MEMBERS if self.principals else set())) - without


_STRICT = _Form(principals=True, resources=True)


class NotJson(Exception):
    """The document is not JSON."""


def parse(document: str, *, principals: bool, resources: bool = True, source: str = "") -> Policy:
    """Return the policy in `document`, whose statements have `principals` and `resources`, or none of them.

    Statements without resources are about what the policy hangs on. Raises `GrammarFault`, `NotJson`.
    """
    return _policy(content_of(document), _Form(principals=principals, resources=resources), source)


def content_of(document: str) -> Any:
    """Return the JSON value in `document`. Raises `NotJson`, `GrammarFault` for a member that stands twice."""
    try:
        return json.loads(document, object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise NotJson from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise GrammarFault("A member stands twice in one object.")
    return content


def _no_constant(name: str) -> object:
    raise ValueError(name)


def _policy(content: Any, form: _Form, source: str) -> Policy:
    _check_members(content, _POLICY_MEMBERS, "The policy")
    if content.get("Version", VERSIONS[0]) not in VERSIONS:
        raise GrammarFault("Version must be 2012-10-17 or 2008-10-17.")
    if not isinstance(content.get("Id", ""), str):
        raise GrammarFault("Id must be a string.")
    statements = content.get("Statement")
    listed = statements if isinstance(statements, list) else [statements]
    variables = content.get("Version") == VERSIONS[0]
    parsed = tuple(_statement(each, form, variables) for each in listed)
    if not parsed:
        raise GrammarFault("Statement must not be empty.")
    sids = [statement.sid for statement in parsed if statement.sid]
    if len(set(sids)) != len(sids):
        raise GrammarFault("Each Sid must be unique within the policy.")
    return Policy(statements=parsed, source=source)


def _statement(content: Any, form: _Form, variables: bool) -> Statement:
    _check_members(content, form.members, "A Statement")
    if content.get("Effect") not in ("Allow", "Deny"):
        raise GrammarFault("Effect must be Allow or Deny.")
    if not isinstance(content.get("Sid", ""), str):
        raise GrammarFault("Sid must be a string.")
    effect = Effect(content["Effect"])
    actions, negated_actions = _patterns(content, "Action", _ANY_ACTION if form.lax else _ACTION)
    resources, negated_resources = _resources(content, form) if form.resources else (("*",), False)
    return Statement(
        effect=effect,
        principals=_principals(content, effect, form) if form.principals else None,
        actions=actions,
        resources=resources,
        negated_actions=negated_actions,
        negated_resources=negated_resources,
        conditions=tuple(_conditions(content["Condition"], form)) if "Condition" in content else (),
        variables=variables,
        sid=content.get("Sid", ""),
    )


def _principals(content: Mapping[str, Any], effect: Effect, form: _Form) -> PrincipalSet:
    value, negated = _one_of(content, "Principal")
    if negated and effect is Effect.ALLOW:
        raise GrammarFault("NotPrincipal can be used with Effect Deny only.")
    if value == "*":
        return PrincipalSet(named={"AWS": ("*",)}, negated=negated)
    if not isinstance(value, dict) or not value:
        raise GrammarFault('Principal must be "*" or name at least one of AWS, Service, Federated and CanonicalUser.')
    return PrincipalSet(named={kind: _named(kind, names, form) for kind, names in value.items()}, negated=negated)


def _named(kind: str, names: Any, form: _Form) -> tuple[str, ...]:
    if kind not in _PRINCIPALS:
        raise GrammarFault(f"Principal can't hold {kind}.")
    listed = _strings(names, f"Principal {kind}")
    for name in listed:
        # Trust policies name somebody who is gone by the id.
        gone = kind == "AWS" and not form.resources and UNIQUE_ID.fullmatch(name)
        if not _PRINCIPALS[kind].fullmatch(name) and not gone:
            raise GrammarFault(f"{name} is not a valid {kind} principal.")
    return listed


def _patterns(content: Mapping[str, Any], name: str, form: re.Pattern[str]) -> tuple[tuple[str, ...], bool]:
    value, negated = _one_of(content, name)
    patterns = _strings(value, name)
    for pattern in patterns:
        if not form.fullmatch(pattern):
            raise GrammarFault(f"{pattern} is not a valid {name}.")
    return patterns, negated


def _resources(content: Mapping[str, Any], form: _Form) -> tuple[tuple[str, ...], bool]:
    if not form.lax:
        return _patterns(content, "Resource", _RESOURCE)
    value, negated = _one_of(content, "Resource")
    given = [each for each in value if each is not None] if isinstance(value, list) else value
    patterns, _ = _patterns({"Resource": given}, "Resource", _ANY_RESOURCE)
    return tuple(map(_whole, patterns)), negated


def _whole(resource: str) -> str:
    """Return an ARN that ends early with all its parts; those that are left out are everything."""
    if resource == "*":
        return resource
    parts = resource.split(":", _ARN_PARTS - 1)
    return ":".join(["arn", *parts[1:], *["*"] * (_ARN_PARTS - len(parts))])


def is_operator(text: str) -> bool:
    """Tell whether a text is a condition operator."""
    return _OPERATOR.fullmatch(text) is not None


def _conditions(content: Any, form: _Form) -> Iterable[Condition]:
    for operator, compared in _object(content, "Condition", form).items():
        if not is_operator(operator) and (compared or not form.lax):
            raise GrammarFault(f"{operator} is not a condition operator.")
        for key, values in _object(compared, f"Condition {operator}", form).items():
            if not form.lax and not _CONDITION_KEY.fullmatch(key):
                raise GrammarFault(f"{key} is not a condition key.")
            yield operator, key, _values(values, key, form)


def _values(values: Any, key: str, form: _Form) -> tuple[str, ...]:
    """Return the values of a condition as strings; the grammar lets numbers and truth values stand unquoted."""
    listed = values if isinstance(values, list) else [values]
    if not (listed or form.lax) or not all(isinstance(each, str | bool | int | float) for each in listed):
        raise GrammarFault(f"The condition on {key} must have a value or a list of values.")
    return tuple(each if isinstance(each, str) else json.dumps(each) for each in listed)


def _one_of(content: Mapping[str, Any], name: str) -> tuple[Any, bool]:
    """Return the value of `name` or its negation, and whether it was the negation."""
    negation = f"Not{name}"
    if (name in content) == (negation in content):
        raise GrammarFault(f"A Statement must have exactly one of {name} and {negation}.")
    return (content[name], False) if name in content else (content[negation], True)


def _strings(value: Any, name: str) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    if not listed or not all(isinstance(each, str) and each for each in listed):
        raise GrammarFault(f"{name} must be a string or a list of strings.")
    return tuple(listed)


def _object(content: Any, name: str, form: _Form = _STRICT) -> dict[str, Any]:
    if not isinstance(content, dict) or not (content or form.lax):
        raise GrammarFault(f"{name} must be an object that is not empty.")
    return content


def _check_members(content: Any, known: set[str], name: str) -> None:
    for member in _object(content, name):
        if member not in known:
            raise GrammarFault(f"{name} can't hold {member}.")
