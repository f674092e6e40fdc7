"""The policy on a secret: parsed, and what is plainly wrong with one; who it lets in is decided elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from vault.domain.context import CallContext
from vault.domain.errors import MalformedPolicyDocument
from vault.domain.evaluate import evaluate
from vault.domain.operation import AccessCheck
from vault.domain.policy import Policy
from vault.domain.policy_grammar import GrammarFault, NotJson, parse
from vault.domain.principals import Principal

DEFAULT_NAME = "default"
"""The one policy of a secret that may be written."""

NOT_JSON = "This policy contains invalid Json"
INVALID_SYNTAX = "This policy has invalid syntax."
_BROAD = "the resource policy did not prevent broad access to the secret."
LOCKED_OUT = "The resource policy would not allow you to put another resource policy in the future."
PUBLIC = f"The BlockPublicPolicy parameter is set to true, and {_BROAD}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check has against a policy."""

    check: str
    message: str


def parse_resource_policy(document: str) -> Policy:
    """Return the policy in `document`. Raises `MalformedPolicyDocument` with AWS's words."""
    try:
        return parse(document, principals=True, source="resource-based policy")
    except NotJson:
        raise MalformedPolicyDocument(NOT_JSON) from None
    except GrammarFault:
        raise MalformedPolicyDocument(INVALID_SYNTAX) from None


@lru_cache(maxsize=512)
def known_resource_policy(document: str) -> Policy:
    """Return the policy in a document that was put, which is parsed once. Raises as `parse_resource_policy` does."""
    return parse_resource_policy(document)


def parse_identity_policy(document: str, *, source: str = "identity-based policy") -> Policy:
    """Return the policy in `document`, which names no principals. Raises `MalformedPolicyDocument`, saying why."""
    try:
        return parse(document, principals=False, source=source)
    except NotJson:
        raise MalformedPolicyDocument(NOT_JSON) from None
    except GrammarFault as fault:
        raise MalformedPolicyDocument(f"Syntax errors in policy. {fault}") from None


def locks_out(
    policy: Policy, whom: str, action: str, resource: str, context: CallContext, *, guarded: bool = False
) -> bool:
    """Tell whether a `policy` of a resource keeps `whom` from `action` on it, whom policies of its own let do anything.

    `guarded` is as in `AccessCheck`; the account is that of `context`.
    """
    caller = Principal(account_id=context.account_id, arn=whom, user_id="", access_key_id="", is_root=True)
    check = AccessCheck(action=action, resource=resource, guarded=guarded, resource_policy=lambda: policy)
    return not evaluate(caller, check, context).allowed


def _locks_nobody_out(_: Policy) -> bool:
    return False


def examine(document: str, locked: Callable[[Policy], bool] = _locks_nobody_out) -> tuple[Finding, ...]:
    """Return what is wrong with the policy in `document`, nothing where it may be put. `locked` is as `locks_out`.

    Raises `MalformedPolicyDocument` for a text that is not JSON at all.
    """
    try:
        policy = parse(document, principals=True)
    except NotJson:
        raise MalformedPolicyDocument(NOT_JSON) from None
    except GrammarFault as fault:
        return (Finding(check="PolicySyntax", message=f"{INVALID_SYNTAX} {fault}"),)
    found: list[Finding] = []
    if policy.public:
        message = "The resource policy did not prevent broad access to the secret."
        found.append(Finding(check="PublicPolicy", message=message))
    if locked(policy):
        found.append(Finding(check="PolicyLockout", message=LOCKED_OUT))
    return tuple(found)
