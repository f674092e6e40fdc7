"""IAM's own check of a policy before it is put on an identity: what it looks at, in its order, and its words.

It is laxer than the grammar (an action may hold spaces, an ARN may end early), and stricter in places: regions in ARNs
of global services, dates that are none. Sources: IAM User Guide, "IAM JSON policy elements reference"; the order and
the sentences are IAM's as recorded by others that asked it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from vault.domain.errors import MalformedPolicyDocument
from vault.domain.policy_grammar import VERSIONS, GrammarFault, NotJson, content_of, is_operator

_MEMBERS = {"Version", "Id", "Statement"}
_PATTERNS = ("Action", "NotAction", "Resource", "NotResource")
_STATEMENT_MEMBERS = {"Sid", "Effect", "Condition", "Principal", "NotPrincipal", *_PATTERNS}
_VENDOR = re.compile(r"[A-Za-z0-9.-]+")
_PARTITION = re.compile(r"aws(-[a-z]+)*|\*")
_WHOLE_ARN_COLONS = 5
_DATE = re.compile(
    r"(?P<year>-?\d{1,9})(-(?P<month>\d{1,2})(-(?P<day>\d{1,2}))?)?"
    r"(t((?P<hour>\d{1,2})(:(?P<minute>\d{1,2})(:(?P<second>\d{1,2})(\.\d{1,9})?(z|[+-]\d\d(:?\d\d)?)?)?)?)?)?"
)
_MOST = {"month": 12, "day": 31, "hour": 23, "minute": 59, "second": 59}
_YEARS = range(-292275054, 292278994)
_LATEST = 2**63 - 1
_IAM_PATHS = (
    "user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/", "server-certificate/", "policy/",
    "sms-mfa/", "saml-provider/", "oidc-provider/", "report/", "access-report/",
)  # fmt: skip

SYNTAX = "Syntax errors in policy."
_LEGACY = "The policy failed legacy parsing"
_OLD = "Policy document must be version 2012-10-17 or greater."
_PRINCIPAL = "Policy document should not specify a principal."
_SIDS = "Statement IDs (SID) in a single policy must be unique."
_NO_ACTIONS = "Policy statement must contain actions."
_NO_RESOURCES = "Policy statement must contain resources."
_NO_VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
_COLONS = "Actions/Condition can contain only one colon."
_VENDOR_OPEN = "Resource vendor must be fully qualified and cannot contain regexes."
_IAM_PATH = f'IAM resource path must either be "*" or start with {", ".join(_IAM_PATHS)}.'


def check_form(document: str, *, managed: bool) -> None:
    """Raise `MalformedPolicyDocument` for what IAM would not take; of a managed policy it wants the newer version."""
    content = _content(document)
    statements = _statements(content)
    if managed and content.get("Version") != VERSIONS[0]:
        raise MalformedPolicyDocument(_OLD)
    if any("Principal" in each or "NotPrincipal" in each for each in statements):
        raise MalformedPolicyDocument(_PRINCIPAL)
    if not all(each["Effect"] in ("Allow", "Deny") and _has_dates(each.get("Condition", {})) for each in statements):
        raise MalformedPolicyDocument(_LEGACY)
    fault = _resource_fault(statements)
    sids = [each["Sid"] for each in statements if each.get("Sid")]
    if len(set(sids)) != len(sids):
        raise MalformedPolicyDocument(_SIDS)
    if not all(_listed(each, "Action") for each in statements):
        raise MalformedPolicyDocument(_NO_ACTIONS)
    if fault:
        raise MalformedPolicyDocument(fault)
    _check_actions(statements)
    if not all(_listed(each, "Resource") for each in statements):
        raise MalformedPolicyDocument(_NO_RESOURCES)


def _content(document: str) -> dict[str, Any]:
    try:
        content = content_of(document)
    except (NotJson, GrammarFault):
        raise MalformedPolicyDocument(SYNTAX) from None
    known = isinstance(content, dict) and content.keys() <= _MEMBERS
    if not known or content.get("Version", VERSIONS[0]) not in VERSIONS or not isinstance(content.get("Id", ""), str):
        raise MalformedPolicyDocument(SYNTAX)
    found: dict[str, Any] = content
    return found


def _statements(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    given = content.get("Statement")
    statements: list[Any] = given if isinstance(given, list) else [given]
    if not statements or not all(_is_statement(each) for each in statements):
        raise MalformedPolicyDocument(SYNTAX)
    return statements


def _is_statement(content: Any) -> bool:
    if not isinstance(content, dict) or not content.keys() <= _STATEMENT_MEMBERS:
        return False
    alone = all(name not in content or f"Not{name}" not in content for name in ("Action", "Resource"))
    effect = str(content.get("Effect")).lower() in ("allow", "deny")
    texts = all(_is_texts(content[name], void="Resource" in name) for name in _PATTERNS if name in content)
    return alone and effect and texts and isinstance(content.get("Sid", ""), str) and _is_condition(content)


def _is_texts(value: Any, *, void: bool) -> bool:
    """Tell whether a value is a text or a list of them; `void` lets a list hold what is no value at all."""
    listed = isinstance(value, list) and all(isinstance(each, str) or (void and each is None) for each in value)
    return listed or isinstance(value, str)


def _is_condition(statement: Mapping[str, Any]) -> bool:
    condition = statement.get("Condition", {})
    if not isinstance(condition, dict):
        return False
    return all(
        isinstance(compared, dict)
        and all(_is_value(each) for each in compared.values())
        and (not compared or is_operator(operator))
        for operator, compared in condition.items()
    )


def _is_value(value: Any) -> bool:
    return all(isinstance(each, str | bool | int | float) for each in (value if isinstance(value, list) else [value]))


def _has_dates(condition: Mapping[str, Mapping[str, Any]]) -> bool:
    compared = [keys for operator, keys in condition.items() if operator.rpartition(":")[2].startswith("Date")]
    given = [value for keys in compared for value in keys.values()]
    return all(_is_date(str(each)) for value in given for each in (value if isinstance(value, list) else [value]))


def _is_date(text: str) -> bool:
    if text.isdigit():
        return int(text) <= _LATEST
    found = _DATE.fullmatch(text.lower())
    if found is None or int(found["year"]) not in _YEARS:
        return False
    return all(found[part] is None or int(found[part]) <= most for part, most in _MOST.items())


def _listed(statement: Mapping[str, Any], name: str) -> list[str]:
    value = statement.get(name, statement.get(f"Not{name}", []))
    return [each for each in value if each is not None] if isinstance(value, list) else [value]


def _resource_fault(statements: Iterable[Mapping[str, Any]]) -> str:
    """Return what is wrong with the first resource that is; raise where its ARN cannot even be taken apart."""
    for statement in statements:
        for resource in sorted(_listed(statement, "Resource")):
            fault = next(_resource_faults(resource), "")
            if fault:
                return fault
        if not all(_is_arn(each) for each in _listed(statement, "Resource")):
            raise MalformedPolicyDocument(_LEGACY)
    return ""


def _is_arn(resource: str) -> bool:
    if resource == "*":
        return True
    whole = resource.count(":") >= _WHOLE_ARN_COLONS or "::" not in resource
    return whole and resource.split(":")[2] != ""


def _resource_faults(resource: str) -> Iterator[str]:
    """Yield what is wrong with a resource, the first first."""
    if resource == "*":
        return
    _, colon, rest = resource.partition(":")
    if not colon:
        yield f'Resource {resource} must be in ARN format or "*".'
    partition, colon, rest = rest.partition(":")
    if not _PARTITION.fullmatch(partition):
        yield f'Partition "{partition}" is not valid for resource "arn:{partition}:{_filled(rest)}".'
    if not colon:
        yield _VENDOR_OPEN
    service, _, rest = rest.partition(":")
    region, _, rest = rest.partition(":")
    yield from _place_faults(service, region, rest.partition(":")[2], resource)


def _filled(rest: str) -> str:
    parts = rest.split(":", 3)
    return ":".join([parts[0] if parts[0] or len(parts) > 1 else "*", *parts[1:], *["*"] * (4 - len(parts))])


def _place_faults(service: str, region: str, path: str, resource: str) -> Iterator[str]:
    if service == "iam":
        if region:
            yield f"IAM resource {resource} cannot contain region information."
        if path != "*" and not path.startswith(_IAM_PATHS):
            yield _IAM_PATH
    elif service == "s3" and region and region != "*" and not path.startswith("accesspoint/"):
        yield f"Resource {resource} can not contain region information."


def _check_actions(statements: Iterable[Mapping[str, Any]]) -> None:
    for action in (action for each in statements for action in _listed(each, "Action")):
        vendor, *names = action.split(":")
        if not names and action != "*":
            raise MalformedPolicyDocument(_NO_VENDOR)
        if len(names) > 1:
            raise MalformedPolicyDocument(_COLONS)
        if names and not _VENDOR.fullmatch(vendor):
            raise MalformedPolicyDocument(f"Vendor {vendor} is not valid")
